// How a Sender looks for what may have arrived: in the room, and among the bot's own posts.
#include "messaging/outbox/evidence.hpp"
#include "messaging/outbox/sender_loop.hpp"

#include <utility>
#include <variant>

namespace messaging::outbox {

namespace {

constexpr auto kAskAgain = std::chrono::seconds{1};

}  // namespace

void Sender::Loop::look(const Intent& intent) {
    const auto endpoint = env_.endpoint();
    const auto colon = intent.destination.find(':');
    const auto kind = intent.destination.substr(0, colon);
    const auto value = intent.destination.substr(colon + 1);
    auto request = kind == "room"     ? webex::list_messages(endpoint, value)
                   : kind == "person" ? webex::list_direct_by_id(endpoint, value)
                                      : webex::list_direct_by_email(endpoint, value);
    request.connect_timeout = options_.connect_timeout;
    request.timeout = options_.attempt_timeout;
    env_.client.start(std::move(request),
                      [this, intent](const http::Outcome& outcome) { looked(intent, outcome); });
}

void Sender::Loop::looked(const Intent& intent, const http::Outcome& outcome) {
    LookResult result;
    const auto* response = std::get_if<http::Response>(&outcome);
    const bool room = intent.destination.rfind("room:", 0) == 0;
    if (response != nullptr && response->status == 200) {
        const auto listed = webex::read_message_list(*response);
        // An answer that cannot be read says nothing about what has arrived.
        result.possible = listed.ok();
        result.failed = !listed.ok();
        const Evidence evidence(intent, watch_.self(), options_.dispatcher.clock_skew);
        for (const auto& seen : listed.value_or({})) {
            if (!evidence.matches(seen) || known(seen.id)) continue;
            result.found = seen.id;
            break;
        }
    } else if (response != nullptr && (response->status == 403 || response->status == 404)) {
        // A direct room that does not exist yet answers 404: nothing has arrived in it.
        result.possible = !room && response->status == 404;
    } else {
        result.failed = true;
        hear_wait(outcome);
    }
    if (!result.found.empty()) watch_.delivered(result.found);
    dispatcher_.on_look(intent.id, result, now());
}

// Compares the bot's own posts, as the receive path reported them, with what is uncertain in the
// same room. A post is fetched once; while something else is in flight to the room its echo could
// be mistaken, so that waits.
// NOLINTNEXTLINE(readability-function-cognitive-complexity)
void Sender::Loop::check_own_posts() {
    if (!dispatcher_.has_uncertain()) return;
    for (auto& candidate : watch_.candidates()) {
        const auto destination = "room:" + candidate.post.room_id;
        const auto uncertain = dispatcher_.uncertain_in(destination);
        if (uncertain.empty()) continue;
        const bool busy = dispatcher_.in_flight_to(destination);
        if (busy || !candidate.view) dispatcher_.on_echo_unread(destination, now());
        if (busy) continue;
        if (!candidate.view) {
            if (!candidate.asked && env_.clock.now() >= candidate.next_ask &&
                dispatcher_.may_ask(now())) {
                candidate.asked = true;
                const auto id = candidate.post.message_id;
                auto request = webex::get_message(env_.endpoint(), id);
                request.timeout = options_.attempt_timeout;
                env_.client.start(std::move(request), [this, id](const http::Outcome& outcome) {
                    fetched(id, outcome);
                });
            }
            continue;
        }
        for (const auto& intent : uncertain) {
            const Evidence evidence(intent, watch_.self(), options_.dispatcher.clock_skew);
            if (!evidence.matches(*candidate.view) || known(candidate.post.message_id)) continue;
            const auto id = candidate.post.message_id;
            watch_.delivered(id);  // ends the candidate
            dispatcher_.on_echo_match(intent.id, id, now());
            return check_own_posts();
        }
    }
}

void Sender::Loop::fetched(const std::string& message_id, const http::Outcome& outcome) {
    const auto* response = std::get_if<http::Response>(&outcome);
    if (response != nullptr && response->status == 404) return watch_.delivered(message_id);
    if (response == nullptr || response->status != 200) {
        hear_wait(outcome);
        watch_.ask_again(message_id, env_.clock.now() + kAskAgain);
        return;
    }
    auto view = webex::read_message(*response);
    if (view.ok()) {
        watch_.set_view(message_id, std::move(view).value());
    } else {
        watch_.delivered(message_id);  // unreadable: no evidence
    }
}

// A message id that already belongs to a delivery is no evidence for another one.
bool Sender::Loop::known(const std::string& message_id) {
    if (watch_.is_delivered(message_id)) return true;
    const auto stored =
        env_.outbox.read([&](Store& store) { return store.knows_message(message_id); });
    return !stored.ok() || stored.value();
}

}  // namespace messaging::outbox
