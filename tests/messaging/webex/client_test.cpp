#include "messaging/webex/client.hpp"

#include "messaging/http/curl_client.hpp"
#include "tests/support/scripted_server.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <memory>

using namespace messaging;
using resilience::ErrorClass;
using tests::answer;
using tests::response;
using tests::ScriptedServer;
using tests::Turn;
using webex::WebexClient;

namespace {

constexpr auto kMessage = R"({"id":"m1","roomId":"r","text":"hi"})";

/// A client of the scripted server, through real sockets.
class Service {
public:
    explicit Service(std::vector<Turn> turns)
        : server(std::move(turns)),
          http([]() -> resilience::Result<std::unique_ptr<http::Client>> {
              auto made = http::CurlClient::open();
              if (!made) return std::move(made).error();
              return std::unique_ptr<http::Client>(std::move(made).value());
          }),
          client({.endpoint =
                      [this] {
                          return webex::Endpoint{server.url("/v1"), token};
                      }},
                 http,
                 clock) {}

    /// "GET /v1/rooms" and so on of the n-th request.
    std::string line(std::size_t n) const {
        const auto head = server.requests().at(n).head;
        return head.substr(0, head.find(" HTTP/1.1"));
    }

    std::string token = "first-token";
    ScriptedServer server;
    http::BlockingClient http;
    resilience::VirtualClock clock;
    WebexClient client;
};

std::string list_of(const std::string& id) {
    return R"({"items":[{"id":")" + id + R"("}]})";
}

}  // namespace

TEST_CASE("a refused call says what to do", "[webex]") {
    Service service({answer(response(
        401, R"({"message":"The request requires a valid access token set in the header."})"))});
    const auto me = service.client.me();
    REQUIRE_FALSE(me.ok());
    CHECK(me.error().cls == ErrorClass::kAuth);
    CHECK(me.error().message.find("GET /v1/people/me: HTTP 401") == 0);
    CHECK(me.error().message.find("WEBEX_ACCESS_TOKEN") != std::string::npos);
    CHECK(me.error().message.find("first-token") == std::string::npos);
}

TEST_CASE("a success that cannot be read was carried out all the same", "[webex]") {
    Service service({answer(response(200, "<html>"))});
    const auto sent = service.client.create_message(room("r"), {.text = "hi"});
    REQUIRE_FALSE(sent.ok());
    CHECK(sent.error().cls == ErrorClass::kAmbiguous);
    CHECK(sent.error().rule == "unreadable_success");
}

TEST_CASE("a file under a malware scan asks for a wait", "[webex]") {
    Service service(
        {answer(response(423, R"({"message":"file is being scanned"})", "Retry-After: 5\r\n")),
         answer(response(410, R"({"message":"file is infected"})"))});
    const tests::TempFolder folder;
    const auto url = service.server.url("/v1/contents/x");
    const auto scanned = service.client.download(url, folder.path("f"));
    REQUIRE_FALSE(scanned.ok());
    CHECK(scanned.error().cls == ErrorClass::kRateLimited);
    CHECK(scanned.error().retry_after == std::chrono::seconds{5});
    const auto infected = service.client.download(url, folder.path("f"));
    REQUIRE_FALSE(infected.ok());
    CHECK(infected.error().cls == ErrorClass::kPermanent);
    CHECK_FALSE(std::filesystem::exists(folder.path("f")));
}

TEST_CASE("the token is not sent to addresses of strangers", "[webex]") {
    ScriptedServer stranger({answer(response(200, list_of("x")))});
    const tests::TempFolder folder;
    SECTION("as a download") {
        Service service({});
        CHECK_FALSE(service.client.download(stranger.url(), folder.path("f")).ok());
    }
    SECTION("as a next page") {
        Service service({answer(
            response(200, list_of("r1"), "Link: <" + stranger.url() + ">; rel=\"next\"\r\n"))});
        CHECK_FALSE(service.client.rooms().ok());
    }
    CHECK(stranger.connections() == 0);
}

