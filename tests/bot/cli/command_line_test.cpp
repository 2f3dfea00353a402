#include "bot/cli/command_line.hpp"

#include <catch2/catch.hpp>

#include <vector>

using namespace std::chrono_literals;
using bot::cli::parse_command_line;
using bot::cli::ParsedLine;
using Catch::Contains;

namespace {

ParsedLine parse(std::vector<const char*> words) {
    words.insert(words.begin(), "stentor");
    return parse_command_line(static_cast<int>(words.size()), words.data());
}

template <class Options>
Options options_of(const std::vector<const char*>& words) {
    auto line = parse(words);
    INFO(line.err);
    REQUIRE(line.command);
    REQUIRE(std::holds_alternative<Options>(*line.command));
    return std::get<Options>(*line.command);
}

std::string usage_error(const std::vector<const char*>& words) {
    const auto line = parse(words);
    CHECK_FALSE(line.command);
    CHECK(line.exit_code == 64);
    CHECK(line.out.empty());
    return line.err;
}

}  // namespace

TEST_CASE("a wrong command line exits with 64 and says what is wrong", "[cli]") {
    CHECK_THAT(usage_error({}), Contains("send"));
    CHECK_THAT(usage_error({"snd"}), Contains("did you mean \"send\""));
    CHECK_THAT(usage_error({"xyzzy"}), Contains("there is no command \"xyzzy\""));
    CHECK_THAT(usage_error({"--nosuch"}), Contains("subcommand is required"));
    CHECK_THAT(usage_error({"serve", "--port", "70000"}), Contains("65535"));
    CHECK_THAT(usage_error({"serve", "--port", "http"}), Contains("--port"));
    CHECK_THAT(usage_error({"serve", "extra"}), Contains("extra"));
    CHECK_THAT(usage_error({"send", "--room", "r"}),
               Contains("from [--markdown,--text,--file,--card]"));
    CHECK_THAT(usage_error({"send", "--text", "t"}), Contains("from [--room,--person,--email]"));
    CHECK_THAT(usage_error({"send", "--room", "r", "--text", "t", "--wait", "soon"}),
               Contains("\"soon\" is not a time"));
    CHECK_THAT(usage_error({"send", "--room", "r", "--text", "t", "--wait", "2h"}),
               Contains("at most 3600 s"));
    CHECK_THAT(usage_error({"send", "--room", "r", "--text", "t", "--priority", "high"}),
               Contains("high"));
    CHECK_THAT(usage_error({"send", "--room", "r", "--text", "t", "--policy", "never"}),
               Contains("never"));
    CHECK_THAT(usage_error({"classify"}), Contains("give an error text"));
    CHECK_THAT(usage_error({"classify", "text", "--jsonl"}), Contains("--jsonl"));
    CHECK_THAT(usage_error({"classify", "--matrix", "--jsonl"}), Contains("--matrix"));
    CHECK_THAT(usage_error({"classify", "text", "--profile", "mine"}), Contains("mine"));
    CHECK_THAT(usage_error({"backoff"}), Contains("--jsonl"));
    CHECK_THAT(usage_error({"why"}), Contains("id"));
    CHECK_THAT(usage_error({"why", "42"}), Contains("not a delivery id"));
}

TEST_CASE("what changes dead letters must be told which", "[cli]") {
    CHECK_THAT(usage_error({"dead"}), Contains("subcommand"));
    CHECK_THAT(usage_error({"dead", "redrive"}), Contains("--all"));
    CHECK_THAT(usage_error({"dead", "drop", "--dry-run"}), Contains("--all"));
    CHECK_THAT(usage_error({"dead", "redrive", "0000000003NVT", "--all"}), Contains("not both"));
    CHECK_THAT(usage_error({"dead", "redrive", "42"}), Contains("not a delivery id"));
    CHECK_THAT(usage_error({"dead", "redrive", "--reason", "bored"}), Contains("bored"));
    CHECK_THAT(usage_error({"dead", "list", "--since", "soon"}), Contains("soon"));
    CHECK_THAT(usage_error({"dead", "show"}), Contains("id"));
    CHECK_THAT(usage_error({"recall"}), Contains("id"));
}

