#include "bot/charts/png.hpp"
#include "bot/charts/renderer.hpp"
#include "bot/config/config.hpp"
#include "bot/sources/child.hpp"
#include "tests/bot/local_reader.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

using bot::charts::Kind;
using bot::charts::NoPicture;
using bot::charts::Picture;
using bot::charts::Renderer;
using bot::charts::Spec;
using bot::charts::Theme;

namespace {

constexpr int kColumns = 3;
constexpr int kCellWidth = 800;
constexpr int kCellHeight = 450;

// The pictures side by side, as a person looks them through.
std::string sheet_script(const std::vector<std::string>& paths) {
    const auto count = static_cast<int>(paths.size());
    const int rows = (count + kColumns - 1) / kColumns;
    auto script = "set terminal pngcairo size " + std::to_string(kColumns * kCellWidth) + "," +
                  std::to_string(rows * kCellHeight) + " background rgb '#808890'\n" +
                  "unset border\nunset tics\nunset key\nset size ratio -1\n" +
                  "set lmargin 0\nset rmargin 0\nset tmargin 0\nset bmargin 0\n" +
                  "set multiplot layout " + std::to_string(rows) + "," + std::to_string(kColumns) +
                  " margins 0,1,0,1 spacing 0\n";
    for (const auto& path : paths) {
        script += "plot '" + path + "' binary filetype=png with rgbimage notitle\n";
    }
    return script + "unset multiplot\n";
}

std::string artifacts(const tests::TempFolder& folder) {
    const char* wanted = std::getenv("STENTOR_ARTIFACTS");
    if (wanted == nullptr) return folder.path("");
    std::filesystem::create_directories(wanted);
    return wanted;
}

}  // namespace

TEST_CASE("every chart of the demo stands on one contact sheet, light and dark", "[charts]") {
    const tests::TempFolder folder;
    resilience::SystemClock clock;
    const tests::LocalReader reader{clock};
    const auto loaded =
        bot::config::load({.yaml_path = std::string(SOURCE_ROOT) + "/assets/config/demo.yaml"});
    const Renderer renderer({.cache_dir = folder.path("cache")}, reader, clock);

    std::set<Kind> kinds;
    std::vector<std::string> paths;
    for (const auto theme : {Theme::kLight, Theme::kDark}) {
        for (auto spec : loaded.config.charts) {
            // It is as it is, whatever the theme.
            if (theme == Theme::kDark && spec.kind == Kind::kPicture) continue;
            spec.theme = theme;
            spec.width = kCellWidth;
            spec.height = kCellHeight;
            kinds.insert(spec.kind);
            const auto drawing = renderer.draw(spec);
            if (const auto* none = std::get_if<NoPicture>(&drawing)) FAIL(none->detail);
            paths.push_back(std::get<Picture>(drawing).path);
            CHECK(std::filesystem::file_size(paths.back()) < 200'000);
        }
    }
    CHECK(kinds.size() == 9);

    const bot::sources::Command command{
        .program = "gnuplot",
        .arguments = {"-d"},
        .environment = {"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8"},
        .input = sheet_script(paths),
    };
    const auto sheet = bot::sources::run_child(command, clock);
    REQUIRE(sheet.ok());
    CHECK(bot::charts::check_png(sheet.value().bytes).ok());
    std::ofstream(std::filesystem::path(artifacts(folder)) / "charts.png", std::ios::binary)
        << sheet.value().bytes;
}
