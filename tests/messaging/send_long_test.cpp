// Texts that do not fit into one message.
#include "messaging/send.hpp"
#include "tests/messaging/send_service.hpp"

#include <fstream>
#include <iterator>

using namespace send_tests;
using Catch::Matchers::Contains;
using outbox::DeadReason;
using outbox::State;

namespace {

const Target kRoom = room("ops");

std::string paragraphs(std::size_t bytes) {
    std::string text;
    for (int i = 1; text.size() < bytes; ++i)
        text += "Paragraph " + std::to_string(i) + " says that all is well on every host.\n\n";
    return text;
}

std::string file_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Answers that number the messages: m1, m2 …
class Numbered {
public:
    Outcome operator()(const Request& request) {
        if (request.method != "POST") return Response{.status = 403};
        return created("m" + std::to_string(++count_));
    }

private:
    int count_ = 0;
};

}  // namespace

TEST_CASE("the rest of a long text is not sent when its first part is refused", "[send][long]") {
    Service service([](const Request&) { return refused(); });
    const auto receipt = service.messenger.send_message(kRoom, paragraphs(18'000), {.wait = 10s});
    REQUIRE(receipt.ok());
    CHECK(receipt.value().state == SendState::kFailed);
    CHECK(receipt.value().ids.size() == 3);
    CHECK(service.posts().size() == 1);
    const auto rest = service.get(receipt.value().ids.at(2));
    CHECK(rest.reason == DeadReason::kRejected);
    CHECK(rest.attempts == 0);
    CHECK_THAT(rest.last.detail, Contains(to_string(receipt.value().ids.at(0))));
}

TEST_CASE("all parts of a long text are accepted, or none", "[send][long]") {
    Service service(Numbered{}, std::make_unique<outbox::MemoryStore>(2));
    const auto receipt = service.messenger.post(kRoom, {.markdown = paragraphs(18'000)});
    REQUIRE_FALSE(receipt.ok());
    CHECK(service.deliveries().empty());
}

TEST_CASE("a long text becomes numbered messages, the rest in the thread of the first",
          "[send][long]") {
    Service service(Numbered{});
    const auto text = paragraphs(18'000);
    const auto receipt = service.messenger.send_message(kRoom, text);
    REQUIRE(receipt.ok());
    CHECK(receipt.value().state == SendState::kDelivered);
    REQUIRE(receipt.value().ids.size() == 3);
    const auto posts = service.posts();
    REQUIRE(posts.size() == 3);
    for (std::size_t i = 0; i < posts.size(); ++i) {
        CHECK(says(posts[i], "\\n\\n(" + std::to_string(i + 1) + "/3)"));
        CHECK(says(posts[i], R"("parentId":"m1")") == (i > 0));
    }
    CHECK(says(posts[0], "Paragraph 1 says"));
    const auto group = service.get(receipt.value().ids.at(0)).group;  // what recall takes
    CHECK(group != 0);
    CHECK(service.get(receipt.value().ids.at(2)).group == group);
    CHECK(service.messenger.send_message(kRoom, text, {.key = "k"}).ok());
    CHECK(service.messenger.send_message(kRoom, text, {.key = "k"}).value().duplicate);
}

TEST_CASE("a long text in a thread stays in that thread", "[send][long]") {
    Service service(Numbered{});
    const Message message{.markdown = paragraphs(10'000), .parent_id = "root"};
    REQUIRE(service.messenger.send(kRoom, message).ok());
    const auto posts = service.posts();
    REQUIRE(posts.size() == 2);
    CHECK(says(posts[0], R"("parentId":"root")"));
    CHECK(says(posts[1], R"("parentId":"root")"));
    CHECK_FALSE(says(posts[1], "m1"));
}

TEST_CASE("what belongs to an earlier delivery comes in its thread, every part of it",
          "[send][long]") {
    Service service(Numbered{});
    const auto head = service.messenger.post(kRoom, {.markdown = "Weekly report"});
    REQUIRE(head.ok());
    const SendOptions options{.thread_of = head.value().ids.at(0)};
    REQUIRE(service.messenger.post(kRoom, {.markdown = "short"}, options).ok());
    REQUIRE(service.messenger.send_message(kRoom, paragraphs(10'000), options).ok());
    const auto posts = service.posts();
    REQUIRE(posts.size() == 4);
    for (std::size_t i = 0; i < posts.size(); ++i)
        CHECK(says(posts[i], R"("parentId":"m1")") == (i > 0));
}

TEST_CASE("what belongs to a delivery that was refused ends with it", "[send][long]") {
    Service service([](const Request&) { return refused(); });
    const auto head = service.messenger.send_message(kRoom, "Weekly report");
    REQUIRE(head.ok());
    const auto part =
        service.messenger.send_message(kRoom, "part", {.thread_of = head.value().ids.at(0)});
    REQUIRE(part.ok());
    CHECK(part.value().state == SendState::kFailed);
    CHECK(service.posts().size() == 1);
}

TEST_CASE("where the first part's id stays unknown, the rest goes out without a thread",
          "[send][long]") {
    Service service([](const Request&) {
        return Response{.status = 200, .body = R"({"id":)"};  // cut off
    });
    const auto receipt = service.messenger.send_message(kRoom, paragraphs(10'000));
    REQUIRE(receipt.ok());
    CHECK(receipt.value().state == SendState::kDelivered);
    REQUIRE(service.posts().size() == 2);
    CHECK_FALSE(says(service.posts()[1], "parentId"));
}

TEST_CASE("a first part that is confirmed late is still the parent of the rest", "[send][long]") {
    // The answer to the first post is lost; the room can be listed and shows it.
    std::string first;
    int posts = 0;
    Service service([&](const Request& request) -> Outcome {
        if (request.method == "POST") {
            if (++posts > 1) return created("later");
            const auto body = body_of(request);
            const auto begin = body.find(R"("markdown":")") + 12;
            first = body.substr(begin, body.find(R"(","toPerson)") - begin);
            return answer_lost();
        }
        return Response{.status = 200,
                        .body = R"({"items":[{"id":"seen","personId":"the-bot","markdown":")" +
                                first + R"(","created":"2031-01-01T00:00:00.000Z"}]})"};
    });
    const auto receipt = service.messenger.send_message(email("a@b.example"), paragraphs(10'000));
    REQUIRE(receipt.ok());
    CHECK(receipt.value().state == SendState::kDelivered);
    CHECK(service.get(receipt.value().ids.at(0)).confirmed_late);
    REQUIRE(service.posts().size() == 2);
    CHECK(says(service.posts()[1], R"("parentId":"seen")"));
}

TEST_CASE("a very long text becomes its beginning, and all of it as a file", "[send][long]") {
    Service service(Numbered{});
    const auto text = paragraphs(60'000);
    const auto receipt = service.messenger.send_message(kRoom, text);
    REQUIRE(receipt.ok());
    CHECK(receipt.value().state == SendState::kDelivered);
    const auto posts = service.posts();
    REQUIRE(posts.size() == 1);
    CHECK(says(posts[0], "the full text is attached as message.md"));
    CHECK(posts[0].parts.back().file_name == "message.md");
    CHECK(file_text(posts[0].parts.back().file_path) == text);
    SECTION("unless more parts are wanted") {
        REQUIRE(service.messenger.send_message(kRoom, text, {.parts_max = 20}).ok());
        CHECK(service.posts().size() == 1 + 10);
    }
    SECTION("or there is nowhere to keep a file") {
        Messenger bare(service.queue, nullptr, service.clock);
        REQUIRE(bare.send_message(kRoom, text).ok());
        CHECK(service.posts().size() == 1 + 10);
    }
    SECTION("with the files that were given after it") {
        const auto file = service.file("a.txt", "a");
        REQUIRE(service.messenger.send_with_files(kRoom, text, {file}).ok());
        const auto more = service.posts();
        REQUIRE(more.size() == 3);
        CHECK(more[1].parts.back().file_name == "message.md");
        CHECK(more[2].parts.back().file_name == "a.txt");
    }
}

TEST_CASE("the mark of a repeat fits into a part as well", "[send][long]") {
    Service service(Numbered{});
    const std::string edge(7400, 'x');
    CHECK(service.messenger.send_message(kRoom, edge).value().ids.size() == 1);
    const SendOptions alert{.priority = outbox::Priority::kAlert};
    CHECK(service.messenger.send_message(kRoom, edge, alert).value().ids.size() == 2);
}
