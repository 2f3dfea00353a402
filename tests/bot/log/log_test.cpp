#include "bot/log/log.hpp"

#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

using bot::config::LogFormat;
using bot::config::LogLevel;

namespace {

std::string content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::vector<std::string> lines(const std::string& path) {
    std::istringstream text(content(path));
    std::vector<std::string> all;
    for (std::string line; std::getline(text, line);) {
        all.push_back(line);
    }
    return all;
}

std::size_t count(const std::string& text, const std::string& what) {
    std::size_t found = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
        ++found;
    }
    return found;
}

/// Sends a standard stream to a file while it lives.
class Captured {
public:
    Captured(std::FILE* stream, std::string path)
        : stream_(stream), path_(std::move(path)), saved_(::dup(::fileno(stream))) {
        std::fflush(stream_);
        const int file = ::open(path_.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
        ::dup2(file, ::fileno(stream_));
        ::close(file);
    }
    ~Captured() {
        std::fflush(stream_);
        ::dup2(saved_, ::fileno(stream_));
        ::close(saved_);
    }
    Captured(const Captured&) = delete;
    Captured& operator=(const Captured&) = delete;
    Captured(Captured&&) = delete;
    Captured& operator=(Captured&&) = delete;

    std::string text() const {
        std::fflush(stream_);
        return content(path_);
    }

private:
    std::FILE* stream_;
    std::string path_;
    int saved_;
};

/// Afterwards nothing is logged any more, so that tests do not hear each other.
struct QuietAfterwards {
    QuietAfterwards() = default;
    ~QuietAfterwards() { bot::log::open({.level = LogLevel::kError, .standard_output = false}); }
    QuietAfterwards(const QuietAfterwards&) = delete;
    QuietAfterwards& operator=(const QuietAfterwards&) = delete;
    QuietAfterwards(QuietAfterwards&&) = delete;
    QuietAfterwards& operator=(QuietAfterwards&&) = delete;
};

}  // namespace

TEST_CASE("a log file that cannot be written is reported once", "[log]") {
    const tests::TempFolder folder;
    const QuietAfterwards quiet;
    const Captured errors(stderr, folder.path("stderr"));
    const Captured output(stdout, folder.path("stdout"));

    SECTION("and standard output goes on") {
        bot::log::open({.file = folder.path("missing/bot.log")});
        bot::log::info("first");
        bot::log::info("second");
        CHECK(count(errors.text(), "cannot write the log file " + folder.path("missing/bot.log") +
                                       ": No such file or directory") == 1);
        CHECK(count(errors.text(), "\n") == 1);
        CHECK(count(output.text(), "first") == 1);
        CHECK(count(output.text(), "second") == 1);
    }
    SECTION("and standard error takes the lines when there is no other place") {
        bot::log::open({.standard_output = false, .file = folder.path("missing/bot.log")});
        bot::log::info("first");
        bot::log::info("second");
        CHECK(count(errors.text(), "cannot write") == 1);
        CHECK(count(errors.text(), " - first\n") == 1);
        CHECK(count(errors.text(), " - second\n") == 1);
        CHECK(output.text().empty());
    }
    SECTION("and used again when it works, reported again when it fails again") {
        bot::log::open({.file = folder.path("later/bot.log")});
        bot::log::info("lost to the file");
        std::filesystem::create_directory(folder.path("later"));
        bot::log::info("healed");
        std::filesystem::remove_all(folder.path("later"));
        bot::log::info("gone again");
        std::filesystem::create_directory(folder.path("later"));
        bot::log::info("back");
        CHECK(count(errors.text(), "cannot write") == 2);
        REQUIRE(lines(folder.path("later/bot.log")).size() == 1);
        CHECK(count(content(folder.path("later/bot.log")), "back") == 1);
    }
    SECTION("and a full disk is such a failure too") {
        bot::log::open({.file = "/dev/full"});
        bot::log::error("no space");
        CHECK(count(errors.text(), "No space left on device") == 1);
        CHECK(count(output.text(), "no space") == 1);
    }
}

