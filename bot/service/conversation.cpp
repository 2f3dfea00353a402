#include "bot/service/conversation.hpp"

#include "bot/commands/mention.hpp"
#include "bot/log/log.hpp"
#include "bot/service/chance.hpp"
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

// A handler that takes longer than this hangs: drawing is cut off after ten seconds.
constexpr auto kHandlerTime = std::chrono::seconds{60};

// An event may be ahead of its data: Webex answers 404 for a moment. In a group room a lasting 404
// means that the bot was not mentioned.
bool is_not_there(const resilience::Error& error) {
    return error.rule == "webex_message_not_found" || error.rule == "webex_404";
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

// A sentence without a detail for the log is one that the asker can act upon.
RunEnd end_of(const commands::Reply& reply) {
    if (reply.ok) return RunEnd::kOk;
    return reply.detail.empty() ? RunEnd::kRefused : RunEnd::kFailed;
}

}  // namespace

Conversation::Conversation(const Parts& parts, std::stop_token stop)
    : parts_(parts), stop_(std::move(stop)) {}

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

void Conversation::deliver(InboundEvent event) {
    const std::scoped_lock lock(waiting_mutex_);
    waiting_.push_back(std::make_shared<Work>(Work{std::move(event)}));
    submit_waiting();
}

// Hands events to the pool until it is full. With the lock held: the job that makes room must see
// what was refused. (An event that the end of the process finds here is in the ledger.)
void Conversation::submit_waiting() {
    while (!waiting_.empty()) {
        const auto& one = waiting_.front();
        const bool queued = parts_.pool.submit(
            {.room = one->event.room_id,
             .run = [this, one](commands::Turn& turn) { work(*one, turn); },
             .failed = [this,
                        one](const std::string& what) { failed(*one, RunEnd::kFailed, what); },
             .hangs = [this,
                       one](const std::string& what) { failed(*one, RunEnd::kTimedOut, what); }});
        if (!queued) return;
        waiting_.pop_front();
    }
}

