// What one logical message costs when something fails: how often it is posted, how often it arrives
// whole, how long the caller waits and what it is told. Sender, outbox and messenger are the real
// ones, on virtual time; the service is a function. Exit 1: a figure is not what it should be.
//
//     peers_table

#include "messaging/fan_out.hpp"
#include "tests/messaging/send_service.hpp"

#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace send_tests;
using Seconds = std::chrono::duration<double>;

const Target kGroup = room("group");
const Target kAnna = email("anna@example.com");
constexpr std::string_view kFallback = "The report could not be shown.";

/// What the service does with a POST, from the first on.
struct Post {
    bool stored = false;
    std::optional<Outcome> answer = std::nullopt;  ///< Nothing: it is never answered.
};
using Habit = std::function<Post(int number, const Request& request)>;

/// A service with a habit. It remembers what it has stored, and shows it to who may list it.
class FarSide {
public:
    FarSide(Habit habit, bool may_list) : habit_(std::move(habit)), may_list_(may_list) {}

    std::optional<Outcome> operator()(const Request& request) {
        if (request.method == "GET") return list();
        const auto post = habit_(++posts_, request);
        if (!post.stored) return post.answer;
        ++whole_;
        bodies_.insert(bytes_of(request));
        newest_ = body_of(request);
        return post.answer;
    }
    int whole() const { return whole_; }
    const std::set<std::string>& bodies() const { return bodies_; }

    /// Everything of a request that the service would receive, files included.
    static std::string bytes_of(const Request& request) {
        std::string all = body_of(request);
        for (const auto& part : request.parts) {
            all += part.name + "=" + part.content;
            if (part.file_path.empty()) continue;
            std::ifstream file(part.file_path, std::ios::binary);
            all.append(std::istreambuf_iterator<char>(file), {});
        }
        return all;
    }

private:
    Outcome list() const {
        if (!may_list_) return Response{.status = 403};
        if (newest_.empty()) return Response{.status = 200, .body = R"({"items":[]})"};
        return Response{.status = 200,
                        .body = R"({"items":[{"id":"stored","personId":"the-bot",)"
                                R"("created":"2100-01-01T00:00:00.000Z",)" +
                                newest_.substr(1) + "]}"};
    }

    const Habit habit_;
    const bool may_list_;
    int posts_ = 0;
    int whole_ = 0;
    std::string newest_;
    std::set<std::string> bodies_;
};

struct Row {
    const char* call;
    const char* fault;
    int posts = 0;
    int whole = 0;
    double caller_waits = 0;
    std::string told = {};
    std::string end = {};  ///< What the journal says in the end.
    bool as_aimed = false;
};

int wrong = 0;

void print(const Row& row) {
    std::printf("%-26s %-34s %5d %6d %8.0f s  %-10s %-28s%s\n", row.call, row.fault, row.posts,
                row.whole, row.caller_waits, row.told.c_str(), row.end.c_str(),
                row.as_aimed ? "" : "  NOT AS AIMED");
    if (!row.as_aimed) ++wrong;
}

std::string end_of(Service& service) {
    std::string ends;
    for (const auto& delivery : service.deliveries()) {
        if (!ends.empty()) ends += ", ";
        ends += delivery.state == outbox::State::kDead ? to_string(delivery.reason)
                                                       : to_string(delivery.state);
        if (delivery.confirmed_late) ends += " (confirmed late)";
    }
    return ends;
}

struct Case {
    const char* call;
    const char* fault;
    Habit habit;
    Message message = {.markdown = "**report** of today"};
    Target to = kGroup;
    bool may_list = false;
    SendOptions options = {};
    std::function<bool(const Row&)> aim;
};

