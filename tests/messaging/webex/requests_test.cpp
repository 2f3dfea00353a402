#include "messaging/webex/requests.hpp"

#include <catch2/catch.hpp>

using namespace messaging;
using namespace messaging::webex;

namespace {

const Endpoint kEndpoint{"https://webexapis.com/v1", "secret-token"};

}  // namespace

TEST_CASE("an unreadable list is an error, not an empty list", "[webex]") {
    CHECK_FALSE(read_message_list({.status = 200, .body = R"({"items":[{"id)"}).ok());
    CHECK_FALSE(read_message({.status = 200, .body = ""}).ok());
    CHECK_FALSE(created_message_id({.status = 200, .body = "{}"}).ok());
}

TEST_CASE("ids and addresses cannot change the address of a request", "[webex]") {
    CHECK(get_message(kEndpoint, "a/../b?c#d").url ==
          "https://webexapis.com/v1/messages/a%2F..%2Fb%3Fc%23d");
    CHECK(list_messages(kEndpoint, "r&max=1").url ==
          "https://webexapis.com/v1/messages?roomId=r%26max%3D1");
    CHECK(list_direct_by_id(kEndpoint, "p").url ==
          "https://webexapis.com/v1/messages/direct?personId=p");
    CHECK(list_direct_by_email(kEndpoint, "a+b@c.test").url ==
          "https://webexapis.com/v1/messages/direct?personEmail=a%2Bb%40c.test");
    CHECK(encode_component("\xC3\xBC -_.~") == "%C3%BC%20-_.~");
}

TEST_CASE("a message request carries the payload without copying it", "[webex]") {
    const auto payload = std::make_shared<const std::string>(R"({"roomId":"r","text":"x"})");
    const auto request = create_message(kEndpoint, payload);
    CHECK(request.method == "POST");
    CHECK(request.url == "https://webexapis.com/v1/messages");
    CHECK(request.body == payload);
    CHECK(request.content_type == "application/json; charset=utf-8");
    CHECK(request.bearer_token == "secret-token");
    CHECK(get_me(kEndpoint).url == "https://webexapis.com/v1/people/me");
}

TEST_CASE("a message with a file becomes parts, the texts first", "[webex]") {
    const auto request = create_message_with_file(kEndpoint, R"({"roomId":"r","markdown":"**x**"})",
                                                  "/spool/ab", "a.png", "image/png");
    REQUIRE(request.parts.size() == 3);
    CHECK(request.parts[0].name == "markdown");
    CHECK(request.parts[0].content == "**x**");
    CHECK(request.parts[1].name == "roomId");
    CHECK(request.parts[2].name == "files");
    CHECK(request.parts[2].file_path == "/spool/ab");
    CHECK(request.parts[2].file_name == "a.png");
    CHECK(request.parts[2].content_type == "image/png");
    CHECK(request.body == nullptr);
}
