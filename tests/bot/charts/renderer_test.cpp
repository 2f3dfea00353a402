#include "bot/charts/renderer.hpp"

#include "bot/charts/plot.hpp"
#include "bot/charts/png.hpp"
#include "bot/sources/csv.hpp"
#include "tests/bot/read_file.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using bot::charts::check_png;
using bot::charts::Drawing;
using bot::charts::gnuplot_script;
using bot::charts::Kind;
using bot::charts::make_plot;
using bot::charts::NoPicture;
using bot::charts::Picture;
using bot::charts::Renderer;
using bot::charts::Spec;
using bot::sources::parse_csv;

namespace {

struct Setup {
    tests::TempFolder folder;
    resilience::SystemClock clock;
    Spec spec;

    Setup() {
        spec.name = "mttr";
        spec.title = "Mean time to resolve";
        spec.unit = "hours";
        spec.x = "week";
        spec.series = {{"p1", "Priority 1"}};
        spec.data = folder.write("mttr.csv", "week,p1,p2\nW1,3,4\nW2,2,5\n");
    }

    Drawing draw() const { return renderer().draw(spec); }

    Renderer renderer() const { return Renderer({.cache_dir = folder.path("cache")}, clock); }

    Picture picture() const {
        auto drawing = draw();
        if (const auto* none = std::get_if<NoPicture>(&drawing)) FAIL(none->detail);
        return std::get<Picture>(drawing);
    }
    NoPicture no_picture() const {
        auto drawing = draw();
        REQUIRE(std::holds_alternative<NoPicture>(drawing));
        return std::get<NoPicture>(drawing);
    }
};

}  // namespace

TEST_CASE("a chart without usable data says so, naming chart and reason", "[charts]") {
    Setup setup;
    SECTION("missing") {
        setup.spec.data = setup.folder.path("gone.csv");
        CHECK(setup.no_picture().sentence ==
              "I cannot draw the chart mttr: its file gone.csv is missing.");
    }
    SECTION("empty") {
        setup.spec.data = setup.folder.write("e.csv", "");
        CHECK(setup.no_picture().sentence ==
              "I cannot draw the chart mttr: its file e.csv is empty.");
    }
    SECTION("a folder") {
        setup.spec.data = setup.folder.path("");
        CHECK(setup.no_picture().sentence.find("no regular file") != std::string::npos);
    }
    SECTION("broken") {
        setup.spec.data = setup.folder.write("b.csv", "week,p1\nW1\n");
        const auto none = setup.no_picture();
        CHECK(none.sentence ==
              "I cannot draw the chart mttr: its data file is broken, row 2 has "
              "1 fields where the first row has 2.");
        CHECK(none.detail.find(setup.spec.data) != std::string::npos);
    }
    SECTION("no such column") {
        setup.spec.series = {{"p9"}};
        CHECK(setup.no_picture().sentence.find("there is no column \"p9\"") != std::string::npos);
    }
}

TEST_CASE("a drawing program that fails is told in the log, not in the room", "[charts]") {
    Setup setup;
    const auto fake = setup.folder.write("fake", "#!/bin/sh\ncat >/dev/null\necho no picture\n");
    std::filesystem::permissions(fake, std::filesystem::perms::owner_all);
    std::string program = "/nonexistent/gnuplot";
    std::string detail = "could not be started";
    SECTION("cannot be started") {}
    SECTION("gives no PNG") {
        program = fake;
        detail = "it is not a PNG";
    }
    const Renderer renderer({.gnuplot = program, .cache_dir = setup.folder.path("cache")},
                            setup.clock);
    const auto drawing = renderer.draw(setup.spec);
    REQUIRE(std::holds_alternative<NoPicture>(drawing));
    const auto& none = std::get<NoPicture>(drawing);
    CHECK(none.sentence == "I cannot draw the chart mttr: the drawing program failed.");
    CHECK(none.detail.find(detail) != std::string::npos);
}

