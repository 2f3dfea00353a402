#pragma once

#include "bot/service/report_runs.hpp"
#include "tests/bot/local_reader.hpp"
#include "tests/bot/service/bench.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace tests {

/// A report "weekly" of seven files, which says what is sent without a drawing program, and all
/// around it.
class ReportBench : public ServiceBench {
public:
    ReportBench() {
        bot::reports::Spec spec;
        spec.name = "weekly";
        spec.title = "Weekly *numbers*";
        for (int i = 1; i <= 7; ++i) {
            const auto name = "part" + std::to_string(i);
            spec.parts.push_back({.kind = bot::reports::PartKind::kFile,
                                  .name = name,
                                  .value = folder.write(name + ".txt", "numbers " + name)});
        }
        config.reports = {spec};
        config.rooms = {{.name = "operations", .id = "ops"}};
        config.delivery_deadline = std::chrono::hours{1};
        answer_with([this](const messaging::http::Request& request) {
            edits.push_back(nlohmann::json::parse(*request.body).value("markdown", ""));
            return edit_answer;
        });
        send_answer = [this](const messaging::http::Request& request) {
            return webex_answer(request);
        };
        start();
    }
    ~ReportBench() {
        pool.reset();
        runs.reset();
    }

    ReportBench(const ReportBench&) = delete;
    ReportBench& operator=(const ReportBench&) = delete;
    ReportBench(ReportBench&&) = delete;
    ReportBench& operator=(ReportBench&&) = delete;

    /// As after a restart.
    void start() {
        pool.reset();
        runs.reset();
        pool = std::make_unique<bot::commands::WorkerPool>(
            bot::commands::WorkerPoolOptions{.threads = 1});
        runs = std::make_unique<bot::service::ReportRuns>(bot::service::ReportRuns::Parts{
            .config = config,
            .renderer = renderer,
            .reader = reader,
            .scratch = scratch,
            .messenger = *messenger,
            .outbox = *outbox,
            .webex = *webex,
            .pool = *pool,
            .metrics = metrics,
            .clock = clock,
            .stop = ending.get_token(),
            .ledger = &ledger,
            .overdue = [this](const std::string& what) { overdue.push_back(what); },
            .rooms = &rooms});
        REQUIRE(ledger.open().ok());
        runs->restore();
    }

    void begin(const std::string& id = "schedule:weekly:1") {
        const auto begun = runs->begin({.id = id, .report = "weekly", .to = messaging::room("ops")},
                                       [this](bool all) { whole = all; });
        REQUIRE(begun.ok());
        pool->drain();
    }
    bot::reports::Run only() const {
        const auto all = runs->list();
        REQUIRE(all.size() == 1);
        return all[0];
    }
    /// Lets Webex have everything that is in the outbox.
    void deliver() {
        send_until([this] {
            const auto counts = outbox->read([](auto& s) { return s.counts(); }).value();
            return counts.pending + counts.sending == 0;
        });
    }
    /// Of a message with or without a file.
    static std::string member(const messaging::http::Request& request, const std::string& name) {
        for (const auto& part : request.parts) {
            if (part.name == name) return part.content;
        }
        return request.body ? nlohmann::json::parse(*request.body).value(name, "") : "";
    }
    messaging::http::Outcome webex_answer(const messaging::http::Request& request) {
        if (request.method != "POST") return messaging::http::Response{.status = 403};
        const auto text = member(request, "markdown");
        const auto parent = member(request, "parentId");
        if (!parent.empty()) parents.push_back(parent);
        const bool by_room = !refused_room.empty() && member(request, "roomId") == refused_room;
        if (by_room || (!refused.empty() && text.find(refused) != std::string::npos)) {
            return messaging::http::Response{.status = 400,
                                             .body = R"({"message":"Unable to post"})"};
        }
        arrived.push_back(text);
        return messaging::http::Response{
            .status = 200, .body = R"({"id":"m)" + std::to_string(arrived.size()) + R"("})"};
    }

    /// Lines of the ledger of runs, newest first.
    std::vector<messaging::outbox::Run> lines() const { return ledger.list({}).value(); }

    bot::service::RoomBook rooms{config};
    bot::service::RunLedger ledger{*outbox, clock};
    std::vector<std::string> overdue;
    std::vector<std::string> edits;
    messaging::http::Response edit_answer{.status = 200, .body = R"({"id":"m1","roomId":"ops"})"};
    std::vector<std::string> arrived;
    std::vector<std::string> parents;
    std::string refused;
    std::string refused_room;
    std::optional<bool> whole;
    std::stop_source ending;
    LocalReader reader{clock};
    bot::charts::Renderer renderer{{.cache_dir = folder.path("charts")}, reader, clock};
    bot::text::Scratch scratch{folder.path("answers")};
    std::unique_ptr<bot::commands::WorkerPool> pool;
    std::unique_ptr<bot::service::ReportRuns> runs;
};

}  // namespace tests