TEST_CASE("the verbs about dead letters read their filters", "[cli]") {
    using bot::cli::DeadOptions;
    using bot::cli::DeadRequest;
    const auto redrive = options_of<DeadOptions>(
        {"dead", "redrive", "--room", "ops", "--reason", "expired", "--since", "2h", "--dry-run"});
    CHECK(redrive.request.verb == DeadRequest::Verb::kRedrive);
    CHECK(redrive.request.room == "ops");
    CHECK(redrive.request.reason == messaging::outbox::DeadReason::kExpired);
    CHECK(redrive.request.since == 2h);
    CHECK(redrive.request.dry_run);
    const auto drop = options_of<DeadOptions>({"dead", "drop", "0000000003NVT", "0000000003NVW"});
    CHECK(drop.request.verb == DeadRequest::Verb::kDrop);
    CHECK(drop.request.ids.size() == 2);
    const auto list = options_of<DeadOptions>({"dead", "list", "--json", "--limit", "5"});
    CHECK(list.request.verb == DeadRequest::Verb::kList);
    CHECK(list.json);
    CHECK(list.limit == 5);
    CHECK_FALSE(list.request.with_content);
    const auto whole = options_of<DeadOptions>({"dead", "export"});
    CHECK(whole.request.with_content);
    CHECK(whole.json);
    CHECK(whole.limit == 0);
    CHECK(options_of<DeadOptions>({"dead", "show", "0000000003NVT"}).request.with_content);
    CHECK(options_of<DeadOptions>({"dead", "redrive", "--all"}).all);
}

TEST_CASE("recall and doctor read their options, serve what to do about a store", "[cli]") {
    const auto recall = options_of<bot::cli::RecallOptions>(
        {"recall", "0000000003NVT", "--edit", "**better**", "--dry-run", "--json"});
    CHECK(recall.request.ids.size() == 1);
    CHECK(recall.request.edit == "**better**");
    CHECK(recall.request.dry_run);
    CHECK(recall.json);
    CHECK(options_of<bot::cli::DoctorOptions>({"doctor", "--json"}).json);
    CHECK(options_of<bot::cli::ReleaseOptions>({"release", "ops"}).request.room == "ops");
    CHECK(options_of<bot::cli::ReleaseOptions>({"release", "--all"}).all);
    CHECK_THAT(usage_error({"release"}), Contains("--all"));
    CHECK_THAT(usage_error({"release", "ops", "--all"}), Contains("--all"));
    const auto serve = options_of<bot::cli::ServeOptions>({"serve", "--standby", "--start-empty"});
    CHECK(serve.standby);
    CHECK(serve.start_empty);
    CHECK_FALSE(options_of<bot::cli::ServeOptions>({"serve"}).standby);
}

TEST_CASE("send takes many targets", "[cli]") {
    const auto options = options_of<bot::cli::SendVerbOptions>(
        {"send", "--room", "a", "--email", "x@b.test", "--room", "b", "--text", "t"});
    CHECK(options.request.room == "a");
    REQUIRE(options.targets.size() == 2);
    CHECK(options.targets[0].room == "b");
    CHECK(options.targets[1].email == "x@b.test");
    CHECK(options_of<bot::cli::SendVerbOptions>({"send", "--room", "a", "--text", "t"})
              .targets.empty());
}

TEST_CASE("help and version exit with 0 on standard output", "[cli]") {
    for (const auto& words :
         std::vector<std::vector<const char*>>{{"--help"}, {"send", "--help"}, {"--version"}}) {
        const auto line = parse(words);
        CHECK_FALSE(line.command);
        CHECK(line.exit_code == 0);
        CHECK_FALSE(line.out.empty());
        CHECK(line.err.empty());
    }
}

TEST_CASE("a token cannot be given on the command line", "[cli]") {
    usage_error({"serve", "--token", "x"});
    usage_error({"serve", "--access-token", "x"});
    CHECK(parse({"serve", "--help"}).out.find("oken") == std::string::npos);
}

