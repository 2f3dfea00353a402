// What is sent instead of what was accepted, in every store.
#include "tests/messaging/outbox/store_subjects.hpp"

using namespace store_conformance;

namespace {

Transition instead(const Intent& intent, NewContent content) {
    return {.id = intent.id,
            .attempt = intent.attempt,
            .to = State::kPending,
            .at = kStart,
            .next = kStart,
            .note = {.status = 400, .rule = "degrade_card"},
            .content = std::move(content)};
}

}  // namespace

TEMPLATE_TEST_CASE("New content is sent from then on, and the journal says why",
                   "[store]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk;
    desk.add_all({message(1), message(2)});
    const auto first = desk.claim(1).at(0);
    REQUIRE(desk.move(instead(first, {"{\"text\":\"less\"}"})));
    REQUIRE(desk.journal(1).back().note.rule == "degrade_card");
    const auto again = desk.claim(1).at(0);
    REQUIRE(again.id == first.id);  // still first in its lane
    REQUIRE(again.payload == "{\"text\":\"less\"}");
    REQUIRE(again.attempt == 2);
    const auto uncertain = desk.restart();
    REQUIRE(uncertain.at(0).payload == "{\"text\":\"less\"}");
    REQUIRE(desk.get(1).payload == "{\"text\":\"less\"}");
}

TEMPLATE_TEST_CASE("New content that comes too late changes nothing",
                   "[store]",
                   STORES_UNDER_TEST) {
    Desk<TestType> desk;
    desk.add_all({message(1)});
    const auto first = desk.claim(1).at(0);
    REQUIRE(desk.deliver(first));
    REQUIRE_FALSE(desk.move(instead(first, {"{}"})));
    REQUIRE(desk.get(1).payload == message(1).payload);
}

TEMPLATE_TEST_CASE("A file may come with new content, or go", "[store]", STORES_UNDER_TEST) {
    Desk<TestType> desk;
    const auto used = [&desk] { return desk.store().files_in_use().value(); };
    SECTION("come") {
        desk.add_all({message(1)});
        const SpooledFile file{"hash", "message.md", "text/markdown", 9};
        REQUIRE(desk.move(instead(desk.claim(1).at(0), {"{}", file})));
        REQUIRE(used() == std::vector<std::string>{"hash"});
        desk.crash();
        REQUIRE(desk.claim(1).at(0).file == file);
    }
    SECTION("go") {
        desk.add_all({with_file(message(1), "old")});
        REQUIRE(desk.move(instead(desk.claim(1).at(0), {"{}"})));
        REQUIRE(used().empty());
        REQUIRE_FALSE(desk.claim(1).at(0).file);
        REQUIRE_FALSE(desk.get(1).file);
    }
    SECTION("be another one") {
        desk.add_all({with_file(message(1), "old")});
        const SpooledFile file{"new", "b.png", "image/png", 7};
        REQUIRE(desk.move(instead(desk.claim(1).at(0), {"{}", file})));
        REQUIRE(used() == std::vector<std::string>{"new"});
        REQUIRE(desk.claim(1).at(0).file == file);
    }
}
