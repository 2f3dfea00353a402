#include "bot/sources/reader.hpp"

#include "messaging/http/curl_client.hpp"
#include "tests/support/scripted_server.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using bot::sources::describe;
using bot::sources::File;
using bot::sources::Format;
using bot::sources::Program;
using bot::sources::Prometheus;
using bot::sources::Reader;
using bot::sources::Reading;
using bot::sources::Repeat;
using bot::sources::Spec;
using bot::sources::Table;
using bot::sources::Url;
using tests::answer;
using tests::response;
using tests::ScriptedServer;

namespace {

const std::string kCsv = "week,hours\nW1,4\n";
constexpr auto kCsvType = "Content-Type: text/csv; charset=utf-8\r\n";

struct Setup {
    tests::TempFolder folder;
    resilience::VirtualClock clock;
    messaging::http::BlockingClient calls{
        []() -> resilience::Result<std::unique_ptr<messaging::http::Client>> {
            auto made = messaging::http::CurlClient::open();
            if (!made.ok()) return made.error();
            return std::unique_ptr<messaging::http::Client>(std::move(made).value());
        }};
    std::vector<Repeat> repeats;
    Reader reader{{.calls = calls, .clock = clock}};

    resilience::Result<Reading> read(const Spec& spec) {
        return reader.read(spec, {.on_repeat = [this](const auto& r) { repeats.push_back(r); }});
    }
    std::string error_of(const Spec& spec) {
        const auto reading = read(spec);
        REQUIRE_FALSE(reading.ok());
        return reading.error().message;
    }
};

Spec from(const ScriptedServer& server, Format format = Format::kCsv) {
    return {.from = Url{server.url("/weeks?token=hush")}, .format = format};
}

Spec shell(const std::string& script) {
    return {.from = Program{{"/bin/sh", "-c", script}}};
}

}  // namespace

TEST_CASE("what repeating cannot heal is asked for once", "[sources]") {
    Setup setup;
    const auto once = [&](const std::string& reply, const std::string& reason) {
        const ScriptedServer server({answer(reply)});
        CHECK(setup.error_of(from(server)) == reason);
        CHECK(server.requests().size() == 1);
    };
    once(response(404), "its source 127.0.0.1 answered HTTP 404, there is nothing at this address");
    once(response(401), "its source 127.0.0.1 answered HTTP 401, it does not let me in");
    once(response(302, "", "Location: /login\r\n"),
         "its source 127.0.0.1 answered HTTP 302, it has moved: the configuration needs its new "
         "address");
    once(response(200), "its source 127.0.0.1 gave nothing");
    once(response(200, "<html>", "Content-Type: text/html\r\n"),
         "its source 127.0.0.1 gave text/html, a web page, perhaps one to log in");
    once(response(200, "week,hours\nW1\n", kCsvType),
         "its data is broken, row 2 has 1 fields where the first row has 2");
    once(response(200, std::string((4U << 20U) + 1, 'x'), kCsvType),
         "its source 127.0.0.1 gave more than 4 MiB");
    CHECK(setup.repeats.empty());
}

TEST_CASE("an address that fails for a while is asked again, with its waits told", "[sources]") {
    Setup setup;
    const ScriptedServer server(
        {answer(response(503)), answer(response(500)), answer(response(200, kCsv, kCsvType))});
    const auto reading = setup.read(from(server));
    REQUIRE(reading.ok());
    CHECK(std::get<Table>(reading.value().content).rows.size() == 1);
    CHECK(server.requests().size() == 3);
    REQUIRE(setup.repeats.size() == 2);
    CHECK(setup.repeats[0].failed == 1);
    CHECK(setup.repeats[0].attempts_max == 3);
    CHECK(setup.clock.slept() == setup.repeats[0].wait + setup.repeats[1].wait);
}

TEST_CASE("an address that keeps failing is given up, and the attempts are counted", "[sources]") {
    Setup setup;
    const ScriptedServer server({answer(response(503)), answer(response(503)),
                                 answer(response(503)), answer(response(200, kCsv, kCsvType))});
    CHECK(setup.error_of(from(server)) ==
          "its source 127.0.0.1 answered HTTP 503, after 3 attempts");
    CHECK(server.requests().size() == 3);
}

TEST_CASE("a file that is locked while it is checked is waited for", "[sources]") {
    Setup setup;
    const ScriptedServer server({answer(response(423, "", "Retry-After: 7\r\n")),
                                 answer(response(423)), answer(response(200, kCsv, kCsvType))});
    REQUIRE(setup.read(from(server)).ok());
    REQUIRE(setup.repeats.size() == 2);
    CHECK(setup.repeats[0].wait >= 7s);
}

TEST_CASE("who is told to stop stops", "[sources]") {
    Setup setup;
    const ScriptedServer server({answer(response(503)), answer(response(200, kCsv, kCsvType))});
    std::stop_source stop;
    const auto reading = setup.reader.read(
        from(server),
        {.stop = stop.get_token(), .on_repeat = [&](const Repeat&) { stop.request_stop(); }});
    CHECK_FALSE(reading.ok());
    CHECK(server.requests().size() == 1);
}

