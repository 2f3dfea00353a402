#include "bot/charts/renderer.hpp"

#include "bot/charts/png.hpp"
#include "bot/charts/text_table.hpp"
#include "tests/bot/charts/chart_setup.hpp"
#include "tests/bot/read_file.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using bot::charts::check_png;
using bot::charts::Kind;
using bot::charts::NoPicture;
using bot::charts::Picture;
using bot::charts::Policy;
using bot::charts::Renderer;
using bot::charts::TextTable;
using bot::charts::Variation;
using Setup = tests::ChartSetup;

TEST_CASE("a chart without usable data says so, naming chart and reason", "[charts]") {
    Setup setup;
    SECTION("missing") {
        setup.spec.data = bot::sources::file(setup.folder.path("gone.csv"));
        CHECK(setup.no_picture().sentence ==
              "I cannot draw the chart mttr: its file gone.csv is missing.");
    }
    SECTION("empty") {
        setup.spec.data = bot::sources::file(setup.folder.write("e.csv", ""));
        CHECK(setup.no_picture().sentence ==
              "I cannot draw the chart mttr: its file e.csv is empty.");
    }
    SECTION("a folder") {
        setup.spec.data = bot::sources::file(setup.folder.path(""));
        CHECK(setup.no_picture().sentence.find("no regular file") != std::string::npos);
    }
    SECTION("broken") {
        setup.spec.data = bot::sources::file(setup.folder.write("b.csv", "week,p1\nW1\n"));
        const auto none = setup.no_picture();
        CHECK(none.sentence ==
              "I cannot draw the chart mttr: its data file is broken, row 2 has "
              "1 fields where the first row has 2.");
        CHECK(none.detail.find(setup.folder.path("b.csv")) != std::string::npos);
    }
    SECTION("no such column") {
        setup.spec.series = {{"p9"}};
        CHECK(setup.no_picture().sentence.find("there is no column \"p9\"") != std::string::npos);
    }
}

TEST_CASE("what cannot be drawn in any form comes as text, and the log gets the reasons",
          "[charts]") {
    Setup setup;
    std::string program = "/nonexistent/gnuplot";
    std::string detail = "could not be started";
    SECTION("cannot be started") {}
    SECTION("gives no PNG") {
        program = setup.script("cat >/dev/null\necho no picture\n");
        detail = "it is not a PNG";
    }
    const auto drawing = setup.draw_with(program);
    REQUIRE(std::holds_alternative<TextTable>(drawing));
    const auto& table = std::get<TextTable>(drawing);
    CHECK(table.markdown ==
          "```\n"
          "week Priority 1\n"
          "W1            3\n"
          "W2            2\n"
          "```");
    CHECK(table.detail.find("chart mttr came as text: ") == 0);
    // Three attempts, each with its reason.
    const auto first = table.detail.find(detail);
    REQUIRE(first != std::string::npos);
    const auto second = table.detail.find(detail, first + 1);
    REQUIRE(second != std::string::npos);
    CHECK(table.detail.find(detail, second + 1) != std::string::npos);
}

TEST_CASE("a drawing that fails is tried smaller, then plain, and says which it is", "[charts]") {
    Setup setup;
    setup.spec.kind = GENERATE(Kind::kBar, Kind::kHeatMap, Kind::kNumber, Kind::kTable);
    const auto fails = GENERATE(1, 2);
    const auto count = setup.folder.path("count");
    const auto program = setup.script("echo x >> " + count + "; [ $(wc -l < " + count + ") -gt " +
                                      std::to_string(fails) +
                                      " ] || { cat > /dev/null; exit 1; }; exec gnuplot -d\n");
    const auto drawing = setup.draw_with(program);
    REQUIRE(std::holds_alternative<Picture>(drawing));
    const auto& picture = std::get<Picture>(drawing);
    CHECK(picture.variation == (fails == 1 ? Variation::kSmaller : Variation::kPlain));
    const auto size = check_png(tests::read_file(picture.path));
    REQUIRE(size.ok());
    CHECK(size.value().width == 800);
    CHECK(size.value().height == 450);
}

