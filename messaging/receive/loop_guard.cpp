#include "messaging/receive/loop_guard.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace messaging::receive {

namespace {

int base64_digit(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+' || c == '-') return 62;
    if (c == '/' || c == '_') return 63;
    return -1;
}

// Webex strips the padding; ids pasted by people may carry it.
std::optional<std::string> decode_base64(std::string_view text) {
    while (!text.empty() && text.back() == '=')
        text.remove_suffix(1);
    std::string bytes;
    std::uint32_t buffer = 0;
    unsigned int bits = 0;
    for (const char c : text) {
        const int digit = base64_digit(c);
        if (digit < 0) return std::nullopt;
        buffer = ((buffer << 6U) | static_cast<std::uint32_t>(digit)) & 0xFFFFU;
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        bytes += static_cast<char>((buffer >> bits) & 0xFFU);
    }
    return bytes;
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

bool is_uuid(std::string_view text) {
    constexpr std::size_t kLength = 36;
    if (text.size() != kLength) return false;
    for (std::size_t i = 0; i < kLength; ++i) {
        const char c = text[i];
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (dash ? c != '-' : !hex) return false;
    }
    return true;
}

bool is_bot_address(std::string_view email) {
    const auto address = lower(email);
    const std::string_view view = address;
    return view.ends_with("@webex.bot") || view.ends_with("@sparkbot.io");
}

}  // namespace

std::string account_key(std::string_view id) {
    if (is_uuid(id)) return lower(id);
    const auto decoded = decode_base64(id);
    if (!decoded || !std::string_view(*decoded).starts_with("ciscospark://")) {
        return std::string(id);
    }
    const auto slash = decoded->rfind('/');
    return lower(std::string_view(*decoded).substr(slash + 1));
}

LoopGuard::LoopGuard(Options options)
    : options_(std::move(options)), own_key_(account_key(options_.own_person_id)) {
    for (auto& address : options_.own_emails)
        address = lower(address);
}

LoopGuard::Author LoopGuard::author(std::string_view person_id,
                                    std::string_view person_email) const {
    if (own_key_.empty()) return Author::kUnknown;
    if (!person_id.empty() && account_key(person_id) == own_key_) return Author::kSelf;
    const auto& own = options_.own_emails;
    if (!person_email.empty() &&
        std::find(own.begin(), own.end(), lower(person_email)) != own.end()) {
        return Author::kSelf;
    }
    if (is_bot_address(person_email)) return Author::kOtherBot;
    return person_id.empty() ? Author::kUnknown : Author::kPerson;
}

bool LoopGuard::handles(const InboundEvent& event) const {
    if (event.kind == InboundEvent::Kind::kMembership) return !own_key_.empty();
    const auto who = author(event.person_id, event.person_email);
    return who == Author::kPerson || (who == Author::kOtherBot && options_.bots_allowed);
}

}  // namespace messaging::receive
