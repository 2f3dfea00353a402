// The verbs with which an operator mends things, against a control socket.
#include "bot/cli/verbs.hpp"
#include "tests/bot/cli/bot_on_socket.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using namespace bot::cli;
using Catch::Contains;
using messaging::outbox::DeadReason;
using messaging::outbox::DeliveryId;
using tests::BotOnSocket;
using tests::TempFolder;
using Json = nlohmann::json;

namespace {

struct Run {
    int exit_code = -1;
    std::string out;
    std::string err;
};

Run run(std::vector<std::string> words, const Actions& actions = {}) {
    words.insert(words.begin(), "stentor");
    words.insert(words.end(), {"--env-file", "/dev/null"});
    std::vector<const char*> argv;
    for (const auto& word : words)
        argv.push_back(word.c_str());
    std::istringstream input;
    std::ostringstream out;
    std::ostringstream err;
    const resilience::SystemClock clock;
    Run result;
    result.exit_code = run_command_line(static_cast<int>(argv.size()), argv.data(),
                                        Terminal{input, out, err}, World{{}, clock}, actions);
    result.out = out.str();
    result.err = err.str();
    return result;
}

messaging::outbox::Delivery letter(std::uint64_t id) {
    messaging::outbox::Delivery dead;
    dead.id = DeliveryId{id};
    dead.destination = "room:R" + std::to_string(id);
    dead.state = messaging::outbox::State::kDead;
    dead.reason = DeadReason::kExpired;
    dead.attempts = 3;
    dead.group = 99;
    dead.last = {.status = 503, .rule = "http_503", .tracking_id = "T1", .detail = "unavailable"};
    dead.payload = R"({"markdown":"**hi**","roomId":"R1"})";
    dead.file = messaging::outbox::SpooledFile{"ab12", "chart.png", "image/png", 7};
    return dead;
}

DeadReply reply_of(std::vector<DeadItem> items) {
    DeadReply reply;
    for (const auto& item : items) {
        ++reply.matched;
        reply.changed += item.done ? 1U : 0U;
    }
    reply.items = std::move(items);
    return reply;
}

const std::string kId = to_string(DeliveryId{7});

}  // namespace

TEST_CASE("the bodies about dead letters come back from JSON as they were", "[control]") {
    DeadRequest request;
    request.verb = DeadRequest::Verb::kRedrive;
    request.ids = {DeliveryId{1}, DeliveryId{2}};
    request.room = "ops";
    request.reason = DeadReason::kMaybeDelivered;
    request.since = 2h;
    request.dry_run = true;
    request.with_content = true;
    request.before = DeliveryId{9};
    request.limit = 7;
    CHECK(dead_request_from_json(to_json(request)).value() == request);
    CHECK(dead_request_from_json(to_json(DeadRequest{})).value() == DeadRequest{});
    for (const auto* wrong :
         {"", "{}", R"({"verb":"burn"})", R"({"verb":"list","limit":0})",
          R"({"verb":"list","limit":101})", R"({"verb":"drop","ids":["x"]})",
          R"({"verb":"drop","ids":"x"})", R"({"verb":"drop","all":true})",
          R"({"verb":"list","reason":"none?"})", R"({"verb":"list","before":"?"})"}) {
        INFO(wrong);
        CHECK_FALSE(dead_request_from_json(wrong).ok());
    }
    const auto reply = reply_of({{letter(7), false, "its file is gone"}});
    const auto back = dead_reply_from_json(to_json(reply));
    REQUIRE(back.ok());
    CHECK(to_json(back.value()) == to_json(reply));
    const auto& read = back.value().items.front().letter;
    CHECK(read.last.tracking_id == "T1");
    CHECK(read.group == 99);
    CHECK(read.file == letter(7).file);
    for (const auto* wrong : {"", "{}", R"({"items":[1]})", R"({"items":[{"letter":{}}]})",
                              R"({"items":[{"letter":{"id":"0000000003NVT","file":1}}]})"}) {
        INFO(wrong);
        CHECK_FALSE(dead_reply_from_json(wrong).ok());
    }
}

