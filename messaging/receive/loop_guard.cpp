#include "messaging/receive/loop_guard.hpp"

#include "messaging/webex/ids.hpp"

#include <algorithm>
#include <utility>

namespace messaging::receive {

namespace {

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

bool is_bot_address(std::string_view email) {
    const auto address = lower(email);
    const std::string_view view = address;
    return view.ends_with("@webex.bot") || view.ends_with("@sparkbot.io");
}

}  // namespace

LoopGuard::LoopGuard(Options options)
    : options_(std::move(options)), own_key_(webex::raw_key(options_.own_person_id)) {
    for (auto& address : options_.own_emails)
        address = lower(address);
}

LoopGuard::Author LoopGuard::author(std::string_view person_id,
                                    std::string_view person_email) const {
    if (own_key_.empty()) return Author::kUnknown;
    if (!person_id.empty() && webex::raw_key(person_id) == own_key_) return Author::kSelf;
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
