#include "bot/service/conversation.hpp"

#include "bot/commands/mention.hpp"
#include "bot/log/log.hpp"
#include "bot/service/chance.hpp"
#include "messaging/webex/message_json.hpp"
#include "resilience/blocking.hpp"

#include <utility>

namespace bot::service {

using messaging::outbox::RunEnd;
using messaging::receive::InboundEvent;
using messaging::receive::LoopGuard;
using resilience::Result;

namespace {

constexpr int kLooks = 5;

// What a restart still answers, and how long a service that is away is asked again; an older
// question has been asked again, or does not matter.
constexpr auto kAnswerWithin = std::chrono::minutes{10};

// An event may be ahead of its data: Webex answers 404 for a moment. In a group room a lasting 404
// means that the bot was not mentioned.
bool is_not_there(const resilience::Error& error) {
    return error.rule == "webex_message_not_found" || error.rule == "webex_404";
}

std::int64_t asked(const InboundEvent& event) {
    return messaging::webex::parse_timestamp(event.created).count();
}

// An outage or a refused token must not cost anybody an answer, so those are waited out.
template <class Fetch>
auto fetch_patiently(resilience::Clock& clock, const std::stop_token& stop, Fetch fetch) {
    resilience::RetryOptions options;
    options.policy.backoff = {.initial = std::chrono::milliseconds{500},
                              .max = std::chrono::seconds{10}};
    options.policy.max_attempts = resilience::kUnlimitedAttempts;
    options.policy.max_elapsed = kAnswerWithin;
    options.policy.max_server_delay = kAnswerWithin;
    options.operation = "fetch event";
    int looks = 0;
    options.retry_on = [&looks](const resilience::Error& error) {
        if (is_not_there(error)) return ++looks < kLooks;
        return error.cls != resilience::ErrorClass::kPermanent;
    };
    return resilience::retry(options, clock, stop, chance, fetch);
}

}  // namespace

Conversation::Conversation(const Parts& parts, std::stop_token stop)
    : parts_(parts), stop_(std::move(stop)), to_hear_(parts.hearing), to_answer_(parts.pool) {}

void Conversation::set_self(const messaging::webex::Person& self) {
    auto known = std::make_shared<Self>(
        Self{LoopGuard({.own_person_id = self.id, .own_emails = self.emails}), {self.id}});
    const std::scoped_lock lock(mutex_);
    self_ = std::move(known);
}

std::shared_ptr<const Conversation::Self> Conversation::self() const {
    const std::scoped_lock lock(mutex_);
    return self_;
}

void Conversation::accept(const InboundEvent& event, std::function<void(Result<bool>)> done) {
    const auto known = self();
    if (!known) {
        done(resilience::permanent_error("the bot does not know yet who it is"));
        return;
    }
    const bool own =
        known->guard.author(event.person_id, event.person_email) == LoopGuard::Author::kSelf;
    if (own && event.kind == InboundEvent::Kind::kMessage) {
        parts_.sender.own_post({event.id, event.room_id, event.room_type == "group"});
        done(false);
        return;
    }
    messaging::outbox::Batch batch;
    batch.inbound.push_back({.id = ledger_id(event),
                             .event = to_json(event),
                             .received = resilience::since_epoch(parts_.clock.wall_now())});
    parts_.outbox.submit(std::move(batch),
                         [done = std::move(done)](const Result<messaging::outbox::Applied>& made) {
                             if (!made.ok()) return done(made.error());
                             done(made.value().inbound_new.front());
                         });
}

// (An event that the end of the process finds in a backlog is in the inbox ledger.)
void Conversation::deliver(InboundEvent event) {
    const auto one = std::make_shared<const InboundEvent>(std::move(event));
    to_hear_.submit({.room = one->room_id,
                     .run = [this, one](commands::Turn& turn) { handle(*one, turn); },
                     .failed =
                         [this, one](const std::string& what) {
                             parts_.answering.failed({.event = *one}, RunEnd::kFailed, what);
                             done(*one);
                         },
                     .asked = asked(*one)});
}

void Conversation::resume() {
    const auto open =
        parts_.outbox.read([](messaging::outbox::Store& store) { return store.inbound_open(); });
    if (!open.ok()) {
        log::error("cannot read the inbox ledger", {{"why", open.error().message}});
        return;
    }
    const auto oldest = resilience::since_epoch(parts_.clock.wall_now()) - kAnswerWithin;
    for (const auto& record : open.value()) {
        auto event = messaging::receive::inbound_event_from_json(record.event);
        if (!event.ok() || record.received < oldest) {
            log::warn("an event from before the restart is too old to be answered",
                      {{"event", record.id}});
            messaging::outbox::Batch batch;
            batch.inbound_done.push_back(record.id);
            parts_.outbox.submit(std::move(batch));
            continue;
        }
        deliver(std::move(event).value());
    }
}

void Conversation::handle(const InboundEvent& event, commands::Turn& turn) {
    const auto known = self();
    if (!known || !known->guard.handles(event)) return done(event);
    switch (event.kind) {
        case InboundEvent::Kind::kMessage:
        case InboundEvent::Kind::kCardAction:
            return hear(event, *known, turn);
        case InboundEvent::Kind::kMembership:
            // Being added to a room heals what was held for it.
            if (event.event == "created") parts_.sender.release_room("room:" + event.room_id);
            break;
        case InboundEvent::Kind::kMessageUpdated:
        case InboundEvent::Kind::kMessageDeleted:
            break;
    }
    done(event);
}

void Conversation::hear(const InboundEvent& event, const Self& self, commands::Turn& turn) {
    auto invocation =
        event.kind == InboundEvent::Kind::kMessage ? message_of(event, self) : action_of(event);
    if (!invocation) {
        // Cut short by the stop: the ledger keeps it for the next start.
        if (!stop_.stop_requested()) done(event);
        return;
    }
    const auto question = std::make_shared<Answering::Question>();
    question->event = event;
    question->invocation = *std::move(invocation);
    parts_.answering.hear(*question);
    if (!parts_.answering.is_urgent(*question)) return answer(question);
    parts_.answering.answer(*question, turn);
    done(event);
}

void Conversation::answer(const std::shared_ptr<Answering::Question>& question) {
    const auto failed = [this, question](RunEnd end) {
        return [this, question, end](const std::string& what) {
            parts_.answering.failed(*question, end, what);
            done(question->event);
        };
    };
    to_answer_.submit({.room = question->event.room_id,
                       .run =
                           [this, question](commands::Turn& turn) {
                               parts_.answering.answer(*question, turn);
                               done(question->event);
                           },
                       .failed = failed(RunEnd::kFailed),
                       .hangs = failed(RunEnd::kTimedOut),
                       .asked = asked(question->event)});
}

// What was said to the bot; nothing when it was not, or cannot be read.
std::optional<commands::Invocation> Conversation::message_of(const InboundEvent& event,
                                                             const Self& self) {
    const auto message =
        fetch_patiently(parts_.clock, stop_, [&] { return parts_.webex.message(event.id, stop_); });
    if (!message.ok()) {
        not_read(event, message.error());
        return std::nullopt;
    }
    const auto& view = message.value();
    const bool direct = view.room_type == "direct";
    const auto spoken = commands::spoken_text(view.html, view.text, self.ids);
    if (!direct && !spoken.mentioned) return std::nullopt;
    commands::Invocation invocation;
    invocation.text = spoken.text;
    invocation.person_id = view.person_id;
    invocation.person_email = view.person_email;
    invocation.room_id = view.room_id;
    invocation.message_id = view.id;
    invocation.direct = direct;
    return invocation;
}

// The command behind a button; nothing on a card of somebody else.
std::optional<commands::Invocation> Conversation::action_of(const InboundEvent& event) {
    const auto action = fetch_patiently(
        parts_.clock, stop_, [&] { return parts_.webex.attachment_action(event.id, stop_); });
    if (!action.ok()) {
        not_read(event, action.error());
        return std::nullopt;
    }
    commands::Invocation invocation;
    for (const auto& [name, value] : action.value().inputs) {
        if (name == "command") invocation.text = value;
    }
    if (invocation.text.empty()) return std::nullopt;
    invocation.person_id = action.value().person_id;
    invocation.room_id = action.value().room_id;
    invocation.person_email =
        event.person_email.empty() ? email_of(invocation) : event.person_email;
    invocation.message_id = action.value().message_id;
    return invocation;
}

// Webex does not say it of whoever presses a button. Without it they are nobody in particular.
std::string Conversation::email_of(const commands::Invocation& invocation) {
    const auto member = fetch_patiently(parts_.clock, stop_, [&] {
        return parts_.webex.membership(invocation.room_id, messaging::person(invocation.person_id),
                                       stop_);
    });
    if (member.ok() && member.value()) return member.value()->person_email;
    log::warn("cannot tell who has pressed a button",
              {{"room", invocation.room_id},
               {"why", member.ok() ? "not a member" : member.error().message}});
    return {};
}

void Conversation::not_read(const InboundEvent& event, const resilience::Error& why) {
    if (stop_.stop_requested()) return;
    log::warn("cannot read what was said", {{"event", event.id}, {"why", why.message}});
    if (is_not_there(why)) return;  // Not addressed to the bot, or deleted.
    parts_.answering.apologise(
        event,
        "I could not read what you said. Please say it again; the operators can find the reason "
        "in my log.");
}

void Conversation::done(const InboundEvent& event) {
    messaging::outbox::Batch batch;
    batch.inbound_done.push_back(ledger_id(event));
    parts_.outbox.submit(std::move(batch));
}

}  // namespace bot::service