TEST_CASE("the bodies of a recall and of the facts come back from JSON as they were", "[control]") {
    const RecallRequest request{{DeliveryId{7}}, "better", true};
    CHECK(recall_request_from_json(to_json(request)).value() == request);
    for (const auto* wrong : {"", "{}", R"({"ids":[]})", R"({"ids":[7]})", R"({"ids":["?"]})",
                              R"({"ids":["0000000003NVT"],"edti":"x"})"}) {
        INFO(wrong);
        CHECK_FALSE(recall_request_from_json(wrong).ok());
    }
    const RecallReply reply{{{DeliveryId{7}, "room:R", "M", RecallItem::Outcome::kEdited, "d"}}};
    CHECK(recall_reply_from_json(to_json(reply)).value() == reply);
    CHECK_FALSE(recall_reply_from_json(R"({"items":[1]})").ok());

    StoreFacts facts;
    facts.counts.pending = 4;
    facts.counts.oldest_pending = messaging::outbox::Millis{5};
    facts.holds = {{"room:R", true, messaging::outbox::Millis{6}, "add the bot"}};
    facts.bot_hold = "token refused";
    facts.undecided = 3;
    facts.files = {"ab"};
    facts.dead_files = {"cd"};
    CHECK(to_json(facts_from_json(to_json(facts)).value()) == to_json(facts));
    CHECK_FALSE(facts_from_json("{}").ok());
}

TEST_CASE("the bodies of a message to many come back from JSON as they were", "[control]") {
    FanOutRequest request;
    request.message.room = "a";
    request.message.text = "t";
    request.message.key = "k";
    request.also.resize(2);
    request.also[0].email = "x@b.test";
    request.also[1].person = "P";
    CHECK(fan_out_request_from_json(to_json(request)).value() == request);
    for (const auto* wrong :
         {"", "{}", R"({"message":{"room":"a"},"also":[]})",
          R"({"message":{"room":"a","text":"t"},"also":[{"room":"b","email":"c"}]})",
          R"({"message":{"room":"a","text":"t"},"also":[{"rom":"b"}]})",
          R"({"message":{"room":"a","text":"t"},"also":[{"room":""}]})"}) {
        INFO(wrong);
        CHECK_FALSE(fan_out_request_from_json(wrong).ok());
    }
    const FanOutReply reply{"partial", kId, {{"a", {SendOutcome::kFailed, "ID", "", "no"}}}};
    CHECK(fan_out_reply_from_json(to_json(reply)).value() == reply);
    CHECK_FALSE(fan_out_reply_from_json("{}").ok());
}

TEST_CASE("the exit code of a message to many tells a part from the whole", "[control]") {
    const auto code = [](std::vector<SendOutcome> outcomes) {
        FanOutReply reply;
        for (const auto outcome : outcomes)
            reply.items.push_back({"x", {outcome, "", "", ""}});
        return exit_code_for(reply);
    };
    using enum SendOutcome;
    CHECK(code({kDelivered, kDelivered}) == 0);
    CHECK(code({kFailed, kFailed}) == 1);
    CHECK(code({kDelivered, kFailed}) == 3);
    CHECK(code({kQueued, kFailed}) == 3);
    CHECK(code({kDelivered, kQueued}) == 75);
    CHECK(code({kDelivered, kUncertain}) == 75);
    CHECK(code({kAuth, kQueued}) == 77);
}

TEST_CASE("the operator's verbs without a bot exit with 69, or open the store", "[verbs]") {
    const TempFolder dir;
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"dead", "list"}, {"dead", "redrive", "--all"}, {"recall", kId}}) {
        auto all = words;
        all.insert(all.end(), {"--state-dir", dir.path("")});
        const auto result = run(all);
        CHECK(result.exit_code == 69);
        CHECK_THAT(result.err, Contains("no bot runs"));
    }
    Actions actions;
    std::vector<DeadRequest> asked;
    actions.dead_without_owner = [&](const ConfigOptions&, const DeadRequest& request) {
        asked.push_back(request);
        return reply_of({{letter(7), true, ""}});
    };
    const auto result = run({"dead", "redrive", "--all", "--state-dir", dir.path("")}, actions);
    CHECK(result.exit_code == 0);
    CHECK(asked.size() == 1);
    CHECK_THAT(result.out, Contains(kId + "  sent again  room:R7") && Contains("1 of 1 sent"));
}

