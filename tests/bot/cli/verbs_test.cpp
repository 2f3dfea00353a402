#include "bot/cli/verbs.hpp"

#include "tests/bot/cli/bot_on_socket.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <sstream>
#include <vector>

using namespace std::chrono_literals;
using namespace bot::cli;
using Catch::Contains;
using Json = nlohmann::json;
using tests::BotOnSocket;
using tests::TempFolder;

namespace {

// One run of the program: its exit code and what it printed.
struct Run {
    int exit_code = -1;
    std::string out;
    std::string err;
};

Run run(std::vector<std::string> words,
        const std::string& in = {},
        const Actions& actions = {},
        const resilience::Clock& clock = resilience::SystemClock{}) {
    words.insert(words.begin(), "stentor");
    std::vector<const char*> argv;
    for (const auto& word : words)
        argv.push_back(word.c_str());
    std::istringstream input(in);
    std::ostringstream out;
    std::ostringstream err;
    Run result;
    result.exit_code = run_command_line(static_cast<int>(argv.size()), argv.data(),
                                        Terminal{input, out, err}, World{{}, clock}, actions);
    result.out = out.str();
    result.err = err.str();
    return result;
}

}  // namespace

TEST_CASE("send without a running bot exits with 69 and says how to start one", "[verbs]") {
    const TempFolder dir;
    const auto result = run({"send", "--room", "r", "--text", "t", "--state-dir", dir.path("")});
    CHECK(result.exit_code == 69);
    CHECK_THAT(result.err, Contains("no bot runs") && Contains("stentor serve"));
    CHECK(result.out.empty());

    const auto json =
        run({"send", "--room", "r", "--text", "t", "--json", "--state-dir", dir.path("")});
    CHECK(json.exit_code == 69);
    CHECK(Json::parse(json.out)["outcome"] == "unavailable");
}

TEST_CASE("send may deliver by itself where the build can", "[verbs]") {
    const TempFolder dir;
    Actions actions;
    actions.send_without_owner = [](const ConfigOptions&, const SendRequest& request) {
        return SendReply{SendOutcome::kDelivered, "ID", "M1", request.text};
    };
    const auto result =
        run({"send", "--room", "r", "--text", "t", "--state-dir", dir.path("")}, "", actions);
    CHECK(result.exit_code == 0);
    CHECK(result.out == "delivered ID M1: t\n");
}

TEST_CASE("send refuses bad input before it talks to anybody", "[verbs]") {
    const TempFolder dir;
    dir.write("card.json", "[1]");
    const auto send = [&](std::vector<std::string> more, const std::string& in = {}) {
        more.insert(more.begin(), {"send", "--room", "r", "--state-dir", dir.path("")});
        const auto result = run(more, in);
        CHECK(result.exit_code == 64);
        return result.err;
    };
    CHECK_THAT(send({"--file", dir.path("nosuch.png")}), Contains("nosuch.png is not there"));
    CHECK_THAT(send({"--file", dir.path("")}), Contains("not a file"));
    CHECK_THAT(send({"--card", dir.path("nosuch.json")}), Contains("cannot read"));
    CHECK_THAT(send({"--card", dir.path("card.json")}), Contains("Adaptive Card"));
    CHECK_THAT(send({"--markdown", "-"}), Contains("standard input was empty"));
    CHECK_THAT(send({"--markdown", "-", "--text", "-"}, "x"), Contains("not both"));
    CHECK_THAT(send({"--text", "-"}, std::string((1U << 20U) + 1, 'x')), Contains("as a file"));
}

TEST_CASE("a faulty configuration is listed whole and exits with 78", "[verbs]") {
    const TempFolder dir;
    dir.write(".env", "HTTP_PORT=eighty\nLOG_LEVEL=loud\n");
    for (const auto& verb : std::vector<std::vector<std::string>>{
             {"check-config"}, {"status"}, {"send", "--room", "r", "--text", "t"}}) {
        auto words = verb;
        words.insert(words.end(), {"--env-file", dir.path(".env")});
        const auto result = run(words);
        CHECK(result.exit_code == 78);
        CHECK_THAT(result.err, Contains("HTTP_PORT") && Contains("LOG_LEVEL"));
    }
    const auto json = run({"check-config", "--json", "--env-file", dir.path(".env")});
    CHECK(json.exit_code == 78);
    CHECK(Json::parse(json.out)["problems"].size() == 2);
}

TEST_CASE("an alias that stands for nothing is told with its line, and exits with 78", "[verbs]") {
    const TempFolder dir;
    dir.write("c.yaml", "aliases:\n  ping: charts\n  mttr: chart nosuch\n");
    for (const std::string verb : {"check-config", "status"}) {
        const auto result = run({verb, "--env-file", "/dev/null", "--config", dir.path("c.yaml")});
        CHECK(result.exit_code == 78);
        CHECK_THAT(result.err,
                   Contains("c.yaml:2: The alias \"ping\" has the name of a command") &&
                       Contains("c.yaml:3: The alias \"mttr\" stands for the unknown chart"));
    }
}

