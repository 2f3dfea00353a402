#include "bot/schedule/time_zone.hpp"

#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>

using bot::schedule::TimeZone;
using bot::schedule::zone_library_agrees;

namespace {

/// Sets variables of this process and puts them away afterwards.
class Environment {
public:
    void set(const char* name, const std::string& value) {
        ::setenv(name, value.c_str(), 1);
        ::tzset();
    }
    Environment() = default;
    ~Environment() {
        ::unsetenv("TZ");
        ::unsetenv("TZDIR");
        ::tzset();
    }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;
    Environment(Environment&&) = delete;
    Environment& operator=(Environment&&) = delete;
};

}  // namespace

TEST_CASE("an unknown time zone is refused with the closest name", "[schedule]") {
    CHECK(TimeZone::find("Europe/Berlim").error().message ==
          "time zone \"Europe/Berlim\" is not known. Did you mean Europe/Berlin?");
    CHECK(TimeZone::find("europe/berlin").error().message.find("Did you mean Europe/Berlin") !=
          std::string::npos);
    CHECK(TimeZone::find("").error().message ==
          "time zone \"\" is not known. Write an IANA name such as Europe/Tallinn or UTC");
    CHECK_FALSE(TimeZone::find("../../etc/passwd").ok());
    CHECK_FALSE(TimeZone::find("CET-1CEST").ok());
    CHECK(TimeZone::find("UTC").ok());
}

TEST_CASE("a zone library that disagrees with the system is found out", "[schedule]") {
    Environment environment;

    SECTION("because the year is beyond what the files list") {
        const auto checked = zone_library_agrees(2040, {"UTC", "America/New_York"});
        REQUIRE_FALSE(checked.ok());
        CHECK(checked.error().message ==
              "time zone America/New_York: for July 2040 the zone library says UTC-05:00 and the "
              "system UTC-04:00, so schedules would run at the wrong hour. Install complete zone "
              "files (apt-get install --reinstall tzdata); the library cannot read files made by "
              "\"zic -b slim\" nor years after 2037");
    }
    SECTION("in the system's own zone, which is that of TZ") {
        environment.set("TZ", "Europe/Berlin");
        CHECK(zone_library_agrees(2040).error().message.find(
                  "time zone Europe/Berlin: for July 2040") == 0);
        CHECK(zone_library_agrees(2026).ok());
    }
    SECTION("because the two read different files") {
        const tests::TempFolder folder;
        std::filesystem::create_directory(folder.path("Asia"));
        std::filesystem::copy_file("/usr/share/zoneinfo/Europe/London", folder.path("Asia/Tokyo"));
        environment.set("TZDIR", folder.path(""));
        const auto checked = zone_library_agrees(2026, {"Asia/Tokyo"});
        REQUIRE_FALSE(checked.ok());
        CHECK(checked.error().message.find("for January 2026 the zone library says UTC+09:00 and "
                                           "the system UTC+00:00") != std::string::npos);
    }
    SECTION("and an unknown zone is an error of its own") {
        CHECK(zone_library_agrees(2026, {"Mars/Olympus"}).error().message.find("is not known") !=
              std::string::npos);
    }
}

TEST_CASE("the zone check leaves TZ as it found it", "[schedule]") {
    Environment environment;
    CHECK(zone_library_agrees(2026, {"Europe/Berlin", "America/New_York", "UTC"}).ok());
    CHECK(std::getenv("TZ") == nullptr);
    environment.set("TZ", "CET-1CEST,M3.5.0,M10.5.0/3");
    CHECK(zone_library_agrees(2026, {"Asia/Tokyo"}).ok());
    CHECK(std::string(std::getenv("TZ")) == "CET-1CEST,M3.5.0,M10.5.0/3");
}
