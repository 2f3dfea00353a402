#include "messaging/http/curl_client.hpp"
#include "messaging/sandbox/sandbox.hpp"
#include "messaging/webex/client.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>
#include <memory>
#include <thread>

using namespace messaging;
using resilience::ErrorClass;
using webex::WebexClient;

namespace {

sandbox::SandboxOptions sandbox_options(const std::string& faults) {
    sandbox::SandboxOptions made;
    made.people = {{"stentor@webex.bot", "Stentor", true, "bot-token"},
                   {"demo@example.com", "Demo Person", false, "person-token"},
                   {"other@example.com", "Other", false, ""}};
    made.rooms = {{"Operations",
                   sandbox::SandboxRoom::Type::kGroup,
                   {"stentor@webex.bot", "demo@example.com"}}};
    made.fault_plan_file = faults;
    return made;
}

/// The client against a whole sandbox, with a fault plan if there is one.
class Webex {
public:
    explicit Webex(const std::string& faults = "")
        : http([]() -> resilience::Result<std::unique_ptr<http::Client>> {
              auto made = http::CurlClient::open();
              if (!made) return std::move(made).error();
              return std::unique_ptr<http::Client>(std::move(made).value());
          }),
          client({.endpoint =
                      [this] {
                          const auto port = std::to_string(sandbox->port());
                          return webex::Endpoint{"http://127.0.0.1:" + port + "/v1", "bot-token"};
                      }},
                 http,
                 clock) {
        const auto plan = faults.empty() ? "" : folder.write("plan.json", faults);
        auto opened = sandbox::Sandbox::open(sandbox_options(plan), clock);
        INFO((opened.ok() ? "" : opened.error().message));
        REQUIRE(opened.ok());
        sandbox = std::move(opened).value();
        thread_ = std::jthread([this](const std::stop_token& stop) { sandbox->run(stop); });
    }

    /// Posts a file into the room and gives the address of its content.
    std::string upload(const std::string& name, const std::string& bytes) {
        Message message;
        message.files = {{.path = folder.write(name, bytes), .content_type = "application/pdf"}};
        const auto sent = client.create_message(room(sandbox->room_id("Operations")), message);
        REQUIRE(sent.ok());
        return sent.value().files.at(0);
    }

    tests::TempFolder folder;
    resilience::SystemClock clock;
    std::unique_ptr<sandbox::Sandbox> sandbox;
    http::BlockingClient http;
    WebexClient client;

private:
    std::jthread thread_;
};

std::string content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

TEST_CASE("what a room or membership needs is checked before it is sent", "[webex][sandbox]") {
    Webex webex;
    CHECK_FALSE(webex.client.create_room("").ok());
    CHECK_FALSE(webex.client.create_membership("r", room("r")).ok());
    CHECK_FALSE(webex.client.membership("r", room("r")).ok());
    CHECK(webex.client.create_membership("nonsense", person("p")).error().cls ==
          ErrorClass::kPermanent);
}

TEST_CASE("a room is made, filled, emptied and deleted", "[webex][sandbox]") {
    Webex webex;
    const auto& client = webex.client;
    const auto made = client.create_room("Incident \"7\"");
    REQUIRE(made.ok());
    CHECK(made.value().title == "Incident \"7\"");
    CHECK(made.value().type == "group");
    const auto id = made.value().id;

    const auto stranger = client.create_membership(id, email("nobody@example.com"));
    REQUIRE_FALSE(stranger.ok());
    CHECK(stranger.error().message.find("POST /v1/memberships: HTTP 404") == 0);
    const auto demo = client.create_membership(id, email("demo@example.com"));
    REQUIRE(demo.ok());
    CHECK(demo.value().person_name == "Demo Person");
    // Once more, as after an answer that was lost: the same membership, no error.
    const auto again = client.create_membership(id, person(demo.value().person_id));
    REQUIRE(again.ok());
    CHECK(again.value().id == demo.value().id);
    CHECK(client.memberships(id).value().size() == 2);

    CHECK_FALSE(client.membership(id, email("other@example.com")).value().has_value());
    CHECK(client.membership(id, email("demo@example.com")).value()->id == demo.value().id);
    CHECK(client.delete_membership(demo.value().id).ok());
    CHECK(client.delete_membership(demo.value().id).ok());
    CHECK(client.memberships(id).value().size() == 1);

    CHECK(client.delete_room(id).ok());
    CHECK(client.delete_room(id).ok());
    CHECK_FALSE(client.room(id).ok());
}

TEST_CASE("of somebody else's room the bot is merely removed", "[webex][sandbox]") {
    Webex webex;
    const auto id = webex.sandbox->room_id("Operations");
    CHECK(webex.client.delete_room(id).ok());
    CHECK_FALSE(webex.client.room(id).ok());
    CHECK(webex.sandbox->room_id("Operations") == id);
}

TEST_CASE("lists come whole from a service whose pages are odd", "[webex][sandbox]") {
    Webex webex(R"({"rules":[
        {"action":{"kind":"paging","maxNull":true,"dropFilter":true}},
        {"every":2,"action":{"kind":"paging","emptyPage":true}}]})");
    const auto id = webex.sandbox->room_id("Operations");
    for (int i = 0; i < 101; ++i) {
        Message message;
        message.markdown = "<@all> " + std::to_string(i);
        REQUIRE(webex.client.create_message(room(id), message).ok());
    }
    WebexClient::ListOptions options;
    options.mentions_only = true;
    options.items_max = 1'000;
    const auto messages = webex.client.messages(id, options);
    INFO((messages.ok() ? "" : messages.error().message));
    REQUIRE(messages.ok());
    CHECK(messages.value().size() == 101);
}

