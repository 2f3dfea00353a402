#pragma once

#include "bot/service/conversation.hpp"
#include "tests/bot/local_reader.hpp"
#include "tests/bot/service/bench.hpp"
#include "tests/support/manual_clock.hpp"

#include <nlohmann/json.hpp>

#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace tests {

inline constexpr const char* kBotId = "the-bot";

/// A conversation with everything around it. People speak through `say`; the answers lie in the
/// outbox.
class Talk : public ServiceBench {
public:
    /// `commands` stand beside `help`.
    explicit Talk(std::vector<bot::commands::Command> commands, std::size_t queue_max = 1000)
        : reader(clock),
          renderer({.cache_dir = folder.path("charts")}, reader, clock),
          table(std::move(bot::commands::CommandTable::make(std::move(commands))).value()),
          services{config,
                   renderer,
                   reader,
                   clock,
                   scratch,
                   [] { return std::string("well"); },
                   {},
                   [](const std::string& room_id) { return room_id == "ops" ? room_id : ""; },
                   [this](const std::string& room, const std::string& person) {
                       return running.cancel(room, person);
                   },
                   &cool_down,
                   &confirmations,
                   [this] { return ++chance; }},
          pool(std::make_unique<bot::commands::WorkerPool>(bot::commands::WorkerPoolOptions{
              .threads = 2, .queue_max = queue_max, .clock = &patience})),
          hearing(std::make_unique<bot::commands::WorkerPool>(bot::commands::WorkerPoolOptions{
              .threads = 2, .queue_max = queue_max, .clock = &patience})) {
        answer_with([this](const auto& request) { return message_or_404(request.url); });
        conversation =
            std::make_unique<bot::service::Conversation>(conversation_parts(), stop.get_token());
        conversation->set_self(self());
    }
    ~Talk() {
        hearing.reset();
        pool.reset();
    }

    bot::service::Conversation::Parts conversation_parts() {
        return {.webex = *webex,
                .outbox = *outbox,
                .sender = *sender,
                .answering = answering,
                .hearing = *hearing,
                .pool = *pool,
                .clock = clock};
    }

    static messaging::webex::Person self() {
        messaging::webex::Person person;
        person.id = kBotId;
        person.emails = {"stentor@webex.bot"};
        return person;
    }

    /// An event about a message of Robin's.
    static messaging::receive::InboundEvent event(const std::string& id,
                                                  const std::string& room = "ops") {
        messaging::receive::InboundEvent event;
        event.id = id;
        event.room_id = room;
        event.room_type = "direct";
        event.person_id = "robin";
        event.person_email = "robin@example.com";
        event.resource = "messages";
        event.event = "created";
        return event;
    }

    /// Puts a message where Webex shows it; `more` are further members. Returns it.
    std::string write(const std::string& id,
                      const std::string& text,
                      const std::string& room = "ops",
                      const nlohmann::json& more = nlohmann::json::object()) {
        nlohmann::json message{{"id", id},
                               {"roomId", room},
                               {"roomType", "direct"},
                               {"personId", "robin"},
                               {"personEmail", "robin@example.com"},
                               {"text", text}};
        message.update(more);
        const std::scoped_lock lock(mutex_);
        return messages_[id] = message.dump();
    }

    /// Somebody says something in a direct room; the event is recorded and worked on.
    void say(const std::string& id, const std::string& text, const std::string& room = "ops") {
        write(id, text, room);
        tell(event(id, room));
    }
    /// Records the event as a receiver does and has it worked on if it is new.
    bool tell(const messaging::receive::InboundEvent& event) {
        std::promise<bool> told;
        conversation->accept(event, [&](const resilience::Result<bool>& recorded) {
            told.set_value(recorded.ok() && recorded.value());
        });
        const bool is_new = told.get_future().get();
        if (is_new) conversation->deliver(event);
        return is_new;
    }

    /// Waits until everything that was said is answered or given up.
    void drain() {
        hearing->drain();
        pool->drain();
    }
    /// The texts posted into a room, oldest first, once all work is done.
    std::vector<std::string> answers(const std::string& room = "ops") {
        drain();
        std::vector<std::string> texts;
        for (const auto& delivery : posted()) {
            if (delivery.destination != "room:" + room) continue;
            if (delivery.origin.starts_with("notice ")) continue;
            texts.push_back(nlohmann::json::parse(delivery.payload).value("markdown", ""));
        }
        return texts;
    }

    ManualClock patience;  // for the limits of handlers
    std::stop_source stop;
    LocalReader reader;
    bot::charts::Renderer renderer;
    bot::commands::CoolDown cool_down;
    bot::commands::Running running;
    bot::commands::Confirmations confirmations;
    std::uint64_t chance = 0;
    bot::text::Scratch scratch{folder.path("answers")};
    bot::commands::CommandTable table;
    bot::commands::Services services;
    std::unique_ptr<bot::commands::WorkerPool> pool;
    std::unique_ptr<bot::commands::WorkerPool> hearing;
    bot::service::RunLedger ledger{*outbox, clock};
    bot::service::Notices notices{
        {.messenger = *messenger, .outbox = *outbox, .webex = *webex, .clock = clock}};
    bot::service::Answering answering{{.table = table,
                                       .services = services,
                                       .messenger = *messenger,
                                       .metrics = metrics,
                                       .ledger = ledger,
                                       .notices = notices,
                                       .running = running,
                                       .clock = clock,
                                       .deadline = std::chrono::seconds{3600}}};
    std::unique_ptr<bot::service::Conversation> conversation;

protected:
    /// The message that `write` has put there, or the answer that there is none.
    messaging::http::Outcome shown_message(const std::string& url) { return message_or_404(url); }

private:
    messaging::http::Outcome message_or_404(const std::string& url) {
        const std::scoped_lock lock(mutex_);
        const auto found = messages_.find(url.substr(url.rfind('/') + 1));
        if (found == messages_.end()) {
            return messaging::http::Response{.status = 404,
                                             .body = R"({"message":"Unable to get message."})"};
        }
        return messaging::http::Response{.status = 200, .body = found->second};
    }

    std::mutex mutex_;  // guards messages_
    std::map<std::string, std::string> messages_;
};

}  // namespace tests
