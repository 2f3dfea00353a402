#include "bot/web/web.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace http = messaging::http;
using bot::web::Check;
using bot::web::Deliveries;
using bot::web::Web;
using Json = nlohmann::json;
using messaging::outbox::Delivery;
using resilience::Result;

namespace {

const std::string kOrigin = "http://127.0.0.1:8300";

struct Bench {
    std::vector<Check> alive{{"sender thread", true}};
    std::vector<Check> ready{{"token", true}, {"store", true}};
    Result<Deliveries> found = Deliveries{};
    std::uint32_t asked_limit = 0;
    int webhook_calls = 0;

    bot::web::WebSources sources() {
        return {.alive = [this] { return alive; },
                .ready = [this] { return ready; },
                .metrics = [] { return std::string("stentor_bot_held 0\n"); },
                .webhook =
                    [this](const http::ServerRequest&, const bot::web::Answer& answer) {
                        ++webhook_calls;
                        answer({.status = 401});
                    },
                .deliveries =
                    [this](std::uint32_t limit, const auto& done) {
                        asked_limit = limit;
                        done(found);
                    },
                .hold =
                    [] {
                        return bot::web::Hold{true, "token refused"};
                    }};
    }

    http::ServerResponse ask(http::ServerRequest request, const std::string& origin = kOrigin) {
        const Web web(sources(), {.page_origin = origin});
        http::ServerResponse out;
        out.status = 0;
        web.handle(std::move(request), [&](http::ServerResponse r) { out = std::move(r); });
        REQUIRE(out.status != 0);
        return out;
    }
};

http::ServerRequest get(std::string path, std::string query = {}) {
    http::ServerRequest request;
    request.method = "GET";
    request.path = std::move(path);
    request.query = std::move(query);
    return request;
}

}  // namespace

TEST_CASE("an address that does not exist gets 404", "[web]") {
    Bench bench;
    for (const auto* path : {"/", "", "/healthz/", "/admin", "/deliveries/x", "*"}) {
        CHECK(bench.ask(get(path)).status == 404);
    }
}

TEST_CASE("pages are only read", "[web]") {
    Bench bench;
    for (const auto* path : {"/healthz", "/readyz", "/metrics", "/deliveries"}) {
        auto request = get(path);
        for (const auto* method : {"POST", "PUT", "DELETE", "get", ""}) {
            request.method = method;
            const auto out = bench.ask(request);
            CHECK(out.status == 405);
            CHECK(http::find_header(out.headers, "Allow") == "GET, HEAD");
        }
    }
}

TEST_CASE("HEAD is answered like GET, so that a probe may use it", "[web]") {
    Bench bench;
    bench.ready = {{"token", false, "refused with HTTP 401"}};
    for (const auto* path : {"/healthz", "/readyz", "/metrics", "/deliveries", "/nosuch"}) {
        auto request = get(path);
        const auto whole = bench.ask(request);
        request.method = "HEAD";
        const auto head = bench.ask(request);
        CHECK(head.status == whole.status);
        CHECK(head.headers == whole.headers);
        CHECK(head.body == whole.body);  // the server takes it for the length and leaves it out
    }
}

TEST_CASE("a bot that is not ready says why with 503", "[web]") {
    Bench bench;
    bench.ready = {{"token", false, "refused with HTTP 401"}, {"store", true}};
    const auto out = bench.ask(get("/readyz"));
    CHECK(out.status == 503);
    const auto body = Json::parse(out.body);
    CHECK(body["ok"] == false);
    CHECK(body["reasons"] == Json{"token: refused with HTTP 401"});
    CHECK(body["checks"]["store"] == true);
    CHECK(bench.ask(get("/healthz")).status == 200);
}

TEST_CASE("a thread that does not tick fails the health check", "[web]") {
    Bench bench;
    bench.alive = {{"sender thread", false, "silent for 70 s"}};
    CHECK(bench.ask(get("/healthz")).status == 503);
    CHECK(bench.ask(get("/readyz")).status == 200);
}

