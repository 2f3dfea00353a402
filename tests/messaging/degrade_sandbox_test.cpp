// Each row of the table of degrade.hpp, through the real sender against the sandbox.
#include "messaging/http/curl_client.hpp"
#include "messaging/outbox/memory_store.hpp"
#include "messaging/outbox/outbox.hpp"
#include "messaging/outbox/sender.hpp"
#include "messaging/outbox/spool.hpp"
#include "messaging/sandbox/sandbox.hpp"
#include "messaging/send.hpp"
#include "messaging/webex/client.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <memory>
#include <string>
#include <thread>

using namespace messaging;
using Catch::Matchers::Contains;
using namespace std::chrono_literals;

namespace {

std::unique_ptr<http::CurlClient> curl() {
    auto opened = http::CurlClient::open();
    REQUIRE(opened.ok());
    return std::move(opened).value();
}

/// A messenger whose sender talks to a sandbox that refuses as its fault plan says.
class Webex {
public:
    explicit Webex(const std::string& faults)
        : spool_(outbox::Spool::open(folder.path("spool"), 10'000'000).value()),
          sandbox_(open(folder.write("plan.json", R"({"rules":[)" + faults + "]}"))),
          client_(curl()),
          sender_({.outbox = queue,
                   .client = *client_,
                   .spool_path = [this](const std::string& hash) { return spool_->path(hash); },
                   .clock = clock,
                   .endpoint = [this] { return endpoint(); },
                   .random = [] { return 0.5; },
                   .notice = {},
                   .spool_text =
                       [this](std::string_view text, const std::string& name) {
                           return spool_->add_bytes(text, name);
                       }},
                  {}),
          room_(room(sandbox_->room_id("Operations"))) {
        serving_ = std::jthread([this](const std::stop_token& stop) { sandbox_->run(stop); });
        writing_ = std::jthread([this](const std::stop_token& stop) { queue.run(stop); });
        sending_ = std::jthread([this](const std::stop_token& stop) {
            if (!sender_.run(stop).ok()) std::abort();
        });
    }
    ~Webex() {
        sending_ = {};
        writing_ = {};
        serving_ = {};
    }
    Webex(const Webex&) = delete;
    Webex& operator=(const Webex&) = delete;
    Webex(Webex&&) = delete;
    Webex& operator=(Webex&&) = delete;

    webex::Endpoint endpoint() const {
        return {"http://127.0.0.1:" + std::to_string(sandbox_->port()) + "/v1", "bot-token"};
    }

    /// Sends, and gives what the service has of it.
    webex::MessageView arrived(const Message& message) {
        auto receipt = messenger.send(room_, message, {.wait = 20s});
        REQUIRE(receipt.ok());
        INFO(receipt.value().detail);
        REQUIRE(receipt.value().state == SendState::kDelivered);
        id = receipt.value().ids.at(0);
        return seen(receipt.value().decisive.message_id);
    }
    webex::MessageView seen(const std::string& message_id) {
        http::BlockingClient calls([]() -> resilience::Result<std::unique_ptr<http::Client>> {
            return std::unique_ptr<http::Client>(curl());
        });
        const webex::WebexClient reader({.endpoint = [this] { return endpoint(); }}, calls, clock);
        auto view = reader.message(message_id);
        REQUIRE(view.ok());
        return std::move(view).value();
    }
    /// What `stentor why` prints of it: the rule of the first answer.
    outbox::AttemptNote why() {
        const auto journal =
            queue.read([this](outbox::Store& store) { return store.journal(id); }).value();
        for (const auto& entry : journal) {
            if (!entry.note.rule.empty()) return entry.note;
        }
        return {};
    }
    const Target& target() const { return room_; }

    tests::TempFolder folder;
    resilience::SystemClock clock;
    outbox::DeliveryId id;

private:
    std::unique_ptr<sandbox::Sandbox> open(const std::string& plan) {
        sandbox::SandboxOptions options;
        options.people = {{"stentor@webex.bot", "Stentor", true, "bot-token"},
                          {"demo@example.com", "Demo Person", false, "person-token"}};
        options.rooms = {{"Operations",
                          sandbox::SandboxRoom::Type::kGroup,
                          {"stentor@webex.bot", "demo@example.com"}}};
        options.fault_plan_file = plan;
        auto opened = sandbox::Sandbox::open(options, clock);
        INFO((opened.ok() ? "" : opened.error().message));
        REQUIRE(opened.ok());
        return std::move(opened).value();
    }

