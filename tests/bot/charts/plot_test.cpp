#include "bot/charts/plot.hpp"

#include "bot/sources/csv.hpp"

#include <catch2/catch.hpp>

using bot::charts::make_plot;
using bot::charts::Spec;
using bot::sources::parse_csv;

namespace {

std::string plot_error(const std::string& csv) {
    Spec spec;
    spec.x = "week";
    spec.series = {{"hours"}};
    const auto plot = make_plot(spec, parse_csv(csv).value());
    REQUIRE_FALSE(plot.ok());
    return plot.error().message;
}

}  // namespace

TEST_CASE("data that does not fit the chart is refused with a reason", "[charts]") {
    CHECK(plot_error("day,hours\n1,2\n") == "there is no column \"week\"");
    CHECK(plot_error("week,minutes\n1,2\n") == "there is no column \"hours\"");
    CHECK(plot_error("week,hours\n") == "there are no rows below the first");
    CHECK(plot_error("week,hours\nW1,2\nW2,two\n") ==
          "row 3 has no number in the column \"hours\"");
    CHECK(plot_error("week,hours\nW1,\nW2,\n") == "there is not one number in it");
    std::string long_csv = "week,hours\n";
    for (int i = 0; i <= 400; ++i)
        long_csv += "W,1\n";
    CHECK(plot_error(long_csv).find("more than 400 rows") != std::string::npos);
}

TEST_CASE("an empty cell is a gap, not a zero", "[charts]") {
    Spec spec;
    spec.x = "week";
    spec.series = {{"hours"}};
    const auto plot = make_plot(spec, parse_csv("week,hours\nW1,2\nW2,\nW3,4\n").value()).value();
    CHECK(plot.values[0] == std::vector<std::optional<double>>{2.0, std::nullopt, 4.0});
    const auto script = bot::charts::gnuplot_script(spec, plot, "note", false);
    CHECK(script.find("\n0 2 0 2\n\n2 4 0 4\nEND_OF_SERIES\n") != std::string::npos);
}

TEST_CASE("texts stand in the script as texts, whatever they hold", "[charts]") {
    Spec spec;
    spec.title = "it's \"x\"\nset output 'gone' `id`";
    spec.x = "week";
    spec.series = {{"hours", "a'; system 'id"}};
    const auto plot = make_plot(spec, parse_csv("week,hours\n\"'\nquit\",2\n").value()).value();
    const auto script = bot::charts::gnuplot_script(spec, plot, "n'", false);
    CHECK(script.find("'it''s \"x\" set output ''gone'' `id`'") != std::string::npos);
    // gnuplot stumbles over a doubled quote at the beginning.
    CHECK(script.find("'\xE2\x80\x99 quit' 0") != std::string::npos);
    CHECK(script.find("\nset output") == std::string::npos);
    CHECK(script.find("\nquit") == std::string::npos);
}