TEST_CASE("check-config tells what to look at and still exits with 0", "[verbs]") {
    const TempFolder dir;
    dir.write("c.yaml", "charts:\n  c: {title: T, data: soon.csv, x: x, series: s}\n");
    const std::vector<std::string> words{"check-config", "--env-file", "/dev/null", "--config",
                                         dir.path("c.yaml")};
    const auto result = run(words);
    CHECK(result.exit_code == 0);
    CHECK_THAT(result.err, Catch::StartsWith("warning: " + dir.path("c.yaml") +
                                             ":2: The data of chart c is not there"));
    auto with_json = words;
    with_json.emplace_back("--json");
    const auto json = run(with_json);
    CHECK(json.exit_code == 0);
    CHECK(Json::parse(json.out)["warnings"][0]["line"] == 2);
    CHECK(json.err.empty());
}

TEST_CASE("check-config warns where the zone files would move a schedule", "[verbs]") {
    const TempFolder dir;
    dir.write("c.yaml",
              "rooms: {ops: {title: Operations}}\n"
              "reports:\n"
              "  r: {title: T, data: c.yaml, item: i, group_by: g, measure: m, template: c.yaml}\n"
              "schedules:\n"
              "  s: {cron: \"@daily\", time_zone: America/New_York, report: r, room: ops}\n");
    // The zone library knows no summer time after 2037.
    resilience::VirtualClock clock(std::chrono::sys_days(std::chrono::year(2040) / 7 / 1));
    const auto result = run(
        {"check-config", "--env-file", "/dev/null", "--config", dir.path("c.yaml")}, {}, {}, clock);
    CHECK(result.exit_code == 0);
    CHECK_THAT(result.err, Catch::StartsWith("warning: " + dir.path("c.yaml") +
                                             ": No report would be scheduled: time zone "
                                             "America/New_York"));
}

TEST_CASE("a file with settings that was named must be there", "[verbs]") {
    const TempFolder dir;
    const auto result = run({"check-config", "--env-file", dir.path("nosuch")});
    CHECK(result.exit_code == 78);
    CHECK_THAT(result.err, Contains("nosuch does not exist"));
}

TEST_CASE("a configuration in order exits with 0 and mentions the missing token", "[verbs]") {
    const TempFolder dir;
    dir.write(".env", "STATE_DIR=/tmp/elsewhere\n");
    const auto result = run({"check-config", "--env-file", dir.path(".env")});
    CHECK(result.exit_code == 0);
    CHECK_THAT(result.out, Contains("/tmp/elsewhere") && Contains("developer.webex.com") &&
                               Contains("./dev run"));
    dir.write(".env", "WEBEX_ACCESS_TOKEN=abcdefghijklmnop0123456789\n");
    const auto json = run({"check-config", "--json", "--env-file", dir.path(".env")});
    CHECK(json.exit_code == 0);
    CHECK(Json::parse(json.out)["config"]["has_token"] == true);
    CHECK(json.out.find("abcdefghijklmnop") == std::string::npos);
}

TEST_CASE("a verb that this build has not exits with 69", "[verbs]") {
    CHECK(run({"serve"}).exit_code == 69);
    CHECK(run({"sandbox"}).exit_code == 69);
}

TEST_CASE("serve and sandbox return the exit code of their run", "[verbs]") {
    Actions actions;
    actions.serve = [](const ServeOptions& options) { return options.port == 7 ? 75 : 1; };
    actions.sandbox = [](const SandboxVerbOptions& options, const Terminal& terminal) {
        terminal.out << "sandbox\n";
        return options.fresh ? 78 : 0;
    };
    CHECK(run({"serve", "--port", "7"}, "", actions).exit_code == 75);
    CHECK(run({"sandbox", "--fresh"}, "", actions).exit_code == 78);
}

TEST_CASE("send prints the outcome and exits by it", "[verbs]") {
    struct Case {
        SendOutcome outcome;
        int exit_code;
    };
    const auto given = GENERATE(Case{SendOutcome::kDelivered, 0}, Case{SendOutcome::kFailed, 1},
                                Case{SendOutcome::kQueued, 75}, Case{SendOutcome::kUncertain, 75},
                                Case{SendOutcome::kAuth, 77});
    BotOnSocket bot;
    bot.on_send = [&](const SendRequest&, const auto& done) {
        done(SendReply{given.outcome, "ID", "", "because"});
    };
    const auto result = run({"send", "--room", "r", "--text", "t", "--state-dir", bot.state_dir()});
    CHECK(result.exit_code == given.exit_code);
    CHECK_THAT(result.out + result.err, Contains(std::string(to_string(given.outcome)) + " ID"));

    const auto json =
        run({"send", "--room", "r", "--text", "t", "--json", "--state-dir", bot.state_dir()});
    CHECK(json.exit_code == given.exit_code);
    CHECK(Json::parse(json.out) == Json{{"outcome", to_string(given.outcome)},
                                        {"id", "ID"},
                                        {"message_id", ""},
                                        {"detail", "because"}});
}