void run(Case& each) {
    FarSide far(std::move(each.habit), each.may_list);
    Service service([&far](const Request& request) { return far(request); });
    service.messenger.set_on_swallowed([](const std::string&) {});
    for (auto& file : each.message.files)
        file = service.file(file.name, file.path);
    const auto start = service.clock.now();
    const auto outcome =
        service.messenger.safe_send(each.to, each.message, kFallback, each.options);
    const double waited = Seconds(service.clock.now() - start).count();
    service.run_for(3h);
    Row row{.call = each.call, .fault = each.fault};
    row.posts = static_cast<int>(service.posts().size());
    row.whole = far.whole();
    row.caller_waits = waited;
    row.told = to_string(outcome.state);
    row.end = end_of(service);
    const double bound = Seconds(each.options.wait).count() + 1.0;
    const bool one_body = far.bodies().size() <= 1 || each.options.policy.has_value();
    row.as_aimed = each.aim(row) && waited <= bound && one_body;
    print(row);
}

Post lost(int, const Request&) {
    return {.stored = true, .answer = answer_lost()};
}
Habit always(int status, http::Headers headers = {}) {
    return [status, headers](int, const Request&) {
        return Post{.answer = Response{.status = status, .headers = headers}};
    };
}
Habit first(int status, http::Headers headers) {
    return [status, headers](int number, const Request&) {
        if (number == 1) return Post{.answer = Response{.status = status, .headers = headers}};
        return Post{.stored = true, .answer = created("m" + std::to_string(number))};
    };
}
Message with_file() {
    return {.markdown = "the **picture**",
            .files = {{.path = std::string(600'000, 'p'), .name = "picture.png"}}};
}
std::string long_text() {
    std::string text = "# Long\n\n```sh\n";
    while (text.size() < 9'000)
        text += "echo line after line of a script\n";
    text += "```\n\n";
    while (text.size() < 15'007 - 34)
        text += "A sentence that belongs to the end. ";
    text.resize(15'006, '.');
    return text + "\n";
}

std::vector<Case> cases() {
    const auto once = [](int whole, const char* end) {
        return [whole, end](const Row& row) {
            return row.posts == 1 && row.whole == whole && row.end == end;
        };
    };
    const SendOptions twice{.policy = outbox::UncertainPolicy::kPreferDelivery};
    const http::Headers in_1s{{"Retry-After", "1"}};
    std::vector<Case> all;
    all.push_back({"text, group room",
                   "stored, answer lost",
                   lost,
                   {.markdown = "**a**"},
                   kGroup,
                   false,
                   {},
                   once(1, "maybe_delivered")});
    all.push_back({"text, direct room",
                   "stored, answer lost",
                   lost,
                   {.markdown = "**a**"},
                   kAnna,
                   true,
                   {},
                   once(1, "delivered (confirmed late)")});
    all.push_back({"text, prefer_delivery",
                   "first answer lost",
                   [](int number, const Request&) {
                       return Post{
                           .stored = true,
                           .answer = number == 1 ? Outcome(answer_lost()) : Outcome(created())};
                   },
                   {.markdown = "**a**"},
                   kGroup,
                   false,
                   twice,
                   [](const Row& row) {
                       return row.posts == 2 && row.whole == 2 && row.end == "delivered";
                   }});
    all.push_back({"file of 600 kB",
                   "stored, answer lost",
                   lost,
                   with_file(),
                   kGroup,
                   false,
                   {},
                   once(1, "maybe_delivered")});
    all.push_back({"text",
                   "503 always",
                   always(503),
                   {.markdown = "**a**"},
                   kGroup,
                   false,
                   {},
                   [](const Row& row) { return row.told == "queued" && row.end == "expired"; }});
    all.push_back({"text",
                   "502 always",
                   always(502),
                   {.markdown = "**a**"},
                   kGroup,
                   false,
                   {},
                   once(0, "maybe_delivered")});
    all.push_back({"text and its fallback",
                   "400 always",
                   always(400),
                   {.markdown = "**a**"},
                   kGroup,
                   false,
                   {},
                   [](const Row& row) {
                       return row.posts == 2 && row.told == "failed" &&
                              row.end == "rejected, rejected";
                   }});
    all.push_back({"text",
                   "one 429, Retry-After 1",
                   first(429, in_1s),
                   {.markdown = "**a**"},
                   kGroup,
                   false,
                   {},
                   [](const Row& row) {
                       return row.posts == 2 && row.whole == 1 && row.end == "delivered";
                   }});
    all.push_back({"file of 600 kB",
                   "one 429, Retry-After 1",
                   first(429, in_1s),
                   with_file(),
                   kGroup,
                   false,
                   {},
                   [](const Row& row) {
                       return row.posts == 2 && row.whole == 1 && row.end == "delivered";
                   }});
    all.push_back({"text",
                   "429 without end, Retry-After 60",
                   always(429, {{"Retry-After", "60"}}),
                   {.markdown = "**a**"},
                   kGroup,
                   false,
                   {},
                   [](const Row& row) {
                       return row.posts <= 61 && row.told == "queued" && row.end == "expired";
                   }});
    all.push_back({"text",
                   "Retry-After 86400",
                   always(429, {{"Retry-After", "86400"}}),
                   {.markdown = "**a**"},
                   kGroup,
                   false,
                   {},
                   [](const Row& row) {
                       return row.posts == 1 && row.told == "queued" && row.end == "expired";
                   }});
    return all;
}

// Two rooms, one of which answers 503 with Retry-After 7 for a minute.
void two_rooms() {
    int good = 0;
    int bad = 0;
    bool early = false;
    std::optional<resilience::Instant> refused_at;
    resilience::Clock* clock = nullptr;
    Service service([&](const Request& request) -> Outcome {
        if (request.method == "GET") return Response{.status = 403};
        if (says(request, R"("roomId":"good")")) return ++good, created("good");
        const auto now = clock->now();
        early = early || (refused_at && now - *refused_at < 7s);
        refused_at = now;
        if (++bad > 3) return created("bad");
        return Response{.status = 503, .headers = {{"Retry-After", "7"}}};
    });
    clock = &service.clock;
    const auto start = service.clock.now();
    const auto batch = service.messenger.send_to_many({room("bad"), room("good")},
                                                      {.markdown = "the **news**"}, {.wait = 60s});
    const double waited = Seconds(service.clock.now() - start).count();
    print({.call = "two rooms",
           .fault = "one: 503 three times, Retry-After 7",
           .posts = good + bad,
           .whole = 2,
           .caller_waits = waited,
           .told = batch.ok() ? std::string(to_string(batch.value().state)) : "error",
           .end = end_of(service),
           .as_aimed = good == 1 && bad == 4 && !early && batch.ok() &&
                       batch.value().state == FanOutState::kComplete});
}

void long_message() {
    std::vector<std::string> parts;
    Service service([&](const Request& request) -> Outcome {
        if (request.method == "GET") return Response{.status = 403};
        parts.push_back(body_of(request));
        return created("part" + std::to_string(parts.size()));
    });
    const auto start = service.clock.now();
    const auto receipt = service.messenger.send_message(kGroup, long_text());
    bool within = parts.size() > 1;
    for (const auto& part : parts)
        within = within && part.size() < 8'200;  // 7 439 bytes of text and its JSON
    print({.call = "text of 15 007 bytes",
           .fault = "none",
           .posts = static_cast<int>(parts.size()),
           .whole = static_cast<int>(parts.size()),
           .caller_waits = Seconds(service.clock.now() - start).count(),
           .told = receipt.ok() ? std::string(to_string(receipt.value().state)) : "error",
           .end = end_of(service),
           .as_aimed = within && receipt.ok() && receipt.value().state == SendState::kDelivered});
}

}  // namespace

int main() {
    std::printf("%-26s %-34s %5s %6s %10s  %-10s %s\n", "one logical call", "fault", "POSTs",
                "whole", "caller", "told", "recorded end");
    for (auto& each : cases())
        run(each);
    two_rooms();
    long_message();
    std::printf(
        "\nvirtual time; \"caller\" is how long the call took, at most its `wait` of 30 s\n");
    return wrong == 0 ? 0 : 1;
}
