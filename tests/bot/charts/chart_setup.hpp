#pragma once

#include "bot/charts/renderer.hpp"
#include "bot/text/time_text.hpp"
#include "tests/bot/local_reader.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <filesystem>
#include <string>
#include <variant>

namespace tests {

/// One chart with its data file, a clock and a cache of its own.
struct ChartSetup {
    TempFolder folder;
    // From now on: data files are dated by the system.
    mutable resilience::VirtualClock clock{resilience::SystemClock().wall_now()};
    const std::string first_time = bot::text::utc(clock.wall_now());
    LocalReader reader{clock};
    bot::charts::Spec spec;

    ChartSetup() {
        spec.name = "mttr";
        spec.title = "Mean time to resolve";
        spec.unit = "hours";
        spec.x = "week";
        spec.series = {{"p1", "Priority 1"}};
        spec.data = bot::sources::file(folder.write("mttr.csv", "week,p1,p2\nW1,3,4\nW2,2,5\n"));
    }

    bot::charts::Drawing draw() const { return renderer().draw(spec); }

    bot::charts::Renderer renderer() const {
        return bot::charts::Renderer({.cache_dir = folder.path("cache")}, reader, clock);
    }

    bot::charts::Picture picture() const {
        auto drawing = draw();
        if (const auto* none = std::get_if<bot::charts::NoPicture>(&drawing)) FAIL(none->detail);
        return std::get<bot::charts::Picture>(drawing);
    }
    // An executable of these lines of shell.
    std::string script(const std::string& lines) const {
        const auto path = folder.write("fake", "#!/bin/sh\n" + lines);
        std::filesystem::permissions(path, std::filesystem::perms::owner_all);
        return path;
    }
    bot::charts::Drawing draw_with(const std::string& program,
                                   const bot::sources::Watch& watch = {}) const {
        return bot::charts::Renderer({.gnuplot = program, .cache_dir = folder.path("cache")},
                                     reader, clock)
            .draw(spec, watch);
    }
    // Dates the data file back.
    void age(std::chrono::hours hours) const {
        const auto path = folder.path("mttr.csv");
        std::filesystem::last_write_time(path, std::filesystem::last_write_time(path) - hours);
    }
    bot::charts::NoPicture no_picture() const {
        auto drawing = draw();
        REQUIRE(std::holds_alternative<bot::charts::NoPicture>(drawing));
        return std::get<bot::charts::NoPicture>(drawing);
    }
};

}  // namespace tests
