#include "bot/cli/matrix.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

using nlohmann::json;

namespace {

struct Run {
    int exit_code;
    std::string out;
    std::string err;
};

Run matrix(const std::string& input) {
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    const int exit_code = bot::cli::classify_matrix(in, out, err);
    return {exit_code, out.str(), err.str()};
}

std::string vectors() {
    std::ifstream file(std::string(SOURCE_ROOT) + "/tests/vectors/classification.jsonl");
    REQUIRE(file.good());
    return {std::istreambuf_iterator<char>(file), {}};
}

/// What most bots do: look for twelve words in the text. Written for this test alone, apart from
/// the library's profile of that name.
bool repeats_by_words(std::string text) {
    constexpr std::array<std::string_view, 12> kWords{"connection reset",
                                                      "connection aborted",
                                                      "timeout",
                                                      "timed out",
                                                      "rate limit",
                                                      "too many requests",
                                                      "503",
                                                      "504",
                                                      "service unavailable",
                                                      "ssl",
                                                      "certificate",
                                                      "proxy"};
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return std::any_of(kWords.begin(), kWords.end(),
                       [&](std::string_view word) { return text.find(word) != std::string::npos; });
}

std::string line(const std::string& cls, const std::string& message) {
    return json{{"kind", "exception"}, {"message", message}, {"expect", {{"class", cls}}}}.dump() +
           "\n";
}

}  // namespace

TEST_CASE("a line without an expectation is named and left out", "[matrix]") {
    const auto run = matrix("{}\n" + line("odd", "x") + "nonsense\n" + line("permanent", "x"));
    CHECK(run.exit_code == 65);
    CHECK(run.err ==
          "line 1: \"expect\" is missing\nline 2: unknown class \"odd\"\nline 3: is not JSON\n");
    CHECK(run.out.find("1 of 1 right") != std::string::npos);
}

TEST_CASE("nothing to judge is a mistake", "[matrix]") {
    CHECK(matrix("").exit_code == 65);
    CHECK(matrix("\n").err == "no failures with an expected class on standard input\n");
}

TEST_CASE("the matrix counts what is taken for what", "[matrix]") {
    // Expected otherwise than the rules say, so that cells beside the diagonal fill.
    const auto run =
        matrix(line("transient", "no such thing") + line("permanent", "connection refused"));
    CHECK(run.exit_code == 0);
    CHECK(run.out.find("0 of 2 right; a message would wrongly be repeated 1 times, wrongly given "
                       "up 1 times") != std::string::npos);
}

TEST_CASE("the rules get every vector right, a plain list of words few", "[matrix]") {
    const auto input = vectors();
    const auto run = matrix(input);
    CHECK(run.exit_code == 0);
    int all = 0;
    int right = 0;
    int doubled = 0;
    std::istringstream in(input);
    for (std::string text; std::getline(in, text);) {
        const auto vector = json::parse(text);
        const bool repeats = repeats_by_words(vector["message"]);
        const bool may = vector["expect"]["retry_non_idempotent"];
        ++all;
        if (repeats == may) ++right;
        if (repeats && !may) ++doubled;
    }
    const auto n = std::to_string(all);
    INFO("may a message be sent again? twelve words: " << right << " of " << n << " right, "
                                                       << doubled << " wrongly repeated\n"
                                                       << run.out);
    CHECK(run.out.find(n + " of " + n +
                       " right; a message would wrongly be repeated 0 times, wrongly given up 0 "
                       "times") != std::string::npos);
    CHECK(right < all);
    CHECK(doubled > 0);
}