TEST_CASE("the age of an address's data is what it says, but never in the future", "[sources]") {
    Setup setup;
    const auto as_of = [&](const std::string& header) {
        const ScriptedServer server({answer(response(200, kCsv, kCsvType + header))});
        const auto reading = setup.read(from(server));
        REQUIRE(reading.ok());
        return reading.value().as_of;
    };
    CHECK(as_of("Last-Modified: Sun, 22 Nov 2026 00:00:00 GMT\r\n") ==
          resilience::Clock::WallTime(1'795'305'600s));
    CHECK(as_of("Last-Modified: Sun, 22 Nov 2037 00:00:00 GMT\r\n") == setup.clock.wall_now());
    CHECK(as_of("Last-Modified: yesterday\r\n") == setup.clock.wall_now());
    CHECK(as_of("") == setup.clock.wall_now());
}

TEST_CASE("a token goes to the address alone and stands in no error", "[sources]") {
    Setup setup;
    const auto file = setup.folder.write("token", "hush-hush\n");
    const ScriptedServer server({answer(response(200, kCsv, kCsvType)), answer(response(500)),
                                 answer(response(500)), answer(response(500))});
    Spec spec{.from = Url{server.url("/weeks"), file}};
    REQUIRE(setup.read(spec).ok());
    CHECK(server.requests()[0].head.find("Authorization: Bearer hush-hush\r\n") !=
          std::string::npos);
    CHECK(setup.error_of(spec).find("hush") == std::string::npos);
    spec.from = Url{server.url("/weeks"), setup.folder.path("gone")};
    CHECK(setup.error_of(spec) == "the token for its source 127.0.0.1 cannot be read");
}

TEST_CASE("a source is told in logs without what may be secret in its address", "[sources]") {
    CHECK(describe({.from = Url{"https://joe:pw@example.com/a/b.csv?key=1#x"}}) ==
          "https://example.com/a/b.csv");
    CHECK(describe({.from = Prometheus{.url = "http://127.0.0.1:9090", .query = "up"}}) ==
          "http://127.0.0.1:9090");
    CHECK(describe({.from = Program{{"/usr/bin/tickets", "--key", "1"}}}) == "/usr/bin/tickets");
}

TEST_CASE("pictures of others and JSON are read as what they are", "[sources]") {
    Setup setup;
    const ScriptedServer server({
        answer(response(200, "\x89PNG...", "Content-Type: image/png\r\n")),
        answer(response(200, "[{\"week\": \"W1\"}]", "Content-Type: application/json\r\n")),
        answer(response(200, "[{\"week\": \"W1\"}]", kCsvType)),
    });
    const auto picture = setup.read(from(server, Format::kPng));
    REQUIRE(picture.ok());
    CHECK(std::get<std::string>(picture.value().content) == "\x89PNG...");
    const auto json = setup.read(from(server, Format::kJson));
    REQUIRE(json.ok());
    CHECK(std::get<Table>(json.value().content).columns == std::vector<std::string>{"week"});
    CHECK(setup.error_of(from(server, Format::kJson)) ==
          "its source 127.0.0.1 gave text/csv, which is not what was asked for");
}

TEST_CASE("Prometheus says itself what is wrong with a query", "[sources]") {
    Setup setup;
    const ScriptedServer server(
        {answer(response(400, R"({"status":"error","error":"parse error: unclosed brace"})",
                         "Content-Type: application/json\r\n"))});
    CHECK(setup.error_of({.from = Prometheus{.url = server.url(""), .query = "{"}}) ==
          "its source 127.0.0.1 answered HTTP 400, parse error: unclosed brace");
}

TEST_CASE("a program that cannot do its work is an error that names it", "[sources]") {
    Setup setup;
    CHECK(setup.error_of(shell("exit 1")) == "its program sh failed");
    CHECK(setup.error_of(shell("true")) == "its program sh wrote nothing");
    CHECK(setup.error_of(shell("echo a,b; echo 1")).find("its data is broken, ") == 0);
    CHECK(setup.error_of({.from = Program{{"/nonexistent/tickets"}}}) ==
          "its program tickets failed");
    CHECK(setup.repeats.empty());
    CHECK(setup.error_of(shell("exit 75")) ==
          "its program sh failed, it may work later, after 3 attempts");
    CHECK(setup.repeats.size() == 2);
}

TEST_CASE("a program runs again after it asked for it, and gets no environment", "[sources]") {
    Setup setup;
    const auto flag = setup.folder.path("once");
    const auto reading = setup.read(shell("[ -e " + flag + " ] || { touch " + flag +
                                          "; exit 75; }; echo home,hours; echo \"$HOME$USER,4\""));
    REQUIRE(reading.ok());
    CHECK(std::get<Table>(reading.value().content).rows[0] == std::vector<std::string>{"", "4"});
}

TEST_CASE("a file is read with the time it was written", "[sources]") {
    Setup setup;
    CHECK(setup.error_of({.from = File{setup.folder.path("gone.csv")}}) ==
          "its file gone.csv is missing");
    const auto reading = setup.read({.from = File{setup.folder.write("weeks.csv", kCsv)}});
    REQUIRE(reading.ok());
    CHECK(std::get<Table>(reading.value().content).rows.size() == 1);
    const auto broken = setup.folder.write("weeks.json", "[1");
    CHECK(setup.error_of({.from = File{broken}, .format = Format::kJson}) ==
          "its data file is broken, it is not JSON");
}
