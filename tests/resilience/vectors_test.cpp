// Every vector goes through the filters that users have: `stentor classify --jsonl` and
// `stentor backoff --jsonl`. STENTOR_VECTORS names another folder.

#include "bot/cli/jsonl.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

using nlohmann::json;

namespace {

std::string vectors_folder() {
    const char* other = std::getenv("STENTOR_VECTORS");  // NOLINT(concurrency-mt-unsafe)
    return other != nullptr ? other : std::string(SOURCE_ROOT) + "/tests/vectors";
}

std::string contents_of(const std::string& name) {
    std::ifstream file(vectors_folder() + "/" + name);
    REQUIRE(file.good());
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<json> lines_of(const std::string& text) {
    std::vector<json> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        if (!line.empty()) lines.push_back(json::parse(line));
    }
    return lines;
}

struct Run {
    int exit_code;
    std::vector<json> answers;
};

Run classify(const std::string& input) {
    std::istringstream in(input);
    std::ostringstream out;
    const int exit_code = bot::cli::classify_jsonl(in, out);
    return {exit_code, lines_of(out.str())};
}

Run backoff(const std::string& input) {
    std::istringstream in(input);
    std::ostringstream out;
    const int exit_code = bot::cli::backoff_jsonl(in, out);
    return {exit_code, lines_of(out.str())};
}

/// The error of a one-line input.
std::string error_of(const Run& run) {
    REQUIRE(run.answers.size() == 1);
    CHECK(run.exit_code == 65);
    CHECK(run.answers[0]["line"] == 1);
    return run.answers[0]["error"];
}

bool equal(const json& expected, const json& answer, double tolerance) {
    if (expected.is_array()) {
        if (!answer.is_array() || answer.size() != expected.size()) return false;
        for (std::size_t i = 0; i < expected.size(); ++i) {
            if (!equal(expected[i], answer[i], tolerance)) return false;
        }
        return true;
    }
    if (expected.is_number() && answer.is_number()) {
        return std::abs(expected.get<double>() - answer.get<double>()) <= tolerance;
    }
    return expected == answer;
}

void check_all(const std::vector<json>& vectors, const Run& run) {
    REQUIRE(!vectors.empty());
    REQUIRE(run.answers.size() == vectors.size());
    CHECK(run.exit_code == 0);
    for (std::size_t i = 0; i < vectors.size(); ++i) {
        const json& expected = vectors[i]["expect"];
        const double tolerance = expected.value("tolerance_ms", 0.0);
        INFO(vectors[i]["id"] << ": " << vectors[i]["why"] << "\nanswer: " << run.answers[i]);
        CHECK(run.answers[i]["id"] == vectors[i]["id"]);
        for (const auto& [field, value] : expected.items()) {
            if (field == "tolerance_ms") continue;
            INFO(field);
            CHECK(equal(value, run.answers[i].value(field, json("absent")), tolerance));
        }
    }
}

}  // namespace

TEST_CASE("every classification vector comes out as expected", "[vectors]") {
    const auto input = contents_of("classification.jsonl");
    check_all(lines_of(input), classify(input));
}

TEST_CASE("every backoff vector comes out as expected", "[vectors]") {
    const auto input = contents_of("backoff.jsonl");
    check_all(lines_of(input), backoff(input));
}

TEST_CASE("a line that is no failure says why", "[jsonl]") {
    CHECK(error_of(classify("{")) == "is not JSON");
    CHECK(error_of(classify("[]")) == "is not a JSON object");
    CHECK(error_of(classify("{}")) == "\"kind\" is missing");
    CHECK(error_of(classify(R"({"kind":7})")) == "\"kind\" is not a string");
    CHECK(error_of(classify(R"({"kind":"odd"})")) == "unknown kind \"odd\"");
    CHECK(error_of(classify(R"({"kind":"exception","profile":"odd"})")) ==
          "unknown profile \"odd\"");
    CHECK(error_of(classify(R"({"kind":"http_status"})")) == "\"status\" is missing");
    CHECK(error_of(classify(R"({"kind":"http_status","status":4.5})")) ==
          "\"status\" is not a whole number from 0 to 999");
    CHECK(error_of(classify(R"({"kind":"exception","headers":[]})")) ==
          "\"headers\" is not an object");
    CHECK(error_of(classify(R"({"kind":"exception","headers":{"Retry-After":5}})")) ==
          "header \"Retry-After\" is not a string");
}

