#include "messaging/outbox/continuation.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace messaging::outbox {

namespace {

// In a text of the message this would have its quotes escaped.
constexpr std::string_view kParent = R"("parentId":)";

}  // namespace

std::string with_parent(std::string payload, std::string_view message_id) {
    if (payload.size() < 3 || payload.front() != '{') return payload;
    if (payload.find(kParent) != std::string::npos) return payload;
    std::string member(kParent);
    member +=
        nlohmann::json(message_id).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    member += ',';
    payload.insert(1, member);
    return payload;
}

Continuation continue_after(const std::optional<HeadStanding>& head, std::string payload) {
    const bool gone =
        !head || (head->state == State::kDead && head->reason == DeadReason::kMaybeDelivered);
    if (gone) return {.payload = std::move(payload)};
    if (head->state == State::kDelivered) {
        if (head->message_id.empty()) return {.payload = std::move(payload)};
        return {.payload = with_parent(std::move(payload), head->message_id)};
    }
    auto how = std::string(to_string(head->state));
    if (head->reason != DeadReason::kNone) how += "(" + std::string(to_string(head->reason)) + ")";
    const bool dead = head->state == State::kDead;
    return {.send = false,
            .reason = dead ? head->reason : DeadReason::kRejected,
            .note = {.rule = "first_part",
                     .detail = "the first part of its text, " + to_string(head->id) + ", is " +
                               how + ": the rest is not sent alone. Re-drive that one, then this"}};
}

}  // namespace messaging::outbox
