#include "bot/sources/prometheus.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using bot::sources::Prometheus;
using bot::sources::range_query_url;
using bot::sources::read_range;

namespace {

// 27 Nov 2026, 10:07:30 UTC, a Friday.
const auto kNow = resilience::Clock::WallTime(1'795'774'050s);

const Prometheus kServer{
    .url = "http://127.0.0.1:9090/", .query = "rate(x{a=\"b\"}[5m])", .range = 2h, .step = 1h};

std::string matrix(const std::string& result) {
    return R"({"status":"success","data":{"resultType":"matrix","result":[)" + result + "]}}";
}

std::string error_of(const std::string& answer) {
    const auto samples = read_range(kServer, answer, kNow);
    REQUIRE_FALSE(samples.ok());
    return samples.error().message;
}

}  // namespace

TEST_CASE("what Prometheus does not answer is refused with the reason", "[sources]") {
    CHECK(error_of("") == "its answer is not what Prometheus answers");
    CHECK(error_of("{}") == "its answer is not what Prometheus answers");
    CHECK(error_of(R"({"status":"success","data":{"resultType":"vector","result":[]}})") ==
          "its answer is no range of samples");
    CHECK(error_of(matrix("")) == "its query found no series");
    CHECK(error_of(matrix(R"({"metric":{},"values":[[1795773600,"NaN"]]})")) ==
          "its query found no samples");
    CHECK(error_of(matrix(R"({"metric":{},"values":[["x","1"]]})")) ==
          "its answer is not what Prometheus answers");
    std::string many;
    for (int i = 0; i < 32; ++i) {
        many += (i == 0 ? "" : ",") + std::string(R"({"metric":{"i":")") + std::to_string(i) +
                R"("},"values":[]})";
    }
    CHECK(error_of(matrix(many)).find("its query found 32 series, more than 31") == 0);
}

TEST_CASE("a query asks for whole steps, so that the same rows come again", "[sources]") {
    const std::string wanted =
        "http://127.0.0.1:9090/api/v1/query_range?query=rate%28x%7Ba%3D%22b%22%7D%5B5m%5D%29"
        "&start=1795766400&end=1795773600&step=3600";
    CHECK(range_query_url(kServer, kNow) == wanted);
    CHECK(range_query_url(kServer, kNow + 52min) == wanted);
    CHECK(range_query_url(kServer, kNow + 53min) != wanted);
}

TEST_CASE("each step is a row and each series a column, named by what tells them apart",
          "[sources]") {
    const auto samples = read_range(
        kServer,
        matrix(
            R"({"metric":{"job":"api","code":"500"},"values":[[1795766400,"1"],[1795773600,"2"]]},)"
            R"({"metric":{"job":"api","code":"200"},"values":[[1795770000,"30.5"]]})"),
        kNow);
    REQUIRE(samples.ok());
    const auto& table = samples.value().table;
    CHECK(table.columns == std::vector<std::string>{"time", "code=200", "code=500"});
    REQUIRE(table.rows.size() == 3);
    CHECK(table.rows[0] == std::vector<std::string>{"08:00", "", "1"});
    CHECK(table.rows[1] == std::vector<std::string>{"09:00", "30.5", ""});
    CHECK(table.rows[2] == std::vector<std::string>{"10:00", "", "2"});
    CHECK(samples.value().newest == resilience::Clock::WallTime(1'795'773'600s));
}

TEST_CASE("samples of times that were not asked for are left out", "[sources]") {
    CHECK(
        error_of(matrix(R"({"metric":{},"values":[[17957735766400,"1"],[-5,"1"],[1e300,"1"]]})")) ==
        "its query found no samples");
}

TEST_CASE("a label that was asked for names the series", "[sources]") {
    auto server = kServer;
    server.label = "code";
    const auto samples =
        read_range(server,
                   matrix(R"({"metric":{"code":"500"},"values":[[1795773600,"1"]]},)"
                          R"({"metric":{"code":"500","path":"/"},"values":[[1795773600,"2"]]},)"
                          R"({"metric":{"path":"/x"},"values":[[1795773600,"3"]]})"),
                   kNow);
    REQUIRE(samples.ok());
    CHECK(samples.value().table.columns ==
          std::vector<std::string>{"time", "(none)", "500", "500 (2)"});
}

TEST_CASE("times are written as their range needs it", "[sources]") {
    auto server = kServer;
    const auto first_label = [&](std::chrono::seconds range, std::chrono::seconds step) {
        server.range = range;
        server.step = step;
        const auto samples = read_range(
            server, matrix(R"({"metric":{},"values":[[1795737600,"1"],[1795773600,"1"]]})"), kNow);
        REQUIRE(samples.ok());
        CHECK(samples.value().table.columns[1] == "value");
        return samples.value().table.rows.back()[0];
    };
    CHECK(first_label(24h, 1h) == "10:00");
    CHECK(first_label(7 * 24h, 1h) == "Fri 10:00");
    CHECK(first_label(60 * 24h, 24h) == "27 Nov");
}

TEST_CASE("why Prometheus refused a query is read from its answer", "[sources]") {
    CHECK(bot::sources::refusal_in(
              R"({"status":"error","errorType":"bad_data","error":"parse error: unclosed"})") ==
          "parse error: unclosed");
    CHECK(bot::sources::refusal_in("<html>").empty());
    CHECK(bot::sources::refusal_in(R"({"status":"error","error":5})").empty());
}