TEST_CASE("a line that is no backoff question says why", "[jsonl]") {
    CHECK(error_of(backoff("{}")) == "\"policy\" is missing");
    CHECK(error_of(backoff(R"({"policy":1})")) == "\"policy\" is not an object");
    CHECK(error_of(backoff(R"({"policy":{}})")) == "\"failed_attempt\" is missing");
    CHECK(error_of(backoff(R"({"policy":{},"failed_attempt":0})")) ==
          "\"failed_attempt\" is not a whole number from 1 to 4294967295");
    CHECK(error_of(backoff(R"({"policy":{"jitter":"odd"},"failed_attempt":1})")) ==
          "unknown jitter \"odd\"");
    CHECK(error_of(backoff(R"({"policy":{"multiplier":0.5},"failed_attempt":1})")) ==
          "policy: multiplier is below 1");
    CHECK(error_of(backoff(R"({"policy":{"initial_ms":1e300},"failed_attempt":1})")) ==
          "\"initial_ms\" is out of range");
    CHECK(error_of(backoff(R"({"policy":{},"failed_attempt":1,"u":2})")) ==
          "\"u\" is not within 0 and 1");
}

TEST_CASE("a broken line does not stop the others", "[jsonl]") {
    const auto run = classify(
        "\n{\"kind\":\"cancelled\",\"id\":1}\nbroken\n  \n"
        "{\"kind\":\"cancelled\",\"id\":2}");
    CHECK(run.exit_code == 65);
    REQUIRE(run.answers.size() == 3);
    CHECK(run.answers[0]["id"] == 1);
    CHECK(run.answers[1]["line"] == 3);
    CHECK(run.answers[2]["id"] == 2);
    CHECK(run.answers[2]["class"] == "permanent");
}

TEST_CASE("text that is no UTF-8 is an error of its line", "[jsonl]") {
    CHECK(classify("{\"kind\":\"exception\",\"message\":\"\xFF\"}").exit_code == 65);
    CHECK(classify("\xFF\xFE\n{\"kind\":\"cancelled\"}").answers.size() == 2);
}

TEST_CASE("an answer has all fields in order", "[jsonl]") {
    std::istringstream in(R"({"id":"x","kind":"http_status","status":429,)"
                          R"("headers":{"RETRY-AFTER":"7"},"profile":"webex"})");
    std::ostringstream out;
    CHECK(bot::cli::classify_jsonl(in, out) == 0);
    CHECK(out.str() ==
          R"({"id":"x","class":"rate_limited","scope":"bot","rule":"http_retry_after",)"
          R"("retry_idempotent":true,"retry_non_idempotent":true,"server_delay_ms":7000})"
          "\n");
}

TEST_CASE("a refused repeat has no wait and a reason", "[jsonl]") {
    const auto run =
        backoff(R"({"id":1,"policy":{"jitter":"none"},"failed_attempt":1,"class":"ambiguous",)"
                R"("idempotency":"non_idempotent"})");
    REQUIRE(run.answers.size() == 1);
    CHECK(run.answers[0] == json::parse(R"({"id":1,"action":"give_up","delay_ms":null,)"
                                        R"("bounds_ms":null,"reason":"maybe_executed"})"));
}

TEST_CASE("a text is explained to a person", "[jsonl]") {
    CHECK(bot::cli::classify_text("HTTP 503", resilience::Classifier()) ==
          "class:   ambiguous\nscope:   message\nrule:    http_503\n"
          "repeat:  yes if twice does no harm, no otherwise\n");
}
