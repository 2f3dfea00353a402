#include "messaging/outbox/evidence.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace messaging;
using outbox::Evidence;
using outbox::Intent;
using outbox::Millis;

namespace {

constexpr auto kSkew = std::chrono::milliseconds{60'000};

Intent sent(std::string payload) {
    Intent intent;
    intent.payload = std::move(payload);
    intent.started = Millis{1'000'000};
    return intent;
}

webex::MessageView seen(std::string markdown) {
    webex::MessageView view;
    view.id = "m1";
    view.person_id = "bot";
    view.markdown = std::move(markdown);
    view.created = Millis{1'000'500};
    return view;
}

}  // namespace

TEST_CASE("nothing is evidence while the bot does not know who it is", "[evidence]") {
    const Evidence evidence(sent(R"({"markdown":"disk full"})"), "", kSkew);
    CHECK_FALSE(evidence.matches(seen("disk full")));
}

TEST_CASE("another author, text, thread, shape or time is no evidence", "[evidence]") {
    const Evidence evidence(sent(R"({"markdown":"disk full"})"), "bot", kSkew);
    auto view = seen("disk full");
    REQUIRE(evidence.matches(view));

    SECTION("author") {
        view.person_id = "anna";
    }
    SECTION("text") {
        view.markdown = "disk fuller";
    }
    SECTION("thread") {
        view.parent_id = "p1";
    }
    SECTION("file") {
        view.file_count = 1;
    }
    SECTION("card") {
        view.has_card = true;
    }
    SECTION("posted before the attempt") {
        view.created = Millis{1'000'000} - 61s;
    }
    CHECK_FALSE(evidence.matches(view));
}

TEST_CASE("white space that the service folds does not hide a message", "[evidence]") {
    const Evidence evidence(sent(R"({"markdown":"  disk\n\nfull  on\tdb1 "})"), "bot", kSkew);
    CHECK(evidence.matches(seen("disk full on db1")));
}

TEST_CASE("the service's clock may be off by the skew", "[evidence]") {
    const Evidence evidence(sent(R"({"markdown":"x"})"), "bot", kSkew);
    auto view = seen("x");
    view.created = Millis{1'000'000} - 60s;
    CHECK(evidence.matches(view));
}

TEST_CASE("a file without words is matched by its shape", "[evidence]") {
    auto intent = sent(R"({"roomId":"r"})");
    intent.file = outbox::SpooledFile{"h", "a.png", "image/png", 9};
    const Evidence evidence(intent, "bot", kSkew);
    auto view = seen("");
    CHECK_FALSE(evidence.matches(view));
    view.file_count = 1;
    CHECK(evidence.matches(view));
}

TEST_CASE("a repeat says so, in the text and in the markdown", "[evidence]") {
    const auto marked = outbox::mark_repeat(R"({"roomId":"r","text":"a","markdown":"**a**"})");
    CHECK(marked.find("**a**\\n\\n_(possible repeat)_") != std::string::npos);
    CHECK(marked.find("a\\n(possible repeat)") != std::string::npos);
    CHECK(outbox::mark_repeat("not json") == "not json");
}

TEST_CASE("a marked repeat is looked for with its mark", "[evidence]") {
    auto intent = sent(R"({"markdown":"disk full"})");
    intent.repeats = 1;
    const Evidence evidence(intent, "bot", kSkew);
    CHECK_FALSE(evidence.matches(seen("disk full")));
    CHECK(evidence.matches(seen("disk full\n\n_(possible repeat)_")));
}