TEST_CASE("a list that never ends is not taken for a whole one", "[webex][sandbox]") {
    Webex webex(R"({"rules":[{"path":"/v1/rooms","first":2,
                              "action":{"kind":"paging","emptyPage":true}}]})");
    CHECK(webex.client.rooms().value().size() == 1);
    const auto rooms = webex.client.rooms();
    REQUIRE_FALSE(rooms.ok());
    CHECK(rooms.error().message.find("GET /rooms: the list does not end") == 0);
}

TEST_CASE("what a file is can be asked before it is fetched", "[webex][sandbox]") {
    Webex webex;
    const auto url = webex.upload("report \"7\".pdf", "0123456789");
    const auto info = webex.client.file_info(url);
    REQUIRE(info.ok());
    CHECK(info.value().content_type == "application/pdf");
    CHECK(info.value().size == 10U);
    const auto path = webex.folder.path("copy");
    const auto file = webex.client.download(url, path);
    REQUIRE(file.ok());
    CHECK(file.value().file_name == info.value().file_name);
    CHECK(content(path) == "0123456789");
    CHECK_FALSE(webex.client.file_info("https://example.com/v1/contents/x").ok());
    CHECK(webex.client.file_info(url + "x").error().message.find("HEAD /v1/contents/") == 0);
}

TEST_CASE("a file that cannot be looked through needs a word of the caller", "[webex][sandbox]") {
    Webex webex(R"({"rules":[{"action":{"kind":"scan","verdict":"unscannable"}}]})");
    const auto url = webex.upload("secret.pdf", "PDF");
    const auto path = webex.folder.path("copy");
    const auto refused = webex.client.file_info(url);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().cls == ErrorClass::kPermanent);
    CHECK(refused.error().message.find("allow_unscannable") != std::string::npos);
    CHECK_FALSE(webex.client.download(url, path).ok());
    const messaging::webex::FileOptions allowed{.allow_unscannable = true};
    CHECK(webex.client.file_info(url, allowed).value().size == 3U);
    CHECK(webex.client.download(url + "?a=b", path, allowed).ok());
    CHECK(content(path) == "PDF");
}

TEST_CASE("a file that is being looked through asks for a wait", "[webex][sandbox]") {
    Webex webex(R"({"rules":[{"action":{"kind":"scan","scanMs":60000}}]})");
    const auto url = webex.upload("a.pdf", "PDF");
    const auto busy = webex.client.file_info(url);
    REQUIRE_FALSE(busy.ok());
    CHECK(busy.error().cls == ErrorClass::kRateLimited);
    CHECK(busy.error().retry_after == std::chrono::seconds{60});
}

TEST_CASE("an infected file is gone for good", "[webex][sandbox]") {
    Webex webex(R"({"rules":[{"action":{"kind":"scan","verdict":"infected"}}]})");
    const auto url = webex.upload("a.pdf", "PDF");
    const auto gone =
        webex.client.download(url, webex.folder.path("copy"), {.allow_unscannable = true});
    REQUIRE_FALSE(gone.ok());
    CHECK(gone.error().cls == ErrorClass::kPermanent);
    CHECK(gone.error().message.find("infected") != std::string::npos);
}
