#include "messaging/outbox/delivery.hpp"

#include <array>

namespace messaging::outbox {

namespace {

// Crockford's base 32: no I, L, O, U, so that an id survives being read aloud.
constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kLength = 13;  // 13 × 5 bits hold 64 bits

int digit(char c) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c == 'O') c = '0';
    if (c == 'I' || c == 'L') c = '1';
    const auto found = kAlphabet.find(c);
    return found == std::string_view::npos ? -1 : static_cast<int>(found);
}

}  // namespace

std::string to_string(DeliveryId id) {
    std::string text(kLength, '0');
    auto rest = id.value;
    for (std::size_t i = kLength; i > 0; --i) {
        text[i - 1] = kAlphabet[rest & 31U];
        rest >>= 5U;
    }
    return text;
}

std::optional<DeliveryId> parse_delivery_id(std::string_view text) {
    if (text.size() != kLength || digit(text[0]) > 15) return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : text) {
        const int d = digit(c);
        if (d < 0) return std::nullopt;
        value = (value << 5U) | static_cast<std::uint64_t>(d);
    }
    if (value == 0) return std::nullopt;
    return DeliveryId{value};
}

std::string_view to_string(State state) {
    constexpr std::array<std::string_view, 5> kNames{"pending", "sending", "uncertain", "delivered",
                                                     "dead"};
    return kNames.at(static_cast<std::size_t>(state));
}

std::string_view to_string(DeadReason reason) {
    constexpr std::array<std::string_view, 6> kNames{"",          "rejected",        "expired",
                                                     "cancelled", "maybe_delivered", "dropped"};
    return kNames.at(static_cast<std::size_t>(reason));
}

std::string_view to_string(Priority priority) {
    constexpr std::array<std::string_view, kPriorityCount> kNames{"reply", "alert", "report",
                                                                  "bulk"};
    return kNames.at(static_cast<std::size_t>(priority));
}

std::string_view to_string(UncertainPolicy policy) {
    return policy == UncertainPolicy::kPreferOnce ? "prefer_once" : "prefer_delivery";
}

std::optional<Priority> parse_priority(std::string_view text) {
    for (int i = 0; i < kPriorityCount; ++i) {
        const auto priority = static_cast<Priority>(i);
        if (to_string(priority) == text) return priority;
    }
    return std::nullopt;
}

}  // namespace messaging::outbox
