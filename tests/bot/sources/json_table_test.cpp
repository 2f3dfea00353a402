#include "bot/sources/json_table.hpp"

#include <catch2/catch.hpp>

using bot::sources::parse_json_table;

namespace {

std::string error_of(const std::string& text, const std::string& rows = "") {
    const auto table = parse_json_table(text, rows);
    REQUIRE_FALSE(table.ok());
    return table.error().message;
}

}  // namespace

TEST_CASE("JSON that holds no rows is refused with the reason", "[sources]") {
    CHECK(error_of("") == "it is not JSON");
    CHECK(error_of("{\"a\": 1") == "it is not JSON");
    CHECK(error_of("{\"a\": 1}") == "there is no list of rows in it");
    CHECK(error_of("[]") == "its list of rows is empty");
    CHECK(error_of("[1, 2]") == "row 1 is neither an object nor a list");
    CHECK(error_of("[{\"a\": 1}, [2]]") == "row 2 is not an object as the first");
    CHECK(error_of("[[\"a\"], {\"a\": 2}]") == "row 1 is not a list as the first");
    CHECK(error_of("[[\"a\", \"b\"], [1]]") == "row 1 has 1 fields where the first list has 2");
    CHECK(error_of("[[\"a\", 2], [1, 2]]") == "its first list names no columns");
    CHECK(error_of("[[\"a\", \"a\"], [1, 2]]") == "two columns have the same name");
    CHECK(error_of("[{\"a\": 1}, {\"a\": [2]}]") ==
          "row 2 has a list or an object in the column \"a\"");
    CHECK(error_of("{\"data\": []}", "/rows") == "there is nothing at /rows");
    CHECK(error_of("{\"data\": []}", "rows") == "its rows cannot be found at \"rows\"");
    CHECK(error_of(std::string(100'000, '[')).find("it is") == 0);
    std::string wide = "[{";
    for (int i = 0; i <= 100; ++i)
        wide += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":1";
    CHECK(error_of(wide + "}]") == "there are more than 100 columns");
}

TEST_CASE("objects become rows, and keys columns in their order", "[sources]") {
    const auto table = parse_json_table(
        R"([{"week": "W1", "hours": 4.5}, {"hours": null, "week": "W2", "late": true},)"
        R"({"week": 3}])",
        "");
    REQUIRE(table.ok());
    CHECK(table.value().columns == std::vector<std::string>{"week", "hours", "late"});
    REQUIRE(table.value().rows.size() == 3);
    CHECK(table.value().rows[0] == std::vector<std::string>{"W1", "4.5", ""});
    CHECK(table.value().rows[1] == std::vector<std::string>{"W2", "", "true"});
    CHECK(table.value().rows[2] == std::vector<std::string>{"3", "", ""});
    CHECK(table.value().lines == std::vector<std::size_t>{1, 2, 3});
}

TEST_CASE("lists become rows below their first, wherever they stand", "[sources]") {
    const auto table =
        parse_json_table(R"({"data": {"items": [["week", "hours"], ["W1", 4]]}})", "/data/items");
    REQUIRE(table.ok());
    CHECK(table.value().columns == std::vector<std::string>{"week", "hours"});
    REQUIRE(table.value().rows.size() == 1);
    CHECK(table.value().rows[0] == std::vector<std::string>{"W1", "4"});
}
