#include "bot/cli/sandbox_verb.hpp"

#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

using namespace bot::cli;
using Catch::Contains;
using messaging::sandbox::SandboxRoom;
using tests::TempFolder;

namespace {

const std::string kYaml = R"(
bot: {name: Stentor}
people:
  pat: {name: Pat, email: pat@example.com}
rooms:
  ops: {title: Operations, type: group, members: [pat]}
  pat: {title: Pat, type: direct, members: [pat]}
sandbox:
  bot_email: stentor@webex.bot
  bot_token: token-of-the-bot
  tokens: {pat: token-of-pat}
)";

struct Run {
    int exit_code = -1;
    std::string out;
    std::string err;
};

// Serves for no time at all: the stop has been requested before.
Run run(SandboxVerbOptions options) {
    options.config.env_file = "/dev/null";
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    resilience::SystemClock clock;
    std::stop_source stop;
    stop.request_stop();
    Run result;
    result.exit_code =
        run_sandbox(options, Terminal{in, out, err}, World{{}, clock}, clock, stop.get_token());
    result.out = out.str();
    result.err = err.str();
    return result;
}

std::string content(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("a configuration without a sandbox exits with 78", "[sandbox_verb]") {
    const TempFolder folder;
    SandboxVerbOptions options;
    options.config.config_file = folder.write("c.yaml", "bot: {name: Stentor}\n");
    const auto result = run(options);
    CHECK(result.exit_code == 78);
    CHECK_THAT(result.err, Contains("no section `sandbox`") && Contains("demo.yaml"));

    options.config.config_file = folder.path("nosuch.yaml");
    CHECK(run(options).exit_code == 78);
}

TEST_CASE("a ready file that cannot be written exits with 69", "[sandbox_verb]") {
    const TempFolder folder;
    SandboxVerbOptions options;
    options.config.config_file = folder.write("c.yaml", kYaml);
    options.port = 0;
    options.ready_file = folder.path("no/ready");
    const auto result = run(options);
    CHECK(result.exit_code == 69);
    CHECK_THAT(result.err, Contains("ready file"));
}

TEST_CASE("a fault plan that cannot be used exits with 69 and names the rule", "[sandbox_verb]") {
    const TempFolder folder;
    SandboxVerbOptions options;
    options.config.config_file = folder.write("c.yaml", kYaml);
    options.port = 0;
    options.faults = folder.write("plan.json", R"({"rules":[{"action":{"kind":"explode"}}]})");
    const auto result = run(options);
    CHECK(result.exit_code == 69);
    CHECK_THAT(result.err, Contains("rule 1.action: kind"));
}

TEST_CASE("the sandbox says where it is and writes what the bot needs", "[sandbox_verb]") {
    const TempFolder folder;
    SandboxVerbOptions options;
    options.config.config_file = folder.write("c.yaml", kYaml);
    options.port = 0;
    options.ready_file = folder.path("ready");
    const auto result = run(options);
    CHECK(result.exit_code == 0);
    CHECK_THAT(result.out, Contains("sandbox on http://127.0.0.1:"));
    CHECK(result.out.find("token-of") == std::string::npos);
    const auto url = result.out.substr(11, result.out.size() - 12);
    CHECK(content(options.ready_file) == "SANDBOX_URL=" + url + "\nWEBEX_API_BASE_URL=" + url +
                                             "/v1\nWEBEX_ACCESS_TOKEN=token-of-the-bot\n");
}

TEST_CASE("a fresh start forgets the former run and nothing else", "[sandbox_verb]") {
    const TempFolder folder;
    SandboxVerbOptions options;
    options.config.config_file = folder.write("c.yaml", kYaml);
    options.config.state_dir = folder.path("state");
    options.port = 0;
    REQUIRE(run(options).exit_code == 0);
    REQUIRE(std::filesystem::exists(folder.path("state/journal.jsonl")));
    folder.write("state/files/old.png", "old");
    folder.write("state/mine.txt", "mine");

    CHECK(run(options).exit_code == 0);
    CHECK(std::filesystem::exists(folder.path("state/files/old.png")));

    options.fresh = true;
    CHECK(run(options).exit_code == 0);
    CHECK_FALSE(std::filesystem::exists(folder.path("state/files/old.png")));
    CHECK(std::filesystem::exists(folder.path("state/mine.txt")));
}

TEST_CASE("people, rooms and the bot are those of the configuration", "[sandbox_verb]") {
    const TempFolder folder;
    bot::config::Sources sources;
    sources.yaml_path = folder.write("c.yaml", kYaml);
    const auto loaded = bot::config::load(sources);
    REQUIRE(loaded.problems.empty());
    SandboxVerbOptions options;
    options.web_root = "w";
    options.bot_url = "http://127.0.0.1:8310";
    const auto made = sandbox_options(loaded.config, options);
    CHECK(made.port == 8300);
    CHECK(made.next_free_port);
    CHECK(made.web_root == "w");
    CHECK(made.bot_url == options.bot_url);
    REQUIRE(made.people.size() == 2);
    CHECK(made.people[0].email == "pat@example.com");
    CHECK(made.people[0].display_name == "Pat");
    CHECK(made.people[0].token == "token-of-pat");
    CHECK(made.people[1].is_bot);
    CHECK(made.people[1].token == "token-of-the-bot");
    REQUIRE(made.rooms.size() == 2);
    CHECK(made.rooms[0].title == "Operations");
    CHECK(made.rooms[0].type == SandboxRoom::Type::kGroup);
    CHECK(made.rooms[1].type == SandboxRoom::Type::kDirect);
    CHECK(made.rooms[1].members ==
          std::vector<std::string>{"pat@example.com", "stentor@webex.bot"});

    options.port = 0;
    CHECK_FALSE(sandbox_options(loaded.config, options).next_free_port);
}