TEST_CASE("the log keeps secrets out of both places", "[log]") {
    const tests::TempFolder folder;
    const QuietAfterwards quiet;
    const Captured output(stdout, folder.path("stdout"));
    const auto format = GENERATE(LogFormat::kHuman, LogFormat::kJson);
    bot::log::open({.level = LogLevel::kDebug,
                    .format = format,
                    .file = folder.path("bot.log"),
                    .secrets = {"tok\"en-1", "hook-secret"}});

    bot::log::debug("GET /people/me Authorization: Bearer NDk0LTEy", {{"sent", "tok\"en-1"}});
    bot::log::error("refused tok\"en-1", {{"hook", "a hook-secret b"}});
    spdlog::warn("library saw hook-secret and Bearer NDk0LTEy");

    for (const auto& text : {output.text(), content(folder.path("bot.log"))}) {
        INFO(text);
        CHECK(count(text, "\n") == 3);
        CHECK(count(text, "en-1") == 0);
        CHECK(count(text, "hook-secret") == 0);
        CHECK(count(text, "NDk0LTEy") == 0);
        CHECK(count(text, "***") == 6);
    }
}

TEST_CASE("the log writes what its level lets through", "[log]") {
    const tests::TempFolder folder;
    const QuietAfterwards quiet;
    const auto path = folder.path("bot.log");

    SECTION("warn leaves out debug and info") {
        bot::log::open({.level = LogLevel::kWarn, .standard_output = false, .file = path});
        bot::log::debug("one");
        bot::log::info("two");
        bot::log::warn("three");
        bot::log::error("four");
        REQUIRE(lines(path).size() == 2);
        CHECK(count(lines(path)[0], " - stentor - WARN - three") == 1);
        CHECK(count(lines(path)[1], " - stentor - ERROR - four") == 1);
    }
    SECTION("libraries are heard from warn on, even at debug") {
        bot::log::open({.level = LogLevel::kDebug, .standard_output = false, .file = path});
        spdlog::info("chatter");
        spdlog::warn("two\nlines");
        bot::log::debug("own");
        REQUIRE(lines(path).size() == 2);
        CHECK(count(lines(path)[0], " - library - WARN - two\\nlines") == 1);
        CHECK(count(lines(path)[1], " - stentor - DEBUG - own") == 1);
    }
}

TEST_CASE("[S1.21] the log appends in the format asked for", "[log]") {
    const tests::TempFolder folder;
    const QuietAfterwards quiet;
    const auto path = folder.write("bot.log", "before\n");
    const auto clock = std::make_shared<resilience::VirtualClock>(
        resilience::Clock::WallTime{std::chrono::milliseconds{1'795'341'600'123}});

    SECTION("human, stamped by the given clock") {
        bot::log::open({.standard_output = false, .file = path, .clock = clock});
        bot::log::info("delivered", {{"id", "42"}, {"room", "operations"}});
        CHECK(content(path) ==
              "before\n2026-11-22 10:00:00.123 - stentor - INFO - delivered id=42 "
              "room=operations\n");
    }
    SECTION("json, one object a line, from libraries too") {
        bot::log::open({.format = LogFormat::kJson, .standard_output = false, .file = path});
        bot::log::warn("held", {{"queue", 7}});
        spdlog::error("said \"no\"");
        REQUIRE(lines(path).size() == 3);
        const auto own = nlohmann::json::parse(lines(path)[1]);
        CHECK(own["level"] == "warn");
        CHECK(own["queue"] == 7);
        const auto library = nlohmann::json::parse(lines(path)[2]);
        CHECK(library["logger"] == "library");
        CHECK(library["message"] == "said \"no\"");
    }
    SECTION("to a new file when the old one was moved away") {
        bot::log::open({.standard_output = false, .file = path});
        bot::log::info("old");
        std::filesystem::rename(path, folder.path("bot.log.1"));
        bot::log::info("new");
        CHECK(count(content(folder.path("bot.log.1")), "old") == 1);
        CHECK(count(content(folder.path("bot.log.1")), "new") == 0);
        CHECK(count(content(path), "new") == 1);
    }
    SECTION("with whole lines from many threads, also while it is opened anew") {
        const bot::log::Options options{.standard_output = false, .file = path};
        bot::log::open(options);
        {
            std::vector<std::jthread> threads;
            for (int thread = 0; thread < 4; ++thread) {
                threads.emplace_back([thread] {
                    for (int i = 0; i < 200; ++i) {
                        bot::log::info("count", {{"thread", thread}, {"i", i}});
                    }
                });
            }
            for (int i = 0; i < 20; ++i) {
                bot::log::open(options);
            }
        }
        const auto all = lines(path);
        REQUIRE(all.size() == 801);
        for (std::size_t i = 1; i < all.size(); ++i) {
            INFO(all[i]);
            CHECK(count(all[i], " - stentor - INFO - count thread=") == 1);
        }
    }
}
