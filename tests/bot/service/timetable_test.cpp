#include "bot/service/timetable.hpp"

#include "bot/service/schedule_desk.hpp"
#include "tests/bot/local_reader.hpp"
#include "tests/bot/service/bench.hpp"
#include "tests/support/manual_clock.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <optional>
#include <thread>

using bot::cli::ScheduleRequest;
using bot::schedule::Missed;
using bot::schedule::Scheduler;
using bot::service::Timetable;
using Catch::Contains;
using messaging::outbox::Store;

using namespace std::chrono_literals;

namespace {

using Texts = std::vector<std::string>;

// A timetable with a report for every full hour, at half past nine, and everything around it.
class Desk : public tests::ServiceBench {
public:
    Desk() {
        clock.step_wall(std::chrono::sys_days(2026y / 11 / 22) + 9h + 30min - clock.wall_now());
        config.rooms = {{.name = "ops", .id = "room-of-ops"}};
        bot::reports::Spec report;
        report.name = "open_tickets";
        report.title = "T";
        report.template_path = folder.write("r.mustache", "{{total}} are open");
        report.data =
            bot::sources::file(folder.write("open_tickets.csv", "ticket,owner,age\nT1,ann,3\n"));
        report.item = "ticket";
        report.group_by = "owner";
        report.measure = "age";
        config.reports = {report};
        config.schedules = {hourly("hourly")};
        start();
    }
    ~Desk() { pool.reset(); }

    static bot::schedule::Spec hourly(std::string name, Missed missed = Missed::kSkip) {
        return {.name = std::move(name),
                .cron = "0 * * * *",
                .report = "open_tickets",
                .room = "ops",
                .missed = missed};
    }

    // As after a restart, with the schedules as they are configured now.
    void start() {
        pool = std::make_unique<bot::commands::WorkerPool>(bot::commands::WorkerPoolOptions{
            .threads = 1, .queue_max = queue_max, .clock = &patience});
        rooms.emplace(config);
        timetable = std::make_unique<Timetable>(
            Timetable::Parts{.config = config,
                             .renderer = *renderer,
                             .reader = reader,
                             .messenger = *messenger,
                             .outbox = *outbox,
                             .pool = *pool,
                             .rooms = *rooms,
                             .metrics = metrics,
                             .clock = clock,
                             .ledger = &ledger,
                             .silent = [this](const std::string& what) { told.push_back(what); }},
            std::move(Scheduler::create(config.schedules, clock.wall_now())).value());
        timetable->restore();
    }

    void wait_for_the_hour() { clock.advance(1h - clock.wall_now().time_since_epoch() % 1h); }
    // Lets everything happen that is due at the next full hour.
    void next_hour() {
        wait_for_the_hour();
        timetable->look();
        pool->drain();
    }

    Texts texts() {
        Texts all;
        for (const auto& delivery : posted()) {
            CHECK(delivery.destination == "room:room-of-ops");
            all.push_back(nlohmann::json::parse(delivery.payload).value("markdown", ""));
        }
        return all;
    }
    std::string runs(const std::string& result) const {
        const auto text = metrics.text();
        const auto name = "stentor_schedule_runs_total{result=\"" + result + "\"} ";
        const auto at = text.find(name);
        if (at == std::string::npos) return "0";
        const auto from = at + name.size();
        return text.substr(from, text.find('\n', from) - from);
    }

    // Has the report draw a chart with this program.
    void draw_with(const std::string& program) {
        bot::charts::Spec chart;
        chart.name = "c";
        chart.title = "T";
        chart.data = bot::sources::file(folder.write("c.csv", "x,y\na,1\n"));
        chart.x = "x";
        chart.series = {{"y"}};
        config.charts = {chart};
        config.reports[0].chart = "c";
        renderer.emplace(
            bot::charts::RendererOptions{.gnuplot = program, .cache_dir = folder.path("charts")},
            reader, clock);
        start();
    }