TEST_CASE("nothing that Webex would refuse is sent", "[webex]") {
    const tests::TempFolder folder;
    Service service({});
    CHECK_FALSE(service.client.create_message(room("r"), {}).ok());
    Message two;
    two.files = {{.path = folder.write("a", "")}, {.path = folder.write("b", "")}};
    CHECK_FALSE(service.client.create_message(room("r"), two).ok());
    two.files.pop_back();
    CHECK_FALSE(service.client.edit_message("m", "r", two).ok());
    CHECK_FALSE(service.client.direct_messages(room("r")).ok());
    CHECK(service.server.connections() == 0);
}

TEST_CASE("pages are followed verbatim, empty ones too", "[webex]") {
    const auto next = [](const std::string& base, std::string_view query) {
        return "Link: <" + base + std::string{query} + ">; rel=\"next\"\r\n";
    };
    Service service({});
    const auto base = service.server.url("/v1/rooms");
    service.server.add({answer(response(200, list_of("r1"), next(base, "?max=1&before&after=a"))),
                        answer(response(200, R"({"items":[]})", next(base, "?after=b"))),
                        answer(response(200, list_of("r2")))});
    const auto rooms = service.client.rooms("group");
    REQUIRE(rooms.ok());
    REQUIRE(rooms.value().size() == 2);
    CHECK(rooms.value()[1].id == "r2");
    CHECK(service.line(0) == "GET /v1/rooms?max=100&type=group");
    CHECK(service.line(1) == "GET /v1/rooms?max=1&before&after=a");
    CHECK(service.line(2) == "GET /v1/rooms?after=b");
}

TEST_CASE("a list ends at the wanted number of items", "[webex]") {
    Service service({});
    service.server.add({answer(
        response(200, R"({"items":[{"id":"m1"},{"id":"m2"},{"id":"m3"}]})",
                 "Link: <" + service.server.url("/v1/messages?x") + ">; rel=\"next\"\r\n"))});
    WebexClient::ListOptions options;
    options.items_max = 2;
    options.mentions_only = true;
    options.before_message = "m=9";
    const auto messages = service.client.messages("r/1", options);
    REQUIRE(messages.ok());
    CHECK(messages.value().size() == 2);
    CHECK(service.line(0) ==
          "GET /v1/messages?roomId=r%2F1&max=2&mentionedPeople=me&beforeMessage=m%3D9");
}

TEST_CASE("the token may be replaced while running", "[webex]") {
    const auto me = response(200, R"({"id":"p","displayName":"Stentor"})");
    Service service({answer(me), answer(me)});
    CHECK(service.client.me().value().display_name == "Stentor");
    service.token = "second-token";
    CHECK(service.client.me().ok());
    CHECK(service.server.requests()[0].head.find("Bearer first-token") != std::string::npos);
    CHECK(service.server.requests()[1].head.find("Bearer second-token") != std::string::npos);
}

TEST_CASE("messages are posted, read, edited and deleted", "[webex]") {
    const auto ok = answer(response(200, kMessage));
    Service service({ok, ok, ok, answer("HTTP/1.1 204 No Content\r\n\r\n"),
                     answer(response(404, "{}")), answer(response(403, "{}"))});
    CHECK(service.client.create_message(room("r"), {.markdown = "**hi**"}).value().id == "m1");
    CHECK(service.client.message("m1").value().text == "hi");
    CHECK(service.client.edit_message("m1", "r", {.text = "hello"}).ok());
    CHECK(service.client.delete_message("m1").ok());
    CHECK(service.client.delete_message("m1").ok());
    CHECK_FALSE(service.client.delete_message("m1").ok());
    CHECK(service.line(0) == "POST /v1/messages");
    CHECK(service.server.requests()[0].body == R"({"markdown":"**hi**","roomId":"r"})");
    CHECK(service.line(1) == "GET /v1/messages/m1");
    CHECK(service.line(2) == "PUT /v1/messages/m1");
    CHECK(service.line(3) == "DELETE /v1/messages/m1");
}

