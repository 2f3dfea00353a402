#include "bot/service/answering.hpp"

#include "bot/log/log.hpp"

#include <utility>
#include <vector>

namespace bot::service {

using messaging::outbox::RunEnd;
using messaging::receive::InboundEvent;

namespace {

// A handler that takes longer than this hangs: drawing is cut off after ten seconds.
constexpr auto kHandlerTime = std::chrono::seconds{60};
constexpr const char* kWentWrong =
    "Something went wrong on my side. The operators can find the reason in my log.";
constexpr const char* kTakenBack = "taken back by the asker";

// A sentence without a detail for the log is one that the asker can act upon.
RunEnd end_of(const commands::Reply& reply) {
    if (reply.ok) return RunEnd::kOk;
    return reply.detail.empty() ? RunEnd::kRefused : RunEnd::kFailed;
}

}  // namespace

void Answering::hear(Question& question) {
    const auto& invocation = question.invocation;
    const auto line = commands::parse_command_line(invocation.text);
    const auto* command = line.ok() ? parts_.table.find(line.value().verb) : nullptr;
    question.command = command != nullptr ? command->name : "unknown";
    // What is urgent is answered before anybody could take it back.
    question.running =
        is_urgent(question)
            ? std::make_shared<commands::Running::Question>(invocation.room_id,
                                                            invocation.person_id, invocation.text)
            : parts_.running.add(invocation.room_id, invocation.person_id, invocation.text);
}

bool Answering::is_urgent(const Question& question) const {
    const auto* command = parts_.table.find(question.command);
    return command != nullptr && command->urgent;
}

void Answering::answer(Question& question, commands::Turn& turn) {
    const auto& event = question.event;
    const auto invocation = prepared(question);
    const auto& who =
        invocation.person_email.empty() ? invocation.person_id : invocation.person_email;
    question.run = parts_.ledger.begin({.name = question.command,
                                        .who = who,
                                        .where = invocation.room_id,
                                        .what = invocation.text});
    if (question.running->cancelled()) return cancelled(question);
    question.notice = parts_.notices.begin(
        {.command = question.command, .room_id = event.room_id, .parent_id = event.parent_id});
    auto asked = invocation;
    asked.retrying = [this, notice = question.notice](const commands::Retrying& news) {
        parts_.notices.retrying(*notice, news);
    };
    turn.limit(kHandlerTime);
    const auto reply = parts_.table.answer(asked, parts_.services);
    if (!turn.take()) {
        log::warn("an answer came too late and is dropped", {{"event", event.id}});
        return;
    }
    if (!question.running->settle()) return cancelled(question);
    note(question, reply);
    post(question, reply);
    const bool pressed = event.kind == InboundEvent::Kind::kCardAction;
    if (pressed && reply.card_served) parts_.notices.remove(invocation.message_id);
}

commands::Invocation Answering::prepared(const Question& question) const {
    auto invocation = question.invocation;
    invocation.stop = question.running->stop();
    return invocation;
}

// Whoever has taken it back was told so.
void Answering::cancelled(const Question& question) {
    if (question.notice) parts_.notices.drop(question.notice);
    parts_.ledger.end(*question.run, RunEnd::kCancelled, kTakenBack);
    parts_.metrics.count_command(question.command, "cancelled",
                                 parts_.clock.now() - question.run->since);
    log::info("command cancelled",
              {{"command", question.command}, {"room", question.event.room_id}});
}

void Answering::note(const Question& question, const commands::Reply& reply) {
    const auto& name = question.command;
    const auto& room = question.event.room_id;
    const auto took = parts_.clock.now() - question.run->since;
    parts_.ledger.end(*question.run, end_of(reply),
                      reply.detail.empty() ? reply.reason : reply.detail);
    parts_.metrics.count_command(name, reply.ok ? "ok" : "failed", took);
    if (reply.ok) {
        log::info("command answered",
                  {{"command", name},
                   {"room", room},
                   {"ms", std::chrono::duration_cast<std::chrono::milliseconds>(took).count()}});
    } else if (reply.detail.empty()) {  // its sender has read why
        log::info("command refused", {{"command", name}, {"room", room}});
    } else {
        log::warn("command failed", {{"command", name}, {"room", room}, {"why", reply.detail}});
    }
}

void Answering::post(const Question& question, const commands::Reply& reply) {
    if (parts_.notices.end(question.notice, reply.messages)) return;
    int number = 0;
    bool whole = true;
    for (const auto& message : reply.messages) {
        whole =
            post_one(question.event, message, "#" + std::to_string(++number), question.command) &&
            whole;
    }
    if (whole) return;
    apologise(question.event,
              "I have an answer, but it cannot be sent. The operators can find the reason in my "
              "log.");
}

bool Answering::post_one(const InboundEvent& event,
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

void Answering::apologise(const InboundEvent& event, const std::string& sentence) {
    messaging::Message message;
    message.markdown = sentence;
    post_one(event, std::move(message), "#sorry", "failed");
}

void Answering::failed(const Question& question, RunEnd end, const std::string& what) {
    log::error("a command failed", {{"event", question.event.id}, {"why", what}});
    // What hangs is settled here; what has thrown behind its answer was before.
    if (question.running) question.running->settle();
    const bool taken_back = question.running && question.running->cancelled();
    if (question.run) {
        parts_.ledger.end(*question.run, taken_back ? RunEnd::kCancelled : end, what);
    }
    if (taken_back) {
        if (question.notice) parts_.notices.drop(question.notice);
        return;
    }
    messaging::Message sorry;
    sorry.markdown = kWentWrong;
    // The thread that gives up what hangs must not wait for a request.
    const bool may_wait = end != RunEnd::kTimedOut;
    if (question.notice && may_wait && parts_.notices.end(question.notice, {sorry})) return;
    if (question.notice && !may_wait) parts_.notices.drop(question.notice);
    apologise(question.event, kWentWrong);
}

}  // namespace bot::service
