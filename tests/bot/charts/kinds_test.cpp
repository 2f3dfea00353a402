#include "bot/charts/plot.hpp"
#include "bot/charts/text_table.hpp"
#include "bot/sources/csv.hpp"
#include "tests/bot/charts/chart_setup.hpp"

#include <catch2/catch.hpp>

using bot::charts::gnuplot_script;
using bot::charts::Kind;
using bot::charts::make_plot;
using bot::sources::parse_csv;
using Setup = tests::ChartSetup;

TEST_CASE("a table may hold texts, every other kind wants numbers", "[charts]") {
    Setup setup;
    setup.spec.data = bot::sources::file(setup.folder.write("t.csv", "week,p1\nW1,open\nW2,\n"));
    CHECK(setup.no_picture().sentence.find("row 2 has no number in the column \"p1\"") !=
          std::string::npos);
    setup.spec.kind = Kind::kTable;
    CHECK(setup.picture().alt_text.find(" W1: Priority 1 open.") != std::string::npos);
    setup.spec.data = bot::sources::file(setup.folder.write("empty.csv", "week,p1\nW1,\nW2,\n"));
    CHECK(setup.no_picture().sentence.find("there is nothing in its columns") != std::string::npos);
}

TEST_CASE("rows a table has no room for are counted in the picture", "[charts]") {
    Setup setup;
    std::string csv = "week,p1\n";
    for (int i = 1; i <= 60; ++i)
        csv += "W" + std::to_string(i) + ",cell " + std::to_string(i) + "\n";
    setup.spec.kind = Kind::kTable;
    const auto plot = make_plot(setup.spec, parse_csv(csv).value());
    REQUIRE(plot.ok());
    const auto script = gnuplot_script(setup.spec, plot.value(), "note", false);
    CHECK(script.find("'cell 14'") != std::string::npos);
    CHECK(script.find("'cell 17'") == std::string::npos);
    const auto more = script.find("'and 4");
    REQUIRE(more != std::string::npos);
    // What is shown and what is counted make up all of it.
    std::size_t shown = 0;
    for (auto at = script.find("'cell "); at != std::string::npos;
         at = script.find("'cell ", at + 1))
        ++shown;
    CHECK(script.substr(more, 13) == "'and " + std::to_string(60 - shown) + " more'");
}

TEST_CASE("a heat map names its lowest and its highest cell for those who cannot see it",
          "[charts]") {
    Setup setup;
    setup.spec.kind = Kind::kHeatMap;
    setup.spec.series.push_back({"p2", "Priority 2"});
    const auto picture = setup.picture();
    CHECK(picture.alt_text.find("Heat map") == 0);
    CHECK(picture.alt_text.find("Highest: 5 at W2, Priority 2. Lowest: 2 at W2, Priority 1.") !=
          std::string::npos);
}

TEST_CASE("a heat map of more rows than can be told apart is refused", "[charts]") {
    Setup setup;
    std::string csv = "week,p1\n";
    for (int i = 0; i <= 60; ++i)
        csv += "W,1\n";
    setup.spec.kind = Kind::kHeatMap;
    setup.spec.data = bot::sources::file(setup.folder.write("long.csv", csv));
    CHECK(setup.no_picture().sentence.find("more than 60 rows") != std::string::npos);
}

TEST_CASE("a number shows the last value that is there, and the step from the one before",
          "[charts]") {
    Setup setup;
    setup.spec.kind = Kind::kNumber;
    const auto script_of = [&](const std::string& csv) {
        return gnuplot_script(setup.spec, make_plot(setup.spec, parse_csv(csv).value()).value(),
                              "note", false);
    };
    const auto rising = script_of("week,p1\nW1,40\nW2,50\nW3,\n");
    CHECK(rising.find("'50'") != std::string::npos);
    CHECK(rising.find("'+10 (+25 %) since W1'") != std::string::npos);
    const auto falling = script_of("week,p1\nW1,50\nW2,40\n");
    CHECK(falling.find("'\xE2\x88\x92"
                       "10 (\xE2\x88\x92"
                       "20 %) since W1'") != std::string::npos);
    CHECK(script_of("week,p1\nW1,7\nW2,7\n").find("'unchanged since W1'") != std::string::npos);
    CHECK(script_of("week,p1\nW1,0\nW2,7\n").find("'+7 since W1'") != std::string::npos);
    CHECK(script_of("week,p1\nW1,1\nW2,1234567\n").find("'1.23 m'") != std::string::npos);
}

TEST_CASE("a text in place of a picture says what it leaves out", "[charts]") {
    Setup setup;
    std::string csv = "week";
    for (int i = 0; i < 8; ++i)
        csv += ",series " + std::to_string(i);
    for (int row = 1; row <= 30; ++row) {
        csv += "\nW" + std::to_string(row);
        for (int i = 0; i < 8; ++i)
            csv += ",123456." + std::to_string(row);
    }
    setup.spec.kind = Kind::kLine;
    setup.spec.series.clear();
    const auto table = parse_csv(csv + "\n").value();
    const auto spec = with_series(setup.spec, table).value();
    const auto text = text_table(spec, make_plot(spec, table).value());
    CHECK(text.find("W10 ") == std::string::npos);
    CHECK(text.find("W11 ") != std::string::npos);
    CHECK(text.find("\n\nLeft out: 10 earlier rows and the columns series 7, ") !=
          std::string::npos);
    CHECK(text.back() == '.');
}