    std::unique_ptr<outbox::Spool> spool_;
    std::unique_ptr<sandbox::Sandbox> sandbox_;
    outbox::MemoryStore store_;

public:
    outbox::Outbox queue{store_, clock};
    Messenger messenger{queue, spool_.get(), clock};

private:
    std::unique_ptr<http::CurlClient> client_;
    outbox::Sender sender_;
    Target room_;
    std::jthread serving_;
    std::jthread writing_;
    std::jthread sending_;
};

/// The sandbox refuses the first `count` posts with this text.
std::string refuses(const std::string& text, int count = 1) {
    return R"({"method":"POST","path":"/v1/messages","count":)" + std::to_string(count) +
           R"(,"action":{"kind":"fail","status":400,"message":")" + text + R"("}})";
}

const std::string kTooBig = R"(Unable to post message to room: \"The request payload is too big\")";
const std::string kTooLong =
    "Message length limited to 7439 characters before encryption and 10000 characters after "
    "encryption.";

Message with_card(const std::string& body) {
    return {.text = "three tickets",
            .card_json = R"({"type":"AdaptiveCard","version":"1.3","body":[)" + body + "]}"};
}

const std::string kPicture = R"({"type":"Image","url":"http://a.example/b.png"})";

}  // namespace

TEST_CASE("a message that cannot be made simpler ends as rejected", "[degrade][sandbox]") {
    Webex webex(refuses(kTooLong));
    const auto receipt = webex.messenger.send(webex.target(), {.text = "short"}, {.wait = 20s});
    REQUIRE(receipt.ok());
    CHECK(receipt.value().state == SendState::kFailed);
    CHECK(receipt.value().decisive.attempts == 1);
}

TEST_CASE("nothing simpler goes out after an answer was lost", "[degrade][sandbox]") {
    Webex webex(R"({"method":"POST","path":"/v1/messages","count":1,)"
                R"("action":{"kind":"commitThenFail","status":504}})");
    const auto receipt = webex.messenger.send(webex.target(), with_card(""), {.wait = 1s});
    REQUIRE(receipt.ok());
    CHECK(receipt.value().state == SendState::kUncertain);
    CHECK_THAT(receipt.value().decisive.payload, Contains("AdaptiveCard"));
}

TEST_CASE("a card whose pictures cannot be fetched arrives without them", "[degrade][sandbox]") {
    Webex webex(refuses("Unable to retrieve content"));
    const auto seen = webex.arrived(with_card(kPicture));
    CHECK(seen.has_card);
    CHECK(webex.why().rule == "degrade_pictures");
    CHECK_THAT(webex.why().detail, Contains("Unable to retrieve content") && Contains("without"));
}

TEST_CASE("a card that is refused arrives as its text", "[degrade][sandbox]") {
    const std::array<std::string, 3> texts = {kTooBig, kTooLong, "Something is wrong with it"};
    const auto& text = texts.at(GENERATE(0U, 1U, 2U));
    const std::string body = GENERATE(true, false) ? kPicture : "";
    Webex webex(refuses(text));
    const auto seen = webex.arrived(with_card(body));
    CHECK_FALSE(seen.has_card);
    CHECK(seen.text == "three tickets");
    CHECK(webex.why().rule == "degrade_card");
}

TEST_CASE("a card without pictures that cannot be fetched arrives as its text",
          "[degrade][sandbox]") {
    Webex webex(refuses("Unable to retrieve content", 2));
    const auto seen = webex.arrived(with_card(kPicture));  // both rows, one after the other
    CHECK_FALSE(seen.has_card);
    CHECK(seen.text == "three tickets");
}

TEST_CASE("a text that is refused as too long arrives as a file", "[degrade][sandbox]") {
    const auto& text = GENERATE(true, false) ? kTooBig : kTooLong;
    Webex webex(refuses(text));
    const auto seen = webex.arrived({.markdown = std::string(2000, 'x')});
    CHECK(seen.file_count == 1);
    CHECK_THAT(seen.text, Contains("attached as message.md"));
    CHECK(webex.why().rule == "degrade_text");
}

TEST_CASE("a file that is too big is named instead", "[degrade][sandbox]") {
    Webex webex(refuses(kTooBig));
    const auto seen = webex.arrived(
        {.markdown = "see", .files = {{.path = webex.folder.write("a.bin", "bytes")}}});
    CHECK(seen.file_count == 0);
    CHECK_THAT(seen.text, Contains("The file a.bin, 5 bytes"));
    CHECK(webex.why().rule == "degrade_file");
}

TEST_CASE("a message that was edited too often says that a new one is needed",
          "[degrade][sandbox]") {
    Webex webex(R"({"path":"/none","action":{"kind":"tokenRefused"}})");
    const auto seen = webex.arrived({.text = "first"});
    http::BlockingClient calls([]() -> resilience::Result<std::unique_ptr<http::Client>> {
        return std::unique_ptr<http::Client>(curl());
    });
    const webex::WebexClient editor({.endpoint = [&] { return webex.endpoint(); }}, calls,
                                    webex.clock);
    for (int i = 0; i < 10; ++i)
        REQUIRE(editor.edit_message(seen.id, webex.target().value, {.text = "again"}).ok());
    const auto refused = editor.edit_message(seen.id, webex.target().value, {.text = "again"});
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().rule == webex::kEditLimitRule);
    CHECK_THAT(refused.error().message, Contains("send a new message"));
}
