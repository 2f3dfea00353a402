#include "messaging/webex/ids.hpp"

#include <catch2/catch.hpp>

using namespace messaging::webex;

namespace {

constexpr auto kUuid = "92db3be0-43bd-11e6-8ae9-dd5b3dfc565d";
constexpr auto kUs =
    "Y2lzY29zcGFyazovL3VzL01FU1NBR0UvOTJkYjNiZTAtNDNiZC0xMWU2LThhZTktZGQ1YjNkZmM1NjVk";
constexpr auto kUrn =
    "Y2lzY29zcGFyazovL3VybjpURUFNOnVzLXdlc3QtMl9yL01FU1NBR0UvOTJkYjNiZTAtNDNiZC0xMWU2LThhZTktZGQ1"
    "YjNkZmM1NjVk";

}  // namespace

TEST_CASE("text that is no REST id is not read as one", "[ids]") {
    CHECK_FALSE(parse_rest_id(""));
    CHECK_FALSE(parse_rest_id(kUuid));
    CHECK_FALSE(parse_rest_id("Y2lz"));                             // "cis"
    CHECK_FALSE(parse_rest_id("Y2lzY29zcGFyazovL3VzL01FU1NBR0U"));  // no key
    CHECK_FALSE(parse_rest_id("Y2lzY29zcGFyazovLy8v"));             // all parts empty
    CHECK_FALSE(parse_rest_id("not base64 at all!"));
    CHECK_FALSE(parse_rest_id("YR"));  // the last bits stand for nothing and are not zero
}

TEST_CASE("REST ids are made and read", "[ids]") {
    CHECK(make_rest_id({"us", "MESSAGE", kUuid}) == kUs);
    CHECK(make_rest_id({"urn:TEAM:us-west-2_r", "MESSAGE", kUuid}) == kUrn);
    CHECK(parse_rest_id(kUs) == RestId{"us", "MESSAGE", kUuid});
    CHECK(parse_rest_id(kUrn) == RestId{"urn:TEAM:us-west-2_r", "MESSAGE", kUuid});
    const RestId content{"us", "CONTENT", "92db3be0/0"};
    CHECK(parse_rest_id(make_rest_id(content)) == content);
    CHECK(parse_rest_id(make_rest_id(content) + "==") == content);
}

TEST_CASE("ids are the same whatever their form and cluster", "[ids]") {
    CHECK(same_id(kUs, kUs));
    CHECK(same_id(kUs, kUrn));
    CHECK(same_id(kUs, kUuid));
    CHECK(same_id("92DB3BE0-43BD-11E6-8AE9-DD5B3DFC565D", kUs));
    CHECK_FALSE(same_id(kUs, make_rest_id({"us", "PEOPLE", kUuid})));
    CHECK_FALSE(same_id(kUs, "92db3be0-43bd-11e6-8ae9-dd5b3dfc565e"));
    CHECK_FALSE(same_id("", ""));
    CHECK_FALSE(same_id("abc", "ABC"));
    CHECK(raw_key(kUrn) == kUuid);
    CHECK(raw_key("anything") == "anything");
}