TEST_CASE("who asks no longer is not drawn for again", "[charts]") {
    Setup setup;
    const auto count = setup.folder.path("count");
    const auto program = setup.script("echo x >> " + count + "; cat >/dev/null; exit 1\n");
    std::stop_source stop;
    stop.request_stop();
    const auto drawing = setup.draw_with(program, {.stop = stop.get_token()});
    REQUIRE(std::holds_alternative<NoPicture>(drawing));
    CHECK_FALSE(std::filesystem::exists(count));
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
    setup.spec.data = bot::sources::file(setup.folder.write(
        "odd.csv", GENERATE("week,p1\nonly,0\n", "week,p1\n'a,-5\n\"b\nc\",1e12\nEOF,\n",
                            "week,p1\nx,5\ny,5\n", "week,p1\nx,0.0001\ny,-0.0002\n")));
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
    const Renderer renderer({.cache_dir = setup.folder.path("cache"), .cache_max = 2}, setup.reader,
                            setup.clock);
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
    setup.spec.honesty.stale_after = 24h;
    CHECK_FALSE(setup.picture().freshness.stale);
    setup.age(25h);
    SECTION("and sent, unless the chart says otherwise") {
        const auto picture = setup.picture();
        CHECK(picture.freshness.stale);
        CHECK(picture.alt_text.find("STALE: older than 24 hours") != std::string::npos);
    }
    SECTION("refused where the chart refuses it") {
        setup.spec.honesty.stale = Policy::kRefuse;
        const auto none = setup.no_picture();
        CHECK(none.sentence.find("I do not show the chart mttr: its data is as of ") == 0);
        CHECK(none.sentence.find(", older than 24 hours.") != std::string::npos);
    }
    SECTION("passed over where the chart does not mind") {
        setup.spec.honesty.stale = Policy::kSend;
        CHECK_FALSE(setup.picture().freshness.stale);
    }
}

TEST_CASE("data that stays the same for too long follows the chart's policy", "[charts]") {
    Setup setup;
    setup.spec.honesty.unchanged_after = 24h;
    setup.picture();
    setup.clock.advance(23h);
    setup.spec.honesty.unchanged = Policy::kRefuse;
    setup.picture();
    setup.clock.advance(1h);
    CHECK(setup.no_picture().sentence ==
          "I do not show the chart mttr: its data has not changed since " + setup.first_time + ".");
    setup.spec.honesty.unchanged = Policy::kWarn;
    CHECK(setup.picture().freshness.warnings ==
          std::vector<std::string>{"Its data has not changed since " + setup.first_time + "."});
    setup.spec.honesty.unchanged = Policy::kSend;
    CHECK(setup.picture().freshness.warnings.empty());

    // Writing the file anew does not make its numbers new; other numbers do.
    setup.spec.honesty.unchanged = Policy::kRefuse;
    setup.folder.write("mttr.csv", "week,p1,p2\nW1,3,4\nW2,2,5\n");
    setup.no_picture();
    setup.folder.write("mttr.csv", "week,p1,p2\nW1,3,4\nW2,2.5,5\n");
    setup.picture();
    setup.clock.advance(24h);
    setup.no_picture();
}

TEST_CASE("asking for fewer rows makes what a chart shows no newer", "[charts]") {
    Setup setup;
    setup.spec.honesty.unchanged = Policy::kRefuse;
    setup.spec.honesty.unchanged_after = 24h;
    setup.picture();
    setup.clock.advance(24h);
    setup.spec.rows_last = 1;
    setup.no_picture();
    setup.spec.rows_last = 0;
    setup.no_picture();
}

TEST_CASE("a clock that was set back makes nothing unchanged since a time to come", "[charts]") {
    Setup setup;
    setup.spec.honesty.unchanged = Policy::kRefuse;
    setup.picture();
    setup.clock.step_wall(-48h);
    setup.picture();
    setup.clock.advance(23h);
    setup.picture();
    setup.clock.advance(1h);
    setup.no_picture();
}

TEST_CASE("the alternative text says what the picture shows", "[charts]") {
    Setup setup;
    CHECK(setup.picture().alt_text.find(
              "Bar chart \"Mean time to resolve\" in hours, W1 to W2, data as of ") == 0);
    CHECK(setup.picture().alt_text.find(" W1: 3. W2: 2.") != std::string::npos);
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
