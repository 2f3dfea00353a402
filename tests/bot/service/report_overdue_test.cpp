#include "tests/bot/service/report_bench.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

// The report is due half an hour after its run has begun.
class Desk : public tests::ReportBench {
public:
    Desk() { config.reports[0].due_by = 8h + 30min; }

    void begin_due() {
        REQUIRE(runs->begin({.id = "schedule:weekly:1",
                             .report = "weekly",
                             .to = messaging::room("ops"),
                             .due_by = resilience::since_epoch(clock.wall_now()) + 30min,
                             .due_as = "08:30 (UTC)"})
                    .ok());
        pool->drain();
    }
    // Lines in the room that say so.
    std::vector<std::string> told() {
        std::vector<std::string> all;
        for (const auto& delivery : posted()) {
            auto text = nlohmann::json::parse(delivery.payload).value("markdown", "");
            if (text.find("was due by") != std::string::npos) all.push_back(std::move(text));
        }
        return all;
    }
};

constexpr const char* kGauge = "stentor_report_overdue{report=\"weekly\"} ";

}  // namespace

TEST_CASE("a report that is not complete in time is told once, in its room and to the operators",
          "[reports]") {
    Desk desk;
    std::filesystem::remove(desk.folder.path("part4.txt"));
    desk.begin_due();
    desk.deliver();
    desk.clock.advance(30min - 1ms);
    desk.runs->look();
    CHECK(desk.told().empty());
    CHECK_THAT(desk.metrics.text(), Contains(std::string(kGauge) + "0"));
    desk.clock.advance(1ms);
    desk.runs->look();
    REQUIRE(desk.told().size() == 1);
    CHECK_THAT(desk.told()[0], Contains("The report **Weekly \\*numbers\\*** was due by 08:30") &&
                                   Contains("and is not complete: 6/7 sent, 1 missing (part4: "));
    REQUIRE(desk.overdue.size() == 1);
    CHECK_THAT(desk.overdue[0],
               Contains("the report weekly in operations was due by 08:30 (UTC)") &&
                   Contains("6/7 sent, 1 missing (part4: ") && Contains("`stentor report show "));
    CHECK_THAT(desk.metrics.text(), Contains(std::string(kGauge) + "1"));
    SECTION("and not again while the program runs") {
        desk.clock.advance(1h);
        desk.runs->look();
    }
    SECTION("and not again after a restart") {
        desk.start();
        desk.runs->look();
        CHECK_THAT(desk.metrics.text(), Contains(std::string(kGauge) + "1"));
    }
    SECTION("and not again after a crash that forgot that it was told") {
        auto run = desk.only();
        run.overdue_told = false;
        messaging::outbox::Batch batch;
        batch.settings.emplace_back("report_run:" + run.id, to_json(run));
        REQUIRE(desk.outbox->apply(std::move(batch)).ok());
        desk.start();
        desk.runs->look();
        CHECK(desk.only().overdue_told);
        desk.overdue.resize(1);  // the operators may hear it twice
    }
    CHECK(desk.told().size() == 1);
    CHECK(desk.overdue.size() == 1);
}

TEST_CASE("a deadline that passes while the program is away is told after its start", "[reports]") {
    Desk desk;
    desk.begin_due();
    desk.clock.advance(1h);
    desk.start();
    desk.runs->look();
    REQUIRE(desk.told().size() == 1);
    CHECK_THAT(desk.told()[0], Contains("0/7 sent, 7 late"));
}

TEST_CASE("a report that is complete in time is not told to be late", "[reports]") {
    Desk desk;
    desk.begin_due();
    desk.deliver();
    desk.runs->look();
    desk.clock.advance(1h);
    desk.runs->look();
    CHECK(desk.told().empty());
    CHECK(desk.overdue.empty());
    CHECK_THAT(desk.metrics.text(), Contains(std::string(kGauge) + "0"));
}
