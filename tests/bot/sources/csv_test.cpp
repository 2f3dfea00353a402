#include "bot/sources/csv.hpp"

#include <catch2/catch.hpp>

using bot::sources::parse_csv;
using bot::sources::parse_number;

namespace {

std::string csv_error(const std::string& text) {
    const auto table = parse_csv(text);
    REQUIRE_FALSE(table.ok());
    return table.error().message;
}

}  // namespace

TEST_CASE("broken CSV is refused with the row", "[sources]") {
    CHECK(csv_error("") == "it is empty");
    CHECK(csv_error("\n \n") == "it is empty");
    CHECK(csv_error("a,b\n1,2\n\n3\n") == "row 4 has 1 fields where the first row has 2");
    CHECK(csv_error("a,b\n\"x\ny\",2\n1,2,3\n") == "row 4 has 3 fields where the first row has 2");
    CHECK(csv_error("a,b\n1,\"2\n") == "row 2 opens a quote that is never closed");
    CHECK(csv_error("a,b\n\"1\"x,2\n") == "row 2 has text behind a closing quote");
    CHECK(csv_error("a,a\n") == "row 1 names the column \"a\" twice");
    CHECK(csv_error("a,\n") == "row 1 has a column without a name");
    CHECK(csv_error("a,b\n\xff,1\n") == "it is not a UTF-8 text");
    CHECK(csv_error(std::string("a,b\n1,\0", 7)) == "it is not a UTF-8 text");
    CHECK(csv_error(std::string((4U << 20U) + 1, 'a')) == "it is larger than 4 MiB");
    CHECK(csv_error("a" + std::string(200, ',')) == "row 1 has more than 100 fields");
    std::string rows = "a\n";
    for (int i = 0; i <= 20'000; ++i)
        rows += "1\n";
    CHECK(csv_error(rows) == "row 20002 is beyond the limit of 20000");
}

TEST_CASE("CSV is read as RFC 4180 and spreadsheets write it", "[sources]") {
    const auto table = parse_csv(
        "\xEF\xBB\xBF"
        "a, b ,\"c\"\"d\"\r\n1,\"x, y\nz\",\r\n\r\n 2 ,\"\",\"e\" \n");
    REQUIRE(table.ok());
    CHECK(table.value().columns == std::vector<std::string>{"a", "b", "c\"d"});
    REQUIRE(table.value().rows.size() == 2);
    CHECK(table.value().rows[0] == std::vector<std::string>{"1", "x, y\nz", ""});
    CHECK(table.value().rows[1] == std::vector<std::string>{"2", "", "e"});
    CHECK(table.value().lines == std::vector<std::size_t>{2, 5});
    CHECK(table.value().find("b") == 1U);
    CHECK_FALSE(table.value().find("B"));
    CHECK(parse_csv("a;b\n1;2,5\n").value().rows[0][1] == "2,5");
}

TEST_CASE("the last rows keep their lines", "[sources]") {
    auto table = parse_csv("a\n1\n\n2\n3\n").value();
    bot::sources::keep_last(table, 0);
    bot::sources::keep_last(table, 3);
    CHECK(table.rows.size() == 3);
    bot::sources::keep_last(table, 2);
    CHECK(table.rows == std::vector<std::vector<std::string>>{{"2"}, {"3"}});
    CHECK(table.lines == std::vector<std::size_t>{4, 5});
}

TEST_CASE("only plain numbers are numbers", "[sources]") {
    CHECK(parse_number(" 12.5 ") == 12.5);
    CHECK(parse_number("-1e3") == -1000);
    for (const auto* bad : {"", "n/a", "1,5", "0x10", "inf", "nan", "1e300", "1 2", "--1"}) {
        CHECK_FALSE(parse_number(bad));
    }
}