TEST_CASE("dead letters are listed page by page", "[verbs]") {
    BotOnSocket bot;
    std::vector<DeadRequest> asked;
    bot.on_dead = [&](const DeadRequest& request, const auto& done) {
        asked.push_back(request);
        DeadReply reply;
        const auto from = request.before.value == 0 ? 251 : request.before.value;
        for (auto id = from - 1; id > 0 && reply.items.size() < request.limit; --id)
            reply.items.push_back({letter(id), true, ""});
        done(reply);
    };
    const auto lines = [](const std::string& text) {
        return std::count(text.begin(), text.end(), '\n');
    };
    const auto some = run({"dead", "list", "--state-dir", bot.state_dir()});
    CHECK(some.exit_code == 0);
    CHECK(lines(some.out) == 100);
    CHECK_THAT(some.out, Contains("expired  room:R250  attempts 3  rule http_503  unavailable"));
    CHECK_THAT(some.out, !Contains("hi"));
    asked.clear();
    const auto all = run({"dead", "export", "--reason", "expired", "--state-dir", bot.state_dir()});
    CHECK(all.exit_code == 0);
    CHECK(lines(all.out) == 250);
    CHECK(asked.size() == 3);
    CHECK(asked[1].before == DeliveryId{151});
    CHECK(asked[0].with_content);
    CHECK(asked[0].reason == DeadReason::kExpired);
    const auto first = Json::parse(all.out.substr(0, all.out.find('\n')));
    CHECK(first["content"]["markdown"] == "**hi**");
    CHECK(first["file"]["name"] == "chart.png");
    CHECK(lines(run({"dead", "list", "--limit", "3", "--state-dir", bot.state_dir()}).out) == 3);
}

TEST_CASE("a change of dead letters says of each what became of it", "[verbs]") {
    BotOnSocket bot;
    const auto change = [&](std::vector<DeadItem> items) {
        bot.on_dead = [items](const DeadRequest&, const auto& done) { done(reply_of(items)); };
        return run({"dead", "drop", kId, "--state-dir", bot.state_dir()});
    };
    const auto part = change({{letter(7), true, ""}, {letter(8), false, "it is pending"}});
    CHECK(part.exit_code == 3);
    CHECK_THAT(part.out, Contains("left: it is pending") && Contains("1 of 2 put away"));
    CHECK(change({{letter(8), false, "it is pending"}}).exit_code == 1);
    CHECK(change({}).exit_code == 1);
    CHECK(change({{letter(7), true, ""}}).exit_code == 0);

    bot.on_dead = [](const DeadRequest& request, const auto& done) {
        CHECK(request.dry_run);
        done(reply_of({{letter(7), true, ""}}));
    };
    const auto dry =
        run({"dead", "redrive", "--room", "ops", "--dry-run", "--state-dir", bot.state_dir()});
    CHECK_THAT(dry.out, Contains("would be sent again"));
    const auto json = run({"dead", "redrive", "--room", "ops", "--dry-run", "--json", "--state-dir",
                           bot.state_dir()});
    CHECK(Json::parse(json.out)["changed"] == 1);
}

TEST_CASE("a dead letter is shown with its story and what it was to say", "[verbs]") {
    BotOnSocket bot;
    bot.on_dead = [](const DeadRequest& request, const auto& done) {
        done(request.ids.front() == DeliveryId{7} ? reply_of({{letter(7), true, ""}})
                                                  : DeadReply{});
    };
    bot.on_timeline = [](DeliveryId, const auto& done) {
        done(std::optional(tests::delivered_late()));
    };
    const auto result =
        run({"dead", "show", kId, to_string(DeliveryId{8}), "--state-dir", bot.state_dir()});
    CHECK(result.exit_code == 1);
    CHECK_THAT(result.out, Contains("tracking T") && Contains("chart.png, 7 bytes") &&
                               Contains(R"("markdown":"**hi**")"));
    CHECK_THAT(result.err, Contains(to_string(DeliveryId{8}) + " is no dead letter"));
}