    bot::service::RunLedger ledger{*outbox, clock};
    Texts told;  // alarms
    std::size_t queue_max = 1'000;
    tests::ManualClock patience;  // for the limits of reports
    tests::LocalReader reader{clock};
    std::optional<bot::charts::Renderer> renderer{
        std::in_place, bot::charts::RendererOptions{.cache_dir = folder.path("charts")}, reader,
        clock};
    std::optional<bot::service::RoomBook> rooms;
    std::unique_ptr<bot::commands::WorkerPool> pool;
    std::unique_ptr<Timetable> timetable;
};

}  // namespace

TEST_CASE("a report that cannot be built says so in its room, and comes again", "[timetable]") {
    Desk desk;
    const auto data = desk.folder.path("open_tickets.csv");
    std::filesystem::remove(data);
    desk.next_hour();
    // Names are shown as they are, not as markdown.
    CHECK(desk.texts() == Texts{R"(I cannot build the report open\_tickets: its file )"
                                R"(open\_tickets.csv is missing.)"});
    CHECK(desk.runs("failed") == "1");
    CHECK_THAT(desk.log(), Contains("a scheduled report is not whole"));

    desk.folder.write("open_tickets.csv", "ticket,owner,age\nT1,ann,3\nT2,bob,4\n");
    desk.next_hour();
    CHECK(desk.texts().back() == "2 are open");
    CHECK(desk.runs("ok") == "1");
}

TEST_CASE("a report for a room that is not there is logged, and comes again", "[timetable]") {
    Desk desk;
    desk.config.rooms[0] = {.name = "ops", .title = "Operations"};  // a title nobody knows
    desk.next_hour();
    CHECK(desk.texts().empty());
    CHECK(desk.runs("failed") == "1");
    CHECK_THAT(desk.log(), Contains("a scheduled report cannot be posted") &&
                               Contains("the bot is in no room titled 'Operations'"));
    messaging::webex::Room room;
    room.id = "room-of-ops";
    room.title = "Operations";
    room.type = "group";
    desk.rooms->learn({room});
    desk.next_hour();
    CHECK(desk.texts() == Texts{"1 are open"});
}

TEST_CASE("a report that cannot be sent leaves a sentence in its place", "[timetable]") {
    Desk desk;
    desk.folder.write("r.mustache", "caf\xE9");  // no UTF-8, which Webex refuses
    desk.next_hour();
    REQUIRE(desk.texts().size() == 1);
    CHECK_THAT(desk.texts().front(), Contains("open\\_tickets") && Contains("cannot be sent"));
    CHECK(desk.runs("failed") == "1");
    CHECK_THAT(desk.log(), Contains("a scheduled report was not accepted"));
}

TEST_CASE("a report that hangs costs its room one sentence and nobody else anything",
          "[timetable]") {
    Desk desk;
    // A drawing program that waits until somebody writes into a pipe. Its own time limit is
    // measured by a clock that stands still here.
    const auto pipe = desk.folder.path("pipe");
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    const auto program = desk.folder.write("hang", "#!/bin/sh\nexec cat " + pipe + "\n");
    REQUIRE(::chmod(program.c_str(), 0700) == 0);
    desk.draw_with(program);
    desk.wait_for_the_hour();
    desk.timetable->look();
    std::ofstream writer(pipe);  // opens once the program has opened its end
    desk.patience.advance(60s);
    desk.pool->drain();
    REQUIRE(desk.texts().size() == 1);
    CHECK_THAT(desk.texts().front(), Contains("open\\_tickets") && Contains("went wrong"));
    CHECK(desk.runs("failed") == "1");
    CHECK_THAT(desk.log(), Contains("it hangs: no answer within 60 s"));
    // Nobody else waits: the next run has a thread of its own.
    desk.config.reports[0].chart.clear();
    desk.next_hour();
    CHECK(desk.texts().back() == "1 are open");
    CHECK(desk.runs("ok") == "1");

    writer.close();
    while (desk.pool->stuck() > 0)
        std::this_thread::yield();
    CHECK(desk.texts().size() == 2);  // what came too late is dropped
    CHECK(desk.runs("failed") == "1");
}

