// What becomes of deliveries whose answer was lost.

#include "messaging/outbox/dispatcher.hpp"
#include "messaging/outbox/dispatcher_words.hpp"

#include <utility>

namespace messaging::outbox {

void Dispatcher::on_recovered(std::vector<Intent> uncertain, Now now) {
    for (auto& intent : uncertain) {
        lost_.add(
            {.intent = std::move(intent),
             .note = {.rule = "restart", .detail = "the program stopped while this was being sent"},
             .echo_covers = false},
            now.mono, now.wall);
    }
}

void Dispatcher::on_echo_match(DeliveryId id, const std::string& message_id, Now now) {
    confirm(id, message_id, "own post seen on the receive path", now);
}

void Dispatcher::on_look(DeliveryId id, const LookResult& result, Now now) {
    if (!result.found.empty()) return confirm(id, result.found, "found in the room", now);
    lost_.not_seen(id, result, now.mono);
}

// Looked at again every second at least, so this much later it would have been read.
void Dispatcher::on_echo_unread(const std::string& destination, Now now) {
    lost_.keep(destination, now.mono + std::chrono::seconds{2});
}

void Dispatcher::confirm(DeliveryId id,
                         const std::string& message_id,
                         std::string_view how,
                         Now now) {
    const auto lost = lost_.take(id);
    if (!lost) return;
    AttemptNote note{.status = lost->note.status, .rule = "evidence", .detail = std::string(how)};
    actions_.notices.push_back(notice(Notice::Kind::kConfirmedLate, lost->intent, note));
    auto done = transition(lost->intent, State::kDelivered, std::move(note), now);
    done.from = State::kUncertain;
    done.confirmed_late = true;
    done.message_id = message_id;
    actions_.batch.transitions.push_back(std::move(done));
}

// No evidence turned up in time. Where its absence means something the message goes out again;
// elsewhere its own policy decides.
void Dispatcher::give_up_looking(const LostAnswer& lost, Now now) {
    const bool group_echo = options_.echo != EchoEvidence::kOff && echo_proven_ &&
                            lost.echo_covers && lost.intent.destination.rfind("room:", 0) == 0;
    const bool shown_absent = (lost.listable && lost.looked) || group_echo;
    const bool repeat = lost.intent.policy == UncertainPolicy::kPreferDelivery;
    const bool attempts_left =
        lost.intent.max_attempts == 0 || lost.intent.attempt < lost.intent.max_attempts;
    const bool time_left = lost.intent.deadline > now.wall;
    if (attempts_left && (shown_absent || (repeat && time_left))) {
        AttemptNote note{.status = lost.note.status,
                         .rule = shown_absent ? "not_seen" : "prefer_delivery",
                         .detail = shown_absent ? "not found in the room: sent again"
                                                : "no evidence: sent again, marked as a repeat"};
        auto notified = notice(Notice::Kind::kRetry, lost.intent, note);
        auto back = transition(lost.intent, State::kPending, std::move(note), now);
        back.from = State::kUncertain;
        back.next = now.wall;
        back.repeat = !shown_absent;
        actions_.batch.transitions.push_back(std::move(back));
        actions_.notices.push_back(std::move(notified));
        return;
    }
    AttemptNote note{.status = lost.note.status,
                     .rule = "prefer_once",
                     .detail = "no evidence that it arrived, and its policy forbids a repeat"};
    auto notified = notice(Notice::Kind::kDead, lost.intent, note);
    notified.reason = DeadReason::kMaybeDelivered;
    actions_.notices.push_back(std::move(notified));
    auto dead = transition(lost.intent, State::kDead, std::move(note), now);
    dead.from = State::kUncertain;
    dead.reason = DeadReason::kMaybeDelivered;
    actions_.batch.transitions.push_back(std::move(dead));
}

}  // namespace messaging::outbox
