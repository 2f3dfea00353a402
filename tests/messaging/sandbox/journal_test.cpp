#include "messaging/sandbox/journal.hpp"

#include "messaging/sandbox/records.hpp"
#include "tests/messaging/sandbox/sandbox_world.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>
#include <sys/resource.h>

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>

using Json = nlohmann::json;
using messaging::sandbox::apply_record;
using messaging::sandbox::Journal;
using messaging::sandbox::World;
using tests::SandboxWorld;

namespace {

messaging::sandbox::ModelOptions journaled() {
    messaging::sandbox::ModelOptions options;
    options.journal = true;
    return options;
}

// Everything that a journal must keep, as text.
std::string all_of(const World& world) {
    std::string all;
    for (const auto& line : messaging::sandbox::snapshot(world))
        all += line + "\n";
    return all;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

/// Lets no file of this process grow beyond a size: the nearest thing to a full disk.
class FullDisk {
public:
    explicit FullDisk(std::uintmax_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit limit{static_cast<rlim_t>(bytes), before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FullDisk() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        (void)std::signal(SIGXFSZ, handler_);
    }
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;

private:
    void (*handler_)(int);
    rlimit before_{};
};

void fill(SandboxWorld& w) {
    w.posted("one");
    const auto edited = w.posted("two")["id"].get<std::string>();
    w.call("PUT", "/messages/" + edited,
           Json{{"roomId", w.group.id}, {"markdown", "**two** <@all>"}}.dump());
    w.call("DELETE", "/messages/" + w.posted("three")["id"].get<std::string>());
    w.post({{"toPersonEmail", "other@example.com"}, {"text", "\"quoted\"\n"}});
    w.call("POST", "/rooms", R"({"title":"made"})");
    w.call("POST", "/webhooks",
           R"({"name":"h","targetUrl":"http://127.0.0.1:2/","resource":"all","event":"all",
               "secret":"s"})");
    const auto card = Json::parse(
        w.post({{"roomId", w.group.id},
                {"attachments",
                 Json::array({{{"contentType", "application/vnd.microsoft.card.adaptive"},
                               {"content", {{"type", "AdaptiveCard"}}}}})}})
            .body);
    w.call("POST", "/attachment/actions",
           Json{{"type", "submit"}, {"messageId", card["id"]}, {"inputs", {{"a", 1}}}}.dump(),
           "person-token");
}

}  // namespace

TEST_CASE("malformed records change nothing", "[sandbox][journal]") {
    SandboxWorld w;
    const auto before = all_of(w.world);
    for (const auto* line : {"", "{", "[]", "{}", R"({"t":"message"})", R"({"t":"unknown"})",
                             R"({"t":"room","uuid":5})"}) {
        CHECK_FALSE(apply_record(w.world, line));
    }
    CHECK(all_of(w.world) == before);
}

TEST_CASE("the records of a run rebuild its world", "[sandbox][journal]") {
    SandboxWorld w(journaled());
    const auto configured = messaging::sandbox::snapshot(w.world);
    fill(w);
    const auto records = w.model.take_effects().records;
    SandboxWorld again;
    for (const auto& line : configured)
        CHECK(apply_record(again.world, line));
    for (const auto& line : records)
        CHECK(apply_record(again.world, line));
    CHECK(all_of(again.world) == all_of(w.world));
    for (const auto& line : messaging::sandbox::snapshot(w.world)) {
        CHECK(apply_record(again.world, line));
    }
    CHECK(all_of(again.world) == all_of(w.world));
}

TEST_CASE("a journal has one owner and survives a torn line", "[sandbox][journal]") {
    const tests::TempFolder folder;
    const auto path = folder.path("state");
    SandboxWorld w(journaled());
    {
        auto journal = Journal::open(path, w.world);
        REQUIRE(journal.ok());
        CHECK_FALSE(Journal::open(path, w.world).ok());
        fill(w);
        CHECK(journal.value()->append(w.model.take_effects().records));
    }
    std::ofstream(path + "/journal.jsonl", std::ios::app) << R"({"t":"message","uuid":"to)";
    SandboxWorld again;
    auto journal = Journal::open(path, again.world);
    REQUIRE(journal.ok());
    CHECK(all_of(again.world) == all_of(w.world));
    CHECK_FALSE(journal.value()->is_long());
}

TEST_CASE("a last record that was cut at any byte costs itself alone", "[sandbox][journal]") {
    const tests::TempFolder folder;
    SandboxWorld w(journaled());
    w.posted("kept");
    const auto before = all_of(w.world);
    w.model.take_effects();
    w.post({{"roomId", w.group.id}, {"markdown", "**l\xC3\xB6st** \"}{\" <@all>"}});
    const auto record = w.model.take_effects().records.at(0);
    const auto whole = all_of(w.world);
    w.posted("next");
    const auto next = w.model.take_effects().records;
    SandboxWorld without;
    for (const auto& line : lines_of(before))
        REQUIRE(apply_record(without.world, line));
    REQUIRE(apply_record(without.world, next.at(0)));
    for (std::size_t cut = 0; cut <= record.size(); ++cut) {
        const auto path = folder.path("state" + std::to_string(cut));
        std::filesystem::create_directories(path);
        std::ofstream(path + "/journal.jsonl") << before << record.substr(0, cut);
        const bool is_whole = cut == record.size();
        INFO(cut);
        SandboxWorld again;
        auto journal = Journal::open(path, again.world);
        REQUIRE(journal.ok());
        CHECK(all_of(again.world) == (is_whole ? whole : before));
        // What comes next does not stick to the rest of it.
        CHECK(journal.value()->append(next));
        journal.value().reset();
        SandboxWorld later;
        REQUIRE(Journal::open(path, later.world).ok());
        CHECK(all_of(later.world) == all_of(is_whole ? w.world : without.world));
    }
}

TEST_CASE("after a full disk the journal has no gap", "[sandbox][journal]") {
    const tests::TempFolder folder;
    SandboxWorld w(journaled());
    auto journal = Journal::open(folder.path("state"), w.world);
    REQUIRE(journal.ok());
    w.posted("one");
    {
        const FullDisk full(std::filesystem::file_size(folder.path("state/journal.jsonl")) + 10);
        CHECK_FALSE(journal.value()->append(w.model.take_effects().records));
        CHECK_FALSE(journal.value()->rewrite(w.world).ok());
    }
    w.posted("two");
    CHECK_FALSE(journal.value()->append(w.model.take_effects().records));
    CHECK(journal.value()->rewrite(w.world).ok());
    w.posted("three");
    CHECK(journal.value()->append(w.model.take_effects().records));
    SandboxWorld again;
    journal.value().reset();
    REQUIRE(Journal::open(folder.path("state"), again.world).ok());
    CHECK(all_of(again.world) == all_of(w.world));
}

TEST_CASE("a state folder that cannot be made is an error", "[sandbox][journal]") {
    const tests::TempFolder folder;
    const auto file = folder.write("file", "x");
    World world("us", 10);
    const auto journal = Journal::open(file + "/state", world);
    REQUIRE_FALSE(journal.ok());
    CHECK(journal.error().message.find(file) != std::string::npos);
}
