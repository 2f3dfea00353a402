#include "bot/log/line.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using bot::config::LogFormat;
using bot::config::LogLevel;
using bot::log::Fields;
using bot::log::LineHead;
using bot::log::Redaction;

namespace {

const Redaction kNoSecrets{{}};

std::string body(LogFormat format, std::string_view message, Fields fields = {}) {
    return bot::log::render_body(format, message, fields, kNoSecrets);
}

}  // namespace

TEST_CASE("redaction hides listed secrets and bearer tokens", "[log]") {
    const Redaction redaction({"short", "shorter-and-longer", ""});

    SECTION("wherever and however often they appear") {
        CHECK(redaction.apply("short,short?x=short") == "***,***?x=***");
    }
    SECTION("a secret that begins another leaves nothing of the other") {
        CHECK(redaction.apply("shorter-and-longer") == "***");
    }
    SECTION("the word after Bearer, in any case and after any blanks, to its end") {
        CHECK(redaction.apply("Authorization: Bearer abc.DEF-1") == "Authorization: Bearer ***");
        CHECK(redaction.apply("bearer  \n abc\"def rest") == "bearer  \n *** rest");
        CHECK(redaction.apply("BEARER a BEARER b") == "BEARER *** BEARER ***");
    }
    SECTION("a text that ends with Bearer is left alone") {
        CHECK(redaction.apply("Bearer ") == "Bearer ");
        CHECK(redaction.apply("Bearer") == "Bearer");
    }
    SECTION("in messages and in fields, in both formats") {
        for (const auto format : {LogFormat::kHuman, LogFormat::kJson}) {
            const auto text = bot::log::render_body(
                format, "sent short", {{"url", "https://x/?t=short"}, {"auth", "Bearer q1"}},
                redaction);
            INFO(text);
            CHECK(text.find("short") == std::string::npos);
            CHECK(text.find("q1") == std::string::npos);
            CHECK(text.find("***") != std::string::npos);
        }
    }
}

TEST_CASE("a line stays one line and drives no terminal", "[log]") {
    SECTION("human: control characters become visible") {
        CHECK(body(LogFormat::kHuman, "a\nb\r\tc\x1b[31m\x7f") == "a\\nb\\r\\tc\\x1b[31m\\x7f");
        CHECK(body(LogFormat::kHuman, "csi \xC2\x9B!") == "csi \\xc2\\x9b!");
        CHECK(body(LogFormat::kHuman, "gr\xC3\xBC\xC3\x9F \xE2\x80\x93") ==
              "gr\xC3\xBC\xC3\x9F \xE2\x80\x93");
    }
    SECTION("human: a value cannot pass for further fields") {
        CHECK(body(LogFormat::kHuman, "m", {{"a", "x b=\"1\""}, {"e", ""}, {"n", "1\n2"}}) ==
              "m a=\"x b=\\\"1\\\"\" e=\"\" n=1\\n2");
    }
    SECTION("json: any bytes give valid JSON on one line") {
        const auto text =
            "{" + body(LogFormat::kJson, "bad \xFF\xC0 \"q\"\n", {{"k\"", "\x01\xED\xA0\x80"}}) +
            "}";
        CHECK(text.find('\n') == std::string::npos);
        const auto parsed = nlohmann::json::parse(text, nullptr, false);
        REQUIRE(parsed.is_object());
        CHECK(parsed.contains("k\""));
    }
    SECTION("json: a field cannot replace time, logger, level or message") {
        const auto parsed = nlohmann::json::parse(
            "{" + body(LogFormat::kJson, "m", {{"level", "none"}, {"message", "other"}}) + "}");
        CHECK(parsed["message"] == "m");
        CHECK(parsed["level_"] == "none");
        CHECK(parsed["message_"] == "other");
    }
}

TEST_CASE("[S1.21] a line says when, who, how bad and what", "[log]") {
    const LineHead head{resilience::Clock::WallTime{std::chrono::milliseconds{1'795'341'600'123}},
                        "stentor", LogLevel::kInfo};
    const std::string id = "42";
    const Fields fields = {{"id", id},
                           {"tries", 2},
                           {"bytes", std::uint64_t{18'446'744'073'709'551'615U}},
                           {"late", true},
                           {"delta", -7}};

    CHECK(bot::log::render_line(LogFormat::kHuman, head,
                                body(LogFormat::kHuman, "delivered", fields)) ==
          "2026-11-22 10:00:00.123 - stentor - INFO - "
          "delivered id=42 tries=2 bytes=18446744073709551615 late=true delta=-7\n");
    CHECK(bot::log::render_line(LogFormat::kJson, head,
                                body(LogFormat::kJson, "delivered", fields)) ==
          "{\"time\":\"2026-11-22T10:00:00.123Z\",\"logger\":\"stentor\",\"level\":\"info\","
          "\"message\":\"delivered\",\"id\":\"42\",\"tries\":2,\"bytes\":18446744073709551615,"
          "\"late\":true,\"delta\":-7}\n");
}
