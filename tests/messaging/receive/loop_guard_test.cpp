#include "messaging/receive/loop_guard.hpp"

#include <catch2/catch.hpp>

using messaging::receive::InboundEvent;
using messaging::receive::LoopGuard;
using Author = LoopGuard::Author;

namespace {

// ciscospark://us/PEOPLE/92db3be0-43bd-11e6-8ae9-dd5b3dfc565d
const std::string kOwnId =
    "Y2lzY29zcGFyazovL3VzL1BFT1BMRS85MmRiM2JlMC00M2JkLTExZTYtOGFlOS1kZDViM2RmYzU2NWQ";
const std::string kOwnUuid = "92db3be0-43bd-11e6-8ae9-dd5b3dfc565d";
const std::string kOtherUuid = "92db3be0-43bd-11e6-8ae9-dd5b3dfc5650";

InboundEvent message_by(const std::string& id, const std::string& email) {
    InboundEvent event;
    event.person_id = id;
    event.person_email = email;
    return event;
}

}  // namespace

TEST_CASE("while the own id is unknown nothing is handled", "[loop_guard]") {
    const LoopGuard guard(LoopGuard::Options{.own_person_id = "", .own_emails = {}});
    CHECK(guard.author(kOtherUuid, "anna@example.test") == Author::kUnknown);
    CHECK_FALSE(guard.handles(message_by(kOtherUuid, "anna@example.test")));
    auto membership = message_by(kOtherUuid, "");
    membership.kind = InboundEvent::Kind::kMembership;
    CHECK_FALSE(guard.handles(membership));
}

TEST_CASE("the own post is recognised by every form of the own id", "[loop_guard]") {
    const LoopGuard guard(
        LoopGuard::Options{.own_person_id = kOwnId, .own_emails = {"Stentor@webex.bot"}});
    CHECK(guard.author(kOwnId, "") == Author::kSelf);
    CHECK(guard.author(kOwnId + "=", "") == Author::kSelf);
    CHECK(guard.author(kOwnUuid, "") == Author::kSelf);
    CHECK(guard.author("92DB3BE0-43BD-11E6-8AE9-DD5B3DFC565D", "") == Author::kSelf);
    CHECK(guard.author("", "stentor@webex.BOT") == Author::kSelf);
    CHECK_FALSE(guard.handles(message_by(kOwnUuid, "")));

    const LoopGuard raw(LoopGuard::Options{.own_person_id = kOwnUuid, .own_emails = {}});
    CHECK(raw.author(kOwnId, "") == Author::kSelf);
}

TEST_CASE("an event that names nobody is not handled", "[loop_guard]") {
    const LoopGuard guard(LoopGuard::Options{.own_person_id = kOwnId, .own_emails = {}});
    CHECK(guard.author("", "") == Author::kUnknown);
    CHECK_FALSE(guard.handles(message_by("", "")));
}

TEST_CASE("other bots are ignored unless they are allowed", "[loop_guard]") {
    const LoopGuard strict(LoopGuard::Options{.own_person_id = kOwnId, .own_emails = {}});
    const LoopGuard open(
        LoopGuard::Options{.own_person_id = kOwnId, .own_emails = {}, .bots_allowed = true});
    for (const auto* address : {"other@webex.bot", "other@SparkBot.io"}) {
        CHECK(strict.author(kOtherUuid, address) == Author::kOtherBot);
        CHECK_FALSE(strict.handles(message_by(kOtherUuid, address)));
        CHECK(open.handles(message_by(kOtherUuid, address)));
    }
    CHECK(strict.author(kOtherUuid, "robot@webex.bot.example.test") == Author::kPerson);
    CHECK_FALSE(open.handles(message_by(kOwnId, "stentor@webex.bot")));
}

TEST_CASE("people are handled, and so are memberships of anybody", "[loop_guard]") {
    const LoopGuard guard(LoopGuard::Options{.own_person_id = kOwnId, .own_emails = {}});
    CHECK(guard.handles(message_by(kOtherUuid, "anna@example.test")));
    CHECK(guard.handles(message_by("not an id of Webex", "")));
    auto added = message_by(kOwnId, "");
    added.kind = InboundEvent::Kind::kMembership;
    CHECK(guard.handles(added));
}