TEST_CASE("send hands over everything with absolute paths and a wait", "[verbs]") {
    BotOnSocket bot;
    SendRequest heard;
    bot.on_send = [&](const SendRequest& request, const auto& done) {
        heard = request;
        done(SendReply{SendOutcome::kDelivered, "ID", "M1", ""});
    };
    const TempFolder dir;
    dir.write("x.txt", "x");
    dir.write("card.json", R"({"type":"AdaptiveCard"})");
    const auto relative = std::filesystem::relative(dir.path("x.txt")).string();
    const auto result = run({"send", "--email", "a@b.test", "--markdown", "-", "--file", relative,
                             "--card", dir.path("card.json"), "--state-dir", bot.state_dir()},
                            "**from a pipe**\n");
    CHECK(result.exit_code == 0);
    CHECK(result.out == "delivered ID M1\n");
    bot.stop();
    CHECK(heard.email == "a@b.test");
    CHECK(heard.markdown == "**from a pipe**\n");
    CHECK(heard.files == std::vector<std::string>{dir.path("x.txt")});
    CHECK(heard.card == R"({"type":"AdaptiveCard"})");
    CHECK(heard.wait == 30s);
}

TEST_CASE("why and status without a bot exit with 69", "[verbs]") {
    const TempFolder dir;
    const auto status = run({"status", "--state-dir", dir.path("")});
    CHECK(status.exit_code == 69);
    CHECK_THAT(status.err, Contains("no bot runs"));
    CHECK(run({"why", "0000000003NVT", "--state-dir", dir.path("")}).exit_code == 69);
}

TEST_CASE("why exits with 1 for a delivery that is not known", "[verbs]") {
    BotOnSocket bot;
    bot.on_timeline = [](auto, const auto& done) { done(std::optional<Timeline>{}); };
    const auto result = run({"why", "0000000003NVT", "--state-dir", bot.state_dir()});
    CHECK(result.exit_code == 1);
    CHECK_THAT(result.err, Contains("there is no delivery 0000000003NVT"));
}

TEST_CASE("why tells attempts, waits and the rule that decided", "[verbs]") {
    BotOnSocket bot;
    bot.on_timeline = [](auto, const auto& done) { done(std::optional(tests::delivered_late())); };
    const auto id = to_string(tests::delivered_late().delivery.id);
    const auto result = run({"why", id, "--state-dir", bot.state_dir()});
    CHECK(result.exit_code == 0);
    CHECK_THAT(result.out, Contains(id + ": delivered (confirmed late) after 2 attempts"));
    CHECK_THAT(result.out, Contains("2026-11-22 02:00:01.000Z  pending  attempt 1  HTTP 503  rule "
                                    "http_503  next 2026-11-22 02:00:02.000Z (in 1 s)  "
                                    "tracking T  unavailable"));
    CHECK_THAT(result.out, Contains("policy   prefer_once, priority alert"));
    const auto json = run({"why", id, "--json", "--state-dir", bot.state_dir()});
    CHECK(Json::parse(json.out)["journal"].size() == 2);
}

TEST_CASE("status says how the bot does", "[verbs]") {
    BotOnSocket bot;
    StatusReport status;
    status.version = "1.2.3";
    status.uptime = 3h + 5min + 7s;
    status.held = true;
    status.hold_reason = "token refused";
    status.receiving = "webhook";
    status.pending = 2;
    status.oldest = 61s;
    bot.on_status = [&](const auto& done) { done(status); };
    const auto result = run({"status", "--state-dir", bot.state_dir()});
    CHECK(result.exit_code == 0);
    CHECK_THAT(result.out, Contains("up 3 h 5 min, account not verified yet"));
    CHECK_THAT(result.out, Contains("on hold: token refused"));
    CHECK_THAT(result.out, Contains("2 pending (oldest 1 min 1 s)"));
    const auto json = run({"status", "--json", "--state-dir", bot.state_dir()});
    CHECK(Json::parse(json.out)["held"] == true);
}

TEST_CASE("classify knows the rules of a configuration file", "[verbs]") {
    const tests::TempFolder folder;
    const auto file = folder.write("c.yaml",
                                   "retry:\n  classifier:\n    phrases:\n"
                                   "      maint: {text: maintenance window, class: transient}\n");
    CHECK(run({"classify", "--config", file, "maintenance window"}).out.find("maint\n") !=
          std::string::npos);
    CHECK(run({"classify", "maintenance window"}).out.find("unknown\n") != std::string::npos);
    const auto missing = run({"classify", "--config", file + ".no", "x"});
    CHECK(missing.exit_code == 78);
    CHECK(missing.out.empty());
}

TEST_CASE("classify, backoff and version print to standard output", "[verbs]") {
    const auto text = run({"classify", "HTTP", "503"});
    CHECK(text.exit_code == 0);
    CHECK_FALSE(text.out.empty());
    CHECK(run({"version"}).out.starts_with("stentor "));
    CHECK(Json::parse(run({"version", "--json"}).out)["version"].is_string());
}
