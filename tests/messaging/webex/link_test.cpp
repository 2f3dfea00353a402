#include "messaging/webex/link.hpp"

#include <catch2/catch.hpp>

using messaging::webex::may_carry_token;
using messaging::webex::next_link;

TEST_CASE("a header without a next page has none", "[link]") {
    CHECK_FALSE(next_link(""));
    CHECK_FALSE(next_link("<https://a/>; rel=\"prev\""));
    CHECK_FALSE(next_link("<https://a/>; rel=\"nextish\""));
    CHECK_FALSE(next_link("<https://a/; rel=\"next\""));
    CHECK_FALSE(next_link("<>; rel=next"));
    CHECK_FALSE(next_link("https://a/; rel=next"));
    CHECK_FALSE(next_link("<https://a/>; title=\"; rel=next\""));
    CHECK_FALSE(next_link("<https://a/>, rel=next"));
    CHECK_FALSE(next_link("<https://a/>; rel=\"x\\\"; rel=next"));
}

TEST_CASE("the next page is found in every way to write it", "[link]") {
    const auto* const real =
        "<https://webexapis.com/v1/people?displayName=Harold&max=10&before&after=Y2lz>; "
        "rel=\"next\"";
    CHECK(next_link(real) ==
          "https://webexapis.com/v1/people?displayName=Harold&max=10&before&after=Y2lz");
    CHECK(next_link("<https://a/>;rel=next") == "https://a/");
    CHECK(next_link("<https://a/> ; REL = \"prev Next\"") == "https://a/");
    CHECK(next_link("<https://a/>; rel=\"first\", <https://b/?x=1,2>; rel=\"next\"") ==
          "https://b/?x=1,2");
    CHECK(next_link("<https://a/>; title=\"a, b; c\"; rel=next") == "https://a/");
    CHECK(next_link("<https://a/>; crossorigin; rel=next") == "https://a/");
    const messaging::http::Headers headers = {{"Link", "<https://a/>; rel=\"first\""},
                                              {"link", "<https://b/>; rel=\"next\""}};
    CHECK(next_link(headers) == "https://b/");
}

TEST_CASE("a next link is followed as it is, but for two known defects", "[webex][link]") {
    using messaging::webex::mended_next;
    const std::string asked = "https://h/v1/messages?roomId=r&max=100&mentionedPeople=me";
    for (const auto* right : {"https://h/v1/messages?max=5&before&mentionedPeople=me&x=%2B",
                              "https://h/v1/messages?mentionedPeople=me&maximum=null&max"}) {
        CHECK(mended_next(right, asked) == right);
    }
    CHECK(mended_next("https://h/v1/messages?a=b&max=null&before", asked) ==
          "https://h/v1/messages?a=b&max=100&before&mentionedPeople=me");
    CHECK(mended_next("https://h/v1/messages", asked) ==
          "https://h/v1/messages?mentionedPeople=me");
    CHECK(mended_next("https://h/v1/rooms?max=null", "https://h/v1/rooms") ==
          "https://h/v1/rooms?max=null");
    CHECK(mended_next("https://h/v1/rooms?max=null", "https://h/v1/rooms?max=7") ==
          "https://h/v1/rooms?max=7");
}

TEST_CASE("the token goes to the configured service and its family only", "[link]") {
    constexpr auto kBase = "https://webexapis.com/v1";
    CHECK(may_carry_token(kBase, "https://webexapis.com/v1/rooms?max=1&before"));
    CHECK(may_carry_token(kBase, "https://WebexAPIs.com:443/v1"));
    CHECK(may_carry_token(kBase, "https://api.ciscospark.com/v1/contents/x"));
    CHECK(may_carry_token(kBase, "https://files-prod-us-east-2.webexcontent.webex.com/a"));
    CHECK_FALSE(may_carry_token(kBase, "http://webexapis.com/v1"));
    CHECK_FALSE(may_carry_token(kBase, "https://webexapis.com:8443/v1"));
    CHECK_FALSE(may_carry_token(kBase, "https://evilwebexapis.com/"));
    CHECK_FALSE(may_carry_token(kBase, "https://webexapis.com.evil.test/"));
    CHECK_FALSE(may_carry_token(kBase, "https://evil.test/https://webexapis.com/"));
    CHECK_FALSE(may_carry_token(kBase, "https://webexapis.com@evil.test/"));
    CHECK_FALSE(may_carry_token(kBase, "https://evil.test\\.webex.com/"));
    CHECK_FALSE(may_carry_token(kBase, "https://evil.test?.webex.com"));
    CHECK_FALSE(may_carry_token(kBase, "/v1/rooms"));
    CHECK_FALSE(may_carry_token(kBase, ""));

    constexpr auto kSandbox = "http://127.0.0.1:8080/v1";
    CHECK(may_carry_token(kSandbox, "http://127.0.0.1:8080/v1/contents/x"));
    CHECK_FALSE(may_carry_token(kSandbox, "http://127.0.0.1:8081/v1"));
    CHECK_FALSE(may_carry_token(kSandbox, "https://webexapis.com/v1"));
    CHECK(may_carry_token("http://[::1]:80/v1", "http://[::1]/v1"));
}
