#pragma once

#include "bot/cli/control_handler.hpp"
#include "messaging/http/server.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

namespace tests {

/// Delivered on the second attempt, confirmed late.
inline bot::cli::Timeline delivered_late() {
    using namespace messaging::outbox;
    bot::cli::Timeline timeline;
    auto& delivery = timeline.delivery;
    delivery.id = {123456789};
    delivery.destination = "room:R1";
    delivery.priority = Priority::kAlert;
    delivery.state = State::kDelivered;
    delivery.confirmed_late = true;
    delivery.attempts = 2;
    delivery.accepted = Millis{1'795'312'800'000};
    delivery.deadline = Millis{1'795'316'400'000};
    delivery.changed = Millis{1'795'312'803'000};
    delivery.origin = "command chart";
    delivery.message_id = "M1";
    JournalEntry failed;
    failed.time = Millis{1'795'312'801'000};
    failed.attempt = 1;
    failed.next = Millis{1'795'312'802'000};
    failed.note = {.status = 503, .rule = "http_503", .tracking_id = "T", .detail = "unavailable"};
    JournalEntry seen;
    seen.time = Millis{1'795'312'803'000};
    seen.attempt = 2;
    seen.to = State::kDelivered;
    timeline.journal = {failed, seen};
    return timeline;
}

/// A control socket in a folder of its own, answering as the test says.
class BotOnSocket {
public:
    std::function<void(bot::cli::SendRequest,
                       std::function<void(resilience::Result<bot::cli::SendReply>)>)>
        on_send;
    std::function<void(std::function<void(resilience::Result<bot::cli::StatusReport>)>)> on_status;
    std::function<void(messaging::outbox::DeliveryId,
                       std::function<void(resilience::Result<std::optional<bot::cli::Timeline>>)>)>
        on_timeline;
    std::function<void(bot::cli::FanOutRequest,
                       std::function<void(resilience::Result<bot::cli::FanOutReply>)>)>
        on_send_many;
    std::function<void(bot::cli::DeadRequest,
                       std::function<void(resilience::Result<bot::cli::DeadReply>)>)>
        on_dead;
    std::function<void(bot::cli::RecallRequest,
                       std::function<void(resilience::Result<bot::cli::RecallReply>)>)>
        on_recall;
    std::function<void(bot::cli::ReleaseRequest,
                       std::function<void(resilience::Result<bot::cli::ReleaseReply>)>)>
        on_release;
    std::function<void(bot::cli::ReportRequest,
                       std::function<void(resilience::Result<bot::cli::ReportReply>)>)>
        on_reports;
    std::function<void(bot::cli::ScheduleRequest,
                       std::function<void(resilience::Result<bot::cli::ScheduleReply>)>)>
        on_schedules;
    std::function<void(bot::cli::RunsRequest,
                       std::function<void(resilience::Result<bot::cli::RunsReply>)>)>
        on_runs;
    std::function<void(std::function<void(resilience::Result<bot::cli::StoreFacts>)>)> on_facts;

    BotOnSocket() {
        bot::cli::ControlSources sources;
        sources.send = [this](auto request, auto done) { on_send(std::move(request), done); };
        sources.status = [this](auto done) { on_status(done); };
        sources.timeline = [this](auto id, auto done) { on_timeline(id, done); };
        sources.send_many = [this](auto request, auto done) {
            on_send_many(std::move(request), done);
        };
        sources.dead = [this](auto request, auto done) { on_dead(std::move(request), done); };
        sources.recall = [this](auto request, auto done) { on_recall(std::move(request), done); };
        sources.release = [this](auto request, auto done) { on_release(std::move(request), done); };
        sources.reports = [this](auto request, auto done) { on_reports(std::move(request), done); };
        sources.schedules = [this](auto request, auto done) {
            on_schedules(std::move(request), done);
        };
        sources.runs = [this](auto request, auto done) { on_runs(std::move(request), done); };
        sources.facts = [this](auto done) { on_facts(done); };
        auto opened = messaging::http::Server::open(bot::cli::control_server_options(state_dir_),
                                                    bot::cli::control_handler(std::move(sources)));
        REQUIRE(opened.ok());
        server_ = std::move(opened).value();
        thread_ = std::thread([this] { server_->run(stop_.get_token()); });
    }
    ~BotOnSocket() { stop(); }
    BotOnSocket(const BotOnSocket&) = delete;
    BotOnSocket& operator=(const BotOnSocket&) = delete;

    /// Ends the server; afterwards what its thread wrote may be read.
    void stop() {
        stop_.request_stop();
        if (thread_.joinable()) thread_.join();
    }
    const std::string& state_dir() const { return state_dir_; }

private:
    TempFolder folder_;
    std::string state_dir_ = folder_.path("");
    std::stop_source stop_;
    std::unique_ptr<messaging::http::Server> server_;
    std::thread thread_;
};

}  // namespace tests