TEST_CASE("recall says of each message what became of it", "[verbs]") {
    BotOnSocket bot;
    RecallReply reply{{{DeliveryId{7}, "room:R", "M", RecallItem::Outcome::kDeleted, ""},
                       {DeliveryId{8}, "room:S", "N", RecallItem::Outcome::kFailed, "no edits"}}};
    bot.on_recall = [&](const RecallRequest&, const auto& done) { done(reply); };
    const auto part = run({"recall", kId, "--state-dir", bot.state_dir()});
    CHECK(part.exit_code == 3);
    CHECK_THAT(part.out, Contains(kId + "  deleted  room:R") && Contains("failed  room:S  no edi"));
    reply.items.pop_back();
    const auto dry = run({"recall", kId, "--dry-run", "--state-dir", bot.state_dir()});
    CHECK(dry.exit_code == 0);
    CHECK_THAT(dry.out, Contains("would be deleted"));
    reply.items.clear();
    const auto none = run({"recall", kId, "--state-dir", bot.state_dir()});
    CHECK(none.exit_code == 1);
    CHECK_THAT(none.err, Contains("no delivery has this id or group"));
}

TEST_CASE("release says which rooms are held no longer", "[verbs]") {
    const ReleaseRequest request{"ops"};
    CHECK(release_request_from_json(to_json(request)).value() == request);
    CHECK_FALSE(release_request_from_json(R"({"rooms":[]})").ok());
    const ReleaseReply reply{{"room:R"}};
    CHECK(release_reply_from_json(to_json(reply)).value() == reply);
    CHECK_FALSE(release_reply_from_json(R"({"released":[1]})").ok());

    BotOnSocket bot;
    bot.on_release = [&](const ReleaseRequest& asked, const auto& done) {
        done(asked.room.empty() ? ReleaseReply{} : reply);
    };
    const auto one = run({"release", "ops", "--state-dir", bot.state_dir()});
    CHECK(one.exit_code == 0);
    CHECK(one.out == "released room:R\n");
    const auto none = run({"release", "--all", "--state-dir", bot.state_dir()});
    CHECK(none.exit_code == 1);
    CHECK_THAT(none.err, Contains("nothing is held"));
}

TEST_CASE("a message to many is told target by target", "[verbs]") {
    BotOnSocket bot;
    FanOutRequest heard;
    bot.on_send_many = [&](const FanOutRequest& request, const auto& done) {
        heard = request;
        done(FanOutReply{"partial",
                         kId,
                         {{"a", {SendOutcome::kDelivered, "I1", "M1", "delivered"}},
                          {"b", {SendOutcome::kFailed, "I2", "", "rejected: no"}}}});
    };
    const auto result = run({"send", "--room", "a", "--room", "b", "--text", "t", "--key", "k",
                             "--state-dir", bot.state_dir()});
    CHECK(result.exit_code == 3);
    CHECK_THAT(result.out, Contains("a: delivered I1 M1") && Contains("partial, group " + kId));
    CHECK_THAT(result.err, Contains("b: failed I2: rejected: no"));
    const auto json = run({"send", "--room", "a", "--room", "b", "--text", "t", "--json",
                           "--state-dir", bot.state_dir()});
    CHECK(Json::parse(json.out)["items"].size() == 2);
    bot.stop();
    CHECK(heard.message.room == "a");
    CHECK(heard.also.front().room == "b");
}

TEST_CASE("a message to many without a bot exits with 69", "[verbs]") {
    const TempFolder dir;
    const auto result =
        run({"send", "--room", "a", "--room", "b", "--text", "t", "--state-dir", dir.path("")});
    CHECK(result.exit_code == 69);
    CHECK_THAT(result.err, Contains("no bot runs"));
}