TEST_CASE("a message with a file goes out as parts", "[webex]") {
    const tests::TempFolder folder;
    Service service({answer(response(200, kMessage))});
    Message message;
    message.markdown = "see";
    message.files = {{.path = folder.write("chart.png", "PNG"), .content_type = "image/png"}};
    REQUIRE(service.client.create_message(email("a@b.test"), message).ok());
    const auto body = service.server.requests().at(0).body;
    CHECK(body.find("name=\"toPersonEmail\"\r\n\r\na@b.test\r\n") != std::string::npos);
    CHECK(body.find("name=\"markdown\"\r\n\r\nsee\r\n") != std::string::npos);
    CHECK(body.find("name=\"files\"; filename=\"chart.png\"\r\n") != std::string::npos);
    CHECK(body.find("PNG") != std::string::npos);
}

TEST_CASE("downloads keep the name but not the folder the service gives", "[webex]") {
    const tests::TempFolder folder;
    Service service(
        {answer(response(200, "bytes",
                         "Content-Disposition: attachment; filename=\"../../etc/report.pdf\"\r\n"
                         "Content-Type: application/pdf\r\n"))});
    const auto file =
        service.client.download(service.server.url("/v1/contents/x"), folder.path("f"));
    REQUIRE(file.ok());
    CHECK(file.value().file_name == "report.pdf");
    CHECK(file.value().content_type == "application/pdf");
    CHECK(file.value().size == 5);
}

TEST_CASE("the name of a file may hold quotes", "[webex]") {
    const auto name_of = [](const std::string& disposition) {
        Service service({answer(response(
            200, "", "Content-Disposition: attachment; filename=" + disposition + "\r\n"))});
        return service.client.file_info(service.server.url("/v1/contents/x")).value().file_name;
    };
    CHECK(name_of(R"("report \"7\".pdf"; size=3)") == R"(report "7".pdf)");
    CHECK(name_of(R"("C:\temp\x.pdf")") == "x.pdf");
    CHECK(name_of(R"("..\\..\\x.pdf")") == "x.pdf");
    CHECK(name_of(R"("unfinished\")") == R"(unfinished")");
    CHECK(name_of(R"("..")").empty());
}

TEST_CASE("direct messages, memberships, webhooks and card actions have their paths", "[webex]") {
    const auto list = answer(response(200, R"({"items":[]})"));
    const auto hook = answer(response(200, R"({"id":"w","status":"active"})"));
    Service service({list, list, list, list, hook, hook, answer(response(404, "{}")),
                     answer(response(200, R"({"id":"a","inputs":{"x":"y"}})")),
                     answer(response(200, R"({"id":"r","title":"Ops"})"))});
    CHECK(service.client.direct_messages(person("p")).ok());
    CHECK(service.client.direct_messages(email("a+b@c.test")).ok());
    CHECK(service.client.memberships("r").ok());
    CHECK(service.client.webhooks().ok());
    CHECK(service.client.create_webhook({.name = "n", .target_url = "https://t/"}).ok());
    CHECK(service.client.update_webhook("w", {.name = "n", .target_url = "https://t/"}).ok());
    CHECK(service.client.delete_webhook("w").ok());
    CHECK(service.client.attachment_action("a").value().inputs.size() == 1);
    CHECK(service.client.room("r").value().title == "Ops");
    CHECK(service.line(0) == "GET /v1/messages/direct?personId=p");
    CHECK(service.line(1) == "GET /v1/messages/direct?personEmail=a%2Bb%40c.test");
    CHECK(service.line(2) == "GET /v1/memberships?max=100&roomId=r");
    CHECK(service.line(3) == "GET /v1/webhooks?max=100");
    CHECK(service.line(4) == "POST /v1/webhooks");
    CHECK(service.line(5) == "PUT /v1/webhooks/w");
    CHECK(service.line(6) == "DELETE /v1/webhooks/w");
    CHECK(service.line(7) == "GET /v1/attachment/actions/a");
    CHECK(service.line(8) == "GET /v1/rooms/r");
}