TEST_CASE("a run is posted once, also when it starts again after a crash", "[timetable]") {
    Desk desk;
    desk.wait_for_the_hour();
    const auto before = desk.outbox->read([](Store& s) { return s.setting("schedules"); });
    desk.timetable->look();
    desk.pool->drain();
    // The state is as if the process had died before it was stored.
    messaging::outbox::Batch batch;
    batch.settings.emplace_back("schedules", before.value());
    REQUIRE(desk.outbox->apply(std::move(batch)).ok());
    desk.config.schedules = {Desk::hourly("hourly", Missed::kOnce)};
    desk.start();
    desk.timetable->look();
    desk.pool->drain();
    CHECK(desk.texts() == Texts{"1 are open"});
}

TEST_CASE("a run that was begun and not posted before a crash is posted after it", "[timetable]") {
    Desk desk;
    {
        // The state is stored, and the process dies before the report is made.
        auto scheduler = Scheduler::create(desk.config.schedules, desk.clock.wall_now()).value();
        desk.wait_for_the_hour();
        REQUIRE(scheduler.tick(desk.clock.wall_now()).size() == 1);
        messaging::outbox::Batch batch;
        batch.settings.emplace_back("schedules", scheduler.state());
        REQUIRE(desk.outbox->apply(std::move(batch)).ok());
    }
    desk.start();
    CHECK(desk.timetable->look() == 0s);
    desk.pool->drain();
    CHECK(desk.texts() == Texts{"1 are open"});
    desk.start();
    desk.timetable->look();
    desk.pool->drain();
    CHECK(desk.texts().size() == 1);
}

TEST_CASE("a report that finds no place in the queue leaves a sentence in its place",
          "[timetable]") {
    Desk desk;
    desk.queue_max = 0;
    desk.start();
    desk.next_hour();
    CHECK(desk.texts() ==
          Texts{"The report open\\_tickets is missing. Too much else was waiting; the "
                "operators can find the reason in my log."});
    CHECK(desk.runs("failed") == "1");
}

TEST_CASE("of a schedule that has gone silent the operators hear, once", "[timetable]") {
    Desk desk;
    const auto data = desk.folder.path("open_tickets.csv");
    std::filesystem::rename(data, data + ".gone");
    desk.next_hour();
    desk.clock.advance(15min);
    desk.timetable->look();
    CHECK(desk.told.empty());
    desk.clock.advance(1s);
    desk.timetable->look();
    CHECK(desk.told ==
          Texts{"The schedule hourly was due 22 Nov 2026, 10:00 UTC and no run of it has "
                "ended well since; `stentor schedule list` and `stentor runs --name "
                "hourly` say more"});
    desk.next_hour();
    CHECK(desk.told.size() == 1);
    std::filesystem::rename(data + ".gone", data);
    desk.next_hour();
    desk.timetable->look();
    std::filesystem::remove(data);
    desk.next_hour();
    desk.clock.advance(16min);
    desk.timetable->look();
    CHECK(desk.told.size() == 2);
}

TEST_CASE("a schedule is run, paused and resumed from outside", "[timetable]") {
    Desk desk;
    const auto ask = [&](ScheduleRequest::Verb verb, const std::string& name) {
        return bot::service::schedules_now({.verb = verb, .name = name}, *desk.timetable);
    };
    using Verb = ScheduleRequest::Verb;
    CHECK(ask(Verb::kRun, "hurly").refusal == "there is no schedule hurly; did you mean hourly?");
    CHECK(ask(Verb::kPause, "x").refusal ==
          "there is no schedule x; stentor schedule list names them");
    CHECK(ask(Verb::kRun, "hourly").refusal.empty());
    desk.pool->drain();
    CHECK(desk.texts().size() == 1);

    const auto paused = ask(Verb::kPause, "hourly");
    REQUIRE(paused.schedules.size() == 1);
    CHECK(paused.schedules[0].paused);
    CHECK_FALSE(desk.timetable->next_run("open_tickets"));
    desk.start();  // a restart forgets nothing
    desk.next_hour();
    CHECK(desk.texts().size() == 1);
    CHECK_THAT(desk.log(), Contains("the schedule is paused schedule=hourly"));
    CHECK(ask(Verb::kResume, "hourly").refusal.empty());
    CHECK(desk.timetable->next_run("open_tickets"));
    desk.next_hour();
    CHECK(desk.texts().size() == 2);
    CHECK(ask(Verb::kList, "").schedules.size() == 1);
}