TEST_CASE("send takes a whole message apart", "[cli]") {
    const auto options = options_of<bot::cli::SendVerbOptions>(
        {"send",        "--room", "operations",  "--markdown", "**hi**",  "--text",
         "hi",          "--file", "a.png",       "--file",     "b c.png", "--card",
         "card.json",   "--key",  "k1",          "--priority", "alert",   "--policy",
         "prefer_once", "--wait", "5s",          "--deadline", "2h",      "--parent",
         "M0",          "--json", "--state-dir", "/tmp/x"});
    const auto& request = options.request;
    CHECK(request.room == "operations");
    CHECK(request.person.empty());
    CHECK(request.markdown == "**hi**");
    CHECK(request.text == "hi");
    CHECK(request.files == std::vector<std::string>{"a.png", "b c.png"});
    CHECK(request.key == "k1");
    CHECK(request.parent == "M0");
    CHECK(request.priority == messaging::outbox::Priority::kAlert);
    CHECK(request.policy == messaging::outbox::UncertainPolicy::kPreferOnce);
    CHECK(request.wait == 5s);
    CHECK(request.deadline == 2h);
    CHECK(options.card_file == "card.json");
    CHECK(options.json);
    CHECK(options.config.state_dir == "/tmp/x");
}

TEST_CASE("what send is not told stays open", "[cli]") {
    const auto request =
        options_of<bot::cli::SendVerbOptions>({"send", "--email", "a@b.test", "--text", "-"})
            .request;
    CHECK(request.email == "a@b.test");
    CHECK(request.text == "-");
    CHECK(request.priority == messaging::outbox::Priority::kReport);
    CHECK_FALSE(request.policy);
    CHECK_FALSE(request.wait);
    CHECK_FALSE(request.deadline);
}

TEST_CASE("serve and sandbox read their options", "[cli]") {
    const auto serve = options_of<bot::cli::ServeOptions>(
        {"serve", "--config", "c.yaml", "--env-file", "e", "--state-dir", "s", "--port", "0",
         "--ready-file", "r", "--page-origin", "http://127.0.0.1:8300"});
    CHECK(serve.config.config_file == "c.yaml");
    CHECK(serve.config.env_file == "e");
    CHECK(serve.config.state_dir == "s");
    CHECK(serve.port == std::uint16_t{0});
    CHECK(serve.ready_file == "r");
    CHECK(serve.page_origin == "http://127.0.0.1:8300");
    CHECK_FALSE(options_of<bot::cli::ServeOptions>({"serve"}).port);

    const auto sandbox = options_of<bot::cli::SandboxVerbOptions>(
        {"sandbox", "--config", "c.yaml", "--port", "8300", "--web-root", "w", "--bot-url", "b",
         "--fresh", "--ready-file", "r", "--faults", "f"});
    CHECK(sandbox.faults == "f");
    CHECK(sandbox.port == std::uint16_t{8300});
    CHECK(sandbox.web_root == "w");
    CHECK(sandbox.bot_url == "b");
    CHECK(sandbox.fresh);
    CHECK(sandbox.ready_file == "r");
}

TEST_CASE("the filters and the questions read their options", "[cli]") {
    using namespace bot::cli;
    const auto classify = options_of<ClassifyOptions>({"classify", "HTTP", "503"});
    CHECK(classify.text == "HTTP 503");
    CHECK(classify.profile == "webex");
    CHECK(options_of<ClassifyOptions>({"classify", "--jsonl", "--profile", "strict"}).jsonl);
    CHECK(options_of<ClassifyOptions>({"classify", "--matrix"}).matrix);
    options_of<BackoffOptions>({"backoff", "--jsonl"});
    CHECK(options_of<CheckConfigOptions>({"check-config", "--json"}).json);
    CHECK(options_of<StatusOptions>({"status", "--json"}).json);
    CHECK(options_of<VersionOptions>({"version", "--json"}).json);
    const messaging::outbox::DeliveryId id{123456789};
    const auto text = to_string(id);
    CHECK(options_of<WhyOptions>({"why", text.c_str()}).id == id);
}

TEST_CASE("durations are whole numbers with a unit, seconds by default", "[cli]") {
    using bot::cli::parse_duration;
    for (const auto* wrong : {"", "s", "-1", "1.5", "1w", "1 s", "5000000000", "366d", "0x10"}) {
        CAPTURE(wrong);
        CHECK_FALSE(parse_duration(wrong));
    }
    CHECK(parse_duration("0") == 0s);
    CHECK(parse_duration("90") == 90s);
    CHECK(parse_duration("90s") == 90s);
    CHECK(parse_duration("15m") == 15min);
    CHECK(parse_duration("2h") == 2h);
    CHECK(parse_duration("365d") == 24h * 365);
}