void Conversation::work(Work& work, commands::Turn& turn) {
    {
        // This job has left the queue: there is room for another.
        const std::scoped_lock lock(waiting_mutex_);
        submit_waiting();
    }
    handle(work, turn);
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

void Conversation::handle(Work& work, commands::Turn& turn) {
    const auto& event = work.event;
    const auto known = self();
    if (known && known->guard.handles(event)) {
        switch (event.kind) {
            case InboundEvent::Kind::kMessage:
                handle_message(work, *known, turn);
                break;
            case InboundEvent::Kind::kCardAction:
                handle_card(work, turn);
                break;
            case InboundEvent::Kind::kMembership:
                // Being added to a room heals what was held for it.
                if (event.event == "created") parts_.sender.release_room("room:" + event.room_id);
                break;
            case InboundEvent::Kind::kMessageUpdated:
            case InboundEvent::Kind::kMessageDeleted:
                break;
        }
    }
    // Cut short by the stop: the ledger keeps it for the next start.
    if (!stop_.stop_requested()) done(event);
}

void Conversation::handle_message(Work& work, const Self& self, commands::Turn& turn) {
    const auto& event = work.event;
    const auto message =
        fetch_patiently(parts_.clock, stop_, [&] { return parts_.webex.message(event.id, stop_); });
    if (!message.ok()) return not_read(event, message.error());
    const auto& view = message.value();
    const bool direct = view.room_type == "direct";
    const auto spoken = commands::spoken_text(view.html, view.text, self.ids);
    if (!direct && !spoken.mentioned) return;
    commands::Invocation invocation;
    invocation.text = spoken.text;
    invocation.person_id = view.person_id;
    invocation.person_email = view.person_email;
    invocation.room_id = view.room_id;
    invocation.message_id = view.id;
    invocation.direct = direct;
    answer(work, invocation, turn);
}

void Conversation::handle_card(Work& work, commands::Turn& turn) {
    const auto& event = work.event;
    const auto action = fetch_patiently(
        parts_.clock, stop_, [&] { return parts_.webex.attachment_action(event.id, stop_); });
    if (!action.ok()) return not_read(event, action.error());
    commands::Invocation invocation;
    for (const auto& [name, value] : action.value().inputs) {
        if (name == "command") invocation.text = value;
    }
    if (invocation.text.empty()) return;  // a card of somebody else, or without a command
    invocation.person_id = action.value().person_id;
    invocation.room_id = action.value().room_id;
    invocation.person_email =
        event.person_email.empty() ? email_of(invocation) : event.person_email;
    invocation.message_id = action.value().message_id;
    answer(work, invocation, turn);
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
    apologise(event,
              "I could not read what you said. Please say it again; the operators can find the "
              "reason in my log.");
}

void Conversation::answer(Work& work,
                          const commands::Invocation& invocation,
                          commands::Turn& turn) {
    const auto& event = work.event;
    const auto line = commands::parse_command_line(invocation.text);
    const auto* command = line.ok() ? parts_.table.find(line.value().verb) : nullptr;
    const std::string name = command != nullptr ? command->name : "unknown";
    const auto& who =
        invocation.person_email.empty() ? invocation.person_id : invocation.person_email;
    const auto run = parts_.ledger.begin(
        {.name = name, .who = who, .where = invocation.room_id, .what = invocation.text});
    work.run = run;
    turn.limit(kHandlerTime);
    const auto reply = parts_.table.answer(invocation, parts_.services);
    if (!turn.take()) {
        log::warn("an answer came too late and is dropped", {{"event", event.id}});
        return;
    }
    parts_.ledger.end(run, end_of(reply), reply.detail.empty() ? reply.reason : reply.detail);
    const auto took = parts_.clock.now() - run.since;
    parts_.metrics.count_command(name, reply.ok ? "ok" : "failed", took);
    if (reply.ok) {
        log::info("command answered",
                  {{"command", name},
                   {"room", event.room_id},
                   {"ms", std::chrono::duration_cast<std::chrono::milliseconds>(took).count()}});
    } else if (reply.detail.empty()) {  // its sender has read why
        log::info("command refused", {{"command", name}, {"room", event.room_id}});
    } else {
        log::warn("command failed",
                  {{"command", name}, {"room", event.room_id}, {"why", reply.detail}});
    }
    post(event, reply, name);
}

void Conversation::post(const InboundEvent& event,
                        const commands::Reply& reply,
                        const std::string& command) {
    int number = 0;
    bool whole = true;
    for (const auto& message : reply.messages) {
        whole = post_one(event, message, "#" + std::to_string(++number), command) && whole;
    }
    if (whole) return;
    apologise(event,
              "I have an answer, but it cannot be sent. The operators can find the reason in my "
              "log.");
}

bool Conversation::post_one(const InboundEvent& event,
                            messaging::Message message,
                            const std::string& key,
                            const std::string& command) {
    messaging::SendOptions options;
    options.priority = messaging::outbox::Priority::kReply;
    options.deadline = parts_.deadline;
    options.key = "answer:" + ledger_id(event) + key;
    options.origin = "command " + command;
    message.parent_id = event.parent_id;  // a question in a thread is answered there
    const auto posted = parts_.messenger.post(messaging::room(event.room_id), message, options);
    // A restart may ask again what was answered before it; the first answer stands.
    if (posted.ok() || posted.error().rule == messaging::kKeyConflict) return true;
    log::error("an answer was not accepted",
               {{"command", command}, {"why", posted.error().message}});
    return false;
}

// One sentence in place of an answer. What went wrong stays in the log.
void Conversation::apologise(const InboundEvent& event, const std::string& sentence) {
    messaging::Message message;
    message.markdown = sentence;
    post_one(event, std::move(message), "#sorry", "failed");
}

void Conversation::failed(const Work& work, RunEnd end, const std::string& what) {
    const auto& event = work.event;
    log::error("a command failed", {{"event", event.id}, {"why", what}});
    apologise(event,
              "Something went wrong on my side. The operators can find the reason in my log.");
    if (work.run) parts_.ledger.end(*work.run, end, what);
    done(event);
}

void Conversation::done(const InboundEvent& event) {
    messaging::outbox::Batch batch;
    batch.inbound_done.push_back(ledger_id(event));
    parts_.outbox.submit(std::move(batch));
}

}  // namespace bot::service