TEST_CASE("what was missed while the bot was down is made up for once, if wanted", "[timetable]") {
    Desk desk;
    desk.config.schedules = {Desk::hourly("keen", Missed::kOnce), Desk::hourly("calm")};
    desk.start();
    desk.next_hour();
    CHECK(desk.texts().size() == 2);
    desk.clock.advance(4h + 30min);
    desk.start();
    desk.timetable->look();
    desk.pool->drain();
    CHECK(desk.texts().size() == 3);
    CHECK(desk.runs("missed") == "1");
    CHECK_THAT(desk.log(), Contains("a scheduled report was missed schedule=calm"));
}

TEST_CASE("a stored state that is damaged costs nothing but itself", "[timetable]") {
    Desk desk;
    messaging::outbox::Batch batch;
    batch.settings.emplace_back("schedules", "{");
    REQUIRE(desk.outbox->apply(std::move(batch)).ok());
    desk.start();
    CHECK_THAT(desk.log(), Contains("the state of the schedules cannot be used"));
    desk.next_hour();
    CHECK(desk.texts() == Texts{"1 are open"});
}

TEST_CASE("a store that fails keeps no other run from starting", "[timetable]") {
    Desk desk;
    desk.store.stop_accepting(true);
    desk.next_hour();
    CHECK_THAT(desk.log(), Contains("the state of the schedules was not stored"));
    CHECK(desk.runs("failed") == "1");
    desk.store.stop_accepting(false);
    desk.next_hour();
    CHECK(desk.texts() == Texts{"1 are open"});
}

TEST_CASE("a run that is due while the one before is not finished is left out", "[timetable]") {
    Desk desk;
    std::promise<void> go;
    desk.pool->submit({"other", [&](bot::commands::Turn&) { go.get_future().wait(); }});
    desk.wait_for_the_hour();
    desk.timetable->look();
    desk.wait_for_the_hour();
    desk.timetable->look();
    CHECK(desk.runs("skipped") == "1");
    CHECK_THAT(desk.log(), Contains("the run before is not finished schedule=hourly"));
    go.set_value();
    desk.pool->drain();
    CHECK(desk.texts().size() == 1);
}

TEST_CASE("each run of a schedule is in the ledger, with how it ended", "[timetable][ledger]") {
    Desk desk;
    const auto data = desk.folder.path("open_tickets.csv");
    std::filesystem::rename(data, data + ".gone");
    desk.next_hour();
    std::filesystem::rename(data + ".gone", data);
    desk.next_hour();
    const auto lines = desk.ledger.list({}).value();
    REQUIRE(lines.size() == 2);
    for (const auto& line : lines) {
        CHECK(line.kind == messaging::outbox::RunKind::kSchedule);
        CHECK(line.name == "hourly");
        CHECK(line.who.empty());
        CHECK(line.where == "room-of-ops");
        CHECK(line.what == "report open_tickets");
    }
    CHECK(lines[1].end == messaging::outbox::RunEnd::kFailed);
    CHECK_THAT(lines[1].reason, Contains("the log says why"));
    CHECK(lines[0].end == messaging::outbox::RunEnd::kOk);
}

TEST_CASE("the timetable says how long to wait", "[timetable]") {
    Desk desk;
    CHECK(desk.timetable->look() == 30s);  // the wall clock may be set meanwhile
    desk.clock.advance(29min + 50s);
    CHECK(desk.timetable->look() == 10s);
    desk.clock.advance(10s);
    CHECK(desk.timetable->look() == 0s);
    desk.pool->drain();
    CHECK(desk.timetable->status().front().ok.value_or(false));
    CHECK(desk.posted().size() == 1);
}