TEST_CASE("every kind of chart becomes a whole PNG of the asked size", "[charts]") {
    Setup setup;
    setup.spec.kind = GENERATE(Kind::kBar, Kind::kGrouped, Kind::kStacked, Kind::kLine, Kind::kArea,
                               Kind::kHeatMap, Kind::kNumber, Kind::kTable);
    const bool alone = setup.spec.kind == Kind::kBar || setup.spec.kind == Kind::kNumber;
    if (!alone) setup.spec.series.push_back({"p2"});
    const auto picture = setup.picture();
    const auto bytes = tests::read_file(picture.path);
    const auto size = check_png(bytes);
    REQUIRE(size.ok());
    CHECK(size.value().width == 1200);
    CHECK(size.value().height == 675);
    CHECK(bytes.size() > 5'000);
    CHECK(bytes.size() <= (1U << 20U));
    CHECK(picture.file_name == "mttr.png");
}

TEST_CASE("strange data is drawn, too", "[charts]") {
    Setup setup;
    setup.spec.kind =
        GENERATE(Kind::kStacked, Kind::kLine, Kind::kHeatMap, Kind::kNumber, Kind::kTable);
    setup.spec.full = 3;
    setup.spec.title = "'it's `id` @x \\ \"q\" {^2} %d $HOME";
    setup.spec.data = setup.folder.write(
        "odd.csv", GENERATE("week,p1\nonly,0\n", "week,p1\n'a,-5\n\"b\nc\",1e12\nEOF,\n",
                            "week,p1\nx,5\ny,5\n", "week,p1\nx,0.0001\ny,-0.0002\n"));
    setup.picture();
}

TEST_CASE("the same data is drawn once, other data or texts anew", "[charts]") {
    Setup setup;
    const auto first = setup.picture();
    CHECK_FALSE(first.cached);
    const auto again = setup.picture();
    CHECK(again.cached);
    CHECK(again.path == first.path);

    setup.spec.title = "Other";
    CHECK(setup.picture().path != first.path);
    setup.spec.title = "Mean time to resolve";
    setup.folder.write("mttr.csv", "week,p1\nW1,3\nW2,9\n");
    CHECK(setup.picture().path != first.path);
}

TEST_CASE("a damaged picture in the cache is drawn anew", "[charts]") {
    Setup setup;
    const auto first = setup.picture();
    std::ofstream(first.path, std::ios::binary) << "half a pic";
    CHECK_FALSE(setup.picture().cached);
    CHECK(check_png(tests::read_file(first.path)).ok());
}

TEST_CASE("the cache keeps only so many pictures", "[charts]") {
    Setup setup;
    const Renderer renderer({.cache_dir = setup.folder.path("cache"), .cache_max = 2}, setup.clock);
    for (const auto* title : {"a", "b", "c"}) {
        setup.spec.title = title;
        REQUIRE(std::holds_alternative<Picture>(renderer.draw(setup.spec)));
    }
    std::size_t pictures = 0;
    for (const auto& file : std::filesystem::directory_iterator(setup.folder.path("cache"))) {
        pictures += file.path().extension() == ".png" ? 1U : 0U;
    }
    CHECK(pictures == 2);
}

TEST_CASE("old data is marked as stale", "[charts]") {
    Setup setup;
    setup.spec.stale_after = 24h;
    CHECK_FALSE(setup.picture().stale);
    const auto now = std::filesystem::last_write_time(setup.spec.data);
    std::filesystem::last_write_time(setup.spec.data, now - 25h);
    const auto picture = setup.picture();
    CHECK(picture.stale);
    CHECK(picture.alt_text.find("STALE: older than 24 hours") != std::string::npos);
}

TEST_CASE("the alternative text says what the picture shows", "[charts]") {
    Setup setup;
    CHECK(setup.picture().alt_text.find(
              "Bar chart \"Mean time to resolve\" in hours, W1 to W2, data as of ") == 0);
    CHECK(setup.picture().alt_text.find(" W1: 3. W2: 2.") != std::string::npos);
}

TEST_CASE("a table may hold texts, every other kind wants numbers", "[charts]") {
    Setup setup;
    setup.spec.data = setup.folder.write("t.csv", "week,p1\nW1,open\nW2,\n");
    CHECK(setup.no_picture().sentence.find("row 2 has no number in the column \"p1\"") !=
          std::string::npos);
    setup.spec.kind = Kind::kTable;
    CHECK(setup.picture().alt_text.find(" W1: Priority 1 open.") != std::string::npos);
    setup.spec.data = setup.folder.write("empty.csv", "week,p1\nW1,\nW2,\n");
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
    setup.spec.data = setup.folder.write("long.csv", csv);
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

TEST_CASE("a PNG that is cut, damaged or empty is refused", "[charts]") {
    Setup setup;
    const auto good = tests::read_file(setup.picture().path);
    REQUIRE(check_png(good).ok());
    CHECK(check_png("").error().message == "it is not a PNG");
    CHECK(check_png("GIF89a").error().message == "it is not a PNG");
    for (const std::size_t size : {8U, 12U, 20U, 33U, 500U}) {
        CHECK_FALSE(check_png(good.substr(0, size)).ok());
    }
    CHECK_FALSE(check_png(good.substr(0, good.size() - 1)).ok());
    CHECK(check_png(good.substr(0, 33) + good.substr(8)).error().message ==
          "the PNG has a second header");
    CHECK(check_png(good.substr(0, 8) + good.substr(33)).error().message ==
          "the PNG has no header");
    CHECK(check_png(good + "x").error().message == "the PNG goes on behind its end");
    auto damaged = good;
    damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 1);
    CHECK_FALSE(check_png(damaged).ok());
}