TEST_CASE("deliveries are listed only for the demo's page", "[web]") {
    Bench bench;
    CHECK(bench.ask(get("/deliveries"), "").status == 404);

    auto request = get("/deliveries");
    SECTION("the page may read them") {
        request.headers = {{"origin", kOrigin}};
        const auto out = bench.ask(request);
        CHECK(out.status == 200);
        CHECK(http::find_header(out.headers, "Access-Control-Allow-Origin") == kOrigin);
    }
    SECTION("other pages may not") {
        for (const auto* origin : {"http://evil.test", "null", "http://127.0.0.1:83000", ""}) {
            request.headers = {{"Origin", origin}};
            const auto out = bench.ask(request);
            CHECK(http::find_header(out.headers, "Access-Control-Allow-Origin").empty());
            CHECK(http::find_header(out.headers, "Vary") == "Origin");
        }
    }
}

TEST_CASE("a limit that is not a number from 1 is refused, a large one is cut", "[web]") {
    Bench bench;
    for (const auto* query :
         {"limit=", "limit=0", "limit=-1", "limit=ten", "limit=1x", "limit=99999999999999999999"}) {
        CHECK(bench.ask(get("/deliveries", query)).status == 400);
    }
    CHECK(bench.ask(get("/deliveries", "a=b&&limit=7&")).status == 200);
    CHECK(bench.asked_limit == 7);
    bench.ask(get("/deliveries", "limit=100000"));
    CHECK(bench.asked_limit == bot::web::kDeliveriesLimit);
    bench.ask(get("/deliveries"));
    CHECK(bench.asked_limit == 50);
}

TEST_CASE("an outbox that cannot be read gets 503", "[web]") {
    Bench bench;
    bench.found = resilience::permanent_error("disk I/O error");
    CHECK(bench.ask(get("/deliveries")).status == 503);
}

TEST_CASE("a delivery is shown with its history but not its words", "[web]") {
    Bench bench;
    Delivery delivery;
    delivery.id = {12345};
    delivery.destination = "room:R1";
    delivery.state = messaging::outbox::State::kDelivered;
    delivery.confirmed_late = true;
    delivery.attempts = 3;
    delivery.message_id = "M1";
    delivery.changed = messaging::outbox::Millis{77};
    delivery.origin = "command chart";
    delivery.last.rule = "evidence";
    delivery.last.detail = "seen \xff again";
    delivery.payload = "SECRET WORDS";
    Delivery other;
    other.id = {12346};
    other.destination = "email:a@b.test";
    bench.found = Deliveries{delivery, other};
    const auto out = bench.ask(get("/deliveries"));
    REQUIRE(out.status == 200);
    CHECK(out.body.find("SECRET") == std::string::npos);
    const auto body = Json::parse(out.body);
    CHECK(body["hold"] == Json{{"held", true}, {"reason", "token refused"}});
    REQUIRE(body["items"].size() == 2);
    const auto& item = body["items"][0];
    CHECK(item["id"] == to_string(delivery.id));
    CHECK(item["state"] == "delivered");
    CHECK(item["confirmedLate"] == true);
    CHECK(item["attempts"] == 3);
    CHECK(item["roomId"] == "R1");
    CHECK(item["messageId"] == "M1");
    CHECK(item["changed"] == 77);
    CHECK(item["rule"] == "evidence");
    CHECK(item["origin"] == "command chart");
    CHECK(body["items"][1].count("roomId") == 0);
}

TEST_CASE("webhook calls go to the receiver, whatever their method", "[web]") {
    Bench bench;
    auto request = get("/webhook");
    request.method = "POST";
    CHECK(bench.ask(request).status == 401);
    CHECK(bench.webhook_calls == 1);
}

TEST_CASE("metrics come in Prometheus' content type and nothing may be framed", "[web]") {
    Bench bench;
    const auto out = bench.ask(get("/metrics"));
    CHECK(out.status == 200);
    CHECK(out.body == "stentor_bot_held 0\n");
    CHECK(http::find_header(out.headers, "Content-Type") ==
          "text/plain; version=0.0.4; charset=utf-8");
    CHECK(http::find_header(out.headers, "X-Content-Type-Options") == "nosniff");
    CHECK_THAT(std::string(http::find_header(out.headers, "Content-Security-Policy")),
               Catch::Contains("default-src 'none'"));
}
