#include "bot/schedule/next_after.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <ctime>
#include <map>
#include <string>
#include <vector>

using bot::schedule::Cron;
using bot::schedule::next_after;
using bot::schedule::parse_cron;
using bot::schedule::TimeZone;
using bot::schedule::WallTime;
using namespace std::chrono;

namespace {

TimeZone zone(const std::string& name) {
    return TimeZone::find(name).value();
}
Cron cron(const std::string& text) {
    return parse_cron(text).value();
}

WallTime utc(year_month_day date, int hour = 0, int minute = 0, int second = 0) {
    return sys_days(date) + hours(hour) + minutes(minute) + seconds(second);
}

std::string shown(std::optional<WallTime> time) {
    if (!time) return "never";
    const auto seconds = system_clock::to_time_t(*time);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%SZ", &parts);
    return text.data();
}

std::string next(const std::string& text, const std::string& zone_name, WallTime after) {
    return shown(next_after(cron(text), zone(zone_name), after));
}

// The model: walks through all minutes with the C library's own local time, and knows each
// expression as a plain function instead of parsing it.
struct Sample {
    const char* text;
    bool every_hour;
    bool (*names)(const std::tm& local);
};

const std::vector<Sample> kSamples{
    {"* * * * *", true, [](const std::tm&) { return true; }},
    {"*/15 * * * *", true, [](const std::tm& t) { return t.tm_min % 15 == 0; }},
    {"30 * * * *", true, [](const std::tm& t) { return t.tm_min == 30; }},
    {"@hourly", true, [](const std::tm& t) { return t.tm_min == 0; }},
    {"10 * * * sun", true, [](const std::tm& t) { return t.tm_min == 10 && t.tm_wday == 0; }},
    {"30 2 * * *", false, [](const std::tm& t) { return t.tm_hour == 2 && t.tm_min == 30; }},
    {"30 1 * * *", false, [](const std::tm& t) { return t.tm_hour == 1 && t.tm_min == 30; }},
    {"0 3 * * *", false, [](const std::tm& t) { return t.tm_hour == 3 && t.tm_min == 0; }},
    {"@daily", false, [](const std::tm& t) { return t.tm_hour == 0 && t.tm_min == 0; }},
    {"59 23 * * *", false, [](const std::tm& t) { return t.tm_hour == 23 && t.tm_min == 59; }},
    {"15,45 0-3 * * *", false,
     [](const std::tm& t) { return t.tm_min % 30 == 15 && t.tm_hour <= 3; }},
    {"*/7 0-22 * * *", false, [](const std::tm& t) { return t.tm_min % 7 == 0 && t.tm_hour < 23; }},
    {"5 */2 * * 6,sun", false,
     [](const std::tm& t) {
         return t.tm_min == 5 && t.tm_hour % 2 == 0 && (t.tm_wday == 0 || t.tm_wday == 6);
     }},
    {"20 0-12 */2 3-11 *", false,
     [](const std::tm& t) {
         return t.tm_min == 20 && t.tm_hour <= 12 && t.tm_mday % 2 == 1 && t.tm_mon >= 2 &&
                t.tm_mon <= 10;
     }},
};

struct ChangeOfClocks {
    const char* zone;
    year_month_day day;  // in UTC, give or take one
};

const std::vector<ChangeOfClocks> kChanges{
    {"Europe/Berlin", 2026y / March / 29},        {"Europe/Berlin", 2026y / October / 25},
    {"America/New_York", 2026y / March / 8},      {"America/New_York", 2026y / November / 1},
    {"Australia/Lord_Howe", 2026y / April / 4},  // half an hour back
    {"Australia/Lord_Howe", 2026y / October / 3}, {"Africa/Cairo", 2026y / April / 23},  // midnight
    {"Africa/Cairo", 2026y / October / 29},       {"Pacific/Apia", 2011y / December / 30},  // a day
    {"Asia/Kathmandu", 2026y / June / 1},         {"UTC", 2026y / February / 28},
};

class SystemZone {
public:
    explicit SystemZone(const char* name) {
        ::setenv("TZ", name, 1);
        ::tzset();
    }
    ~SystemZone() {
        ::unsetenv("TZ");
        ::tzset();
    }
    SystemZone(const SystemZone&) = delete;
    SystemZone& operator=(const SystemZone&) = delete;
    SystemZone(SystemZone&&) = delete;
    SystemZone& operator=(SystemZone&&) = delete;
};

std::tm local_parts(std::time_t time) {
    std::tm parts{};
    ::localtime_r(&time, &parts);
    return parts;
}

/// Whether one of the local minutes strictly between the two is named.
bool names_between(const Sample& sample, std::tm before, std::tm after) {
    const auto end = ::timegm(&after);
    for (auto local = ::timegm(&before) + 60; local < end; local += 60) {
        std::tm parts{};
        ::gmtime_r(&local, &parts);
        if (sample.names(parts)) return true;
    }
    return false;
}

std::vector<WallTime> runs_by_model(const Sample& sample, WallTime from, WallTime until) {
    std::vector<WallTime> runs;
    std::map<std::time_t, bool> seen;  // local minutes, as if they were UTC
    const auto start = system_clock::to_time_t(from) - 2 * 86'400;
    auto before = local_parts(start - 60);
    for (auto time = start; time <= system_clock::to_time_t(until); time += 60) {
        auto local = local_parts(time);
        const auto minute = ::timegm(&local);
        bool runs_now = sample.names(local);
        if (!sample.every_hour) {
            runs_now = (runs_now && !seen[minute]) || names_between(sample, before, local);
        }
        seen[minute] = true;
        before = local;
        if (runs_now && system_clock::from_time_t(time) > from) {
            runs.push_back(system_clock::from_time_t(time));
        }
    }
    return runs;
}

}  // namespace

TEST_CASE("next_after agrees with a walk through every minute around changes of clocks",
          "[schedule]") {
    for (const auto& change : kChanges) {
        const SystemZone system(change.zone);
        const auto library = zone(change.zone);
        const auto from = utc(change.day) - hours(24);
        const auto until = utc(change.day) + hours(72);
        for (const auto& sample : kSamples) {
            const auto parsed = cron(sample.text);
            const auto runs = runs_by_model(sample, from, until);
            INFO(change.zone << " " << shown(utc(change.day)) << " " << sample.text);
            std::string first_difference;
            auto expected = runs.begin();
            for (auto now = from; now < until && first_difference.empty(); now += minutes(1)) {
                while (expected != runs.end() && *expected <= now)
                    ++expected;
                if (expected == runs.end()) break;
                const auto found = next_after(parsed, library, now);
                if (found != *expected) {
                    first_difference =
                        "after " + shown(now) + " " + shown(found) + ", not " + shown(*expected);
                }
            }
            CHECK(first_difference == "");
            if (sample.every_hour || std::string(sample.text) == "@daily") CHECK(runs.size() >= 2);
        }
    }
}

TEST_CASE("a time that is jumped over runs once, right after the jump", "[schedule]") {
    // Berlin: at 01:00Z on 29 March 2026 two o'clock becomes three o'clock.
    CHECK(next("30 2 * * *", "Europe/Berlin", utc(2026y / March / 28, 12)) ==
          "2026-03-29 01:00:00Z");
    CHECK(next("30 2 * * *", "Europe/Berlin", utc(2026y / March / 29, 1)) ==
          "2026-03-30 00:30:00Z");
    CHECK(next("*/20 2 * * *", "Europe/Berlin", utc(2026y / March / 29, 1)) ==
          "2026-03-30 00:00:00Z");
    CHECK(next("30 * * * *", "Europe/Berlin", utc(2026y / March / 29, 0, 30)) ==
          "2026-03-29 01:30:00Z");
}

TEST_CASE("a time that comes twice runs once, but every hour means every hour", "[schedule]") {
    // Berlin: at 01:00Z on 25 October 2026 three o'clock becomes two o'clock again.
    CHECK(next("30 2 * * *", "Europe/Berlin", utc(2026y / October / 24, 12)) ==
          "2026-10-25 00:30:00Z");
    CHECK(next("30 2 * * *", "Europe/Berlin", utc(2026y / October / 25, 0, 30)) ==
          "2026-10-26 01:30:00Z");
    CHECK(next("30 * * * *", "Europe/Berlin", utc(2026y / October / 25, 0, 30)) ==
          "2026-10-25 01:30:00Z");
}

TEST_CASE("next_after is strictly later, on a whole minute", "[schedule]") {
    const auto eight = utc(2026y / November / 22, 8);
    CHECK(next("0 8 * * *", "UTC", eight) == "2026-11-23 08:00:00Z");
    CHECK(next("0 8 * * *", "UTC", eight - nanoseconds(1)) == "2026-11-22 08:00:00Z");
    CHECK(next("* * * * *", "UTC", eight + milliseconds(1)) == "2026-11-22 08:01:00Z");
    CHECK(next("0 8 * * *", "Asia/Kathmandu", eight) == "2026-11-23 02:15:00Z");
}

TEST_CASE("next_after finds rare days and gives up beyond the end of time", "[schedule]") {
    CHECK(next("0 0 29 2 *", "UTC", utc(2026y / January / 1)) == "2028-02-29 00:00:00Z");
    CHECK(next("0 0 29 2 *", "UTC", utc(2096y / March / 1)) == "2104-02-29 00:00:00Z");
    // 29 February and, as the field begins with a star, an even weekday: Sunday 2032.
    CHECK(next("0 0 29 2 */6", "UTC", utc(2028y / March / 1)) == "2032-02-29 00:00:00Z");
    CHECK(next("0 0 1 1 *", "UTC", WallTime::max() - hours(24)) == "never");
    CHECK(next("* * * * *", "UTC", WallTime::min() + hours(24)) == "1677-09-22 00:13:00Z");
}

TEST_CASE("last_between finds the latest of any number of runs", "[schedule]") {
    using bot::schedule::last_between;
    const auto berlin = zone("Europe/Berlin");
    const auto from = utc(2026y / January / 1);
    const auto until = utc(2026y / November / 22, 10, 30);
    const auto last = [&](const std::string& text, WallTime after) {
        return shown(last_between(cron(text), berlin, after, until));
    };
    CHECK(last("* * * * *", from) == "2026-11-22 10:30:00Z");
    CHECK(last("0 8 * * *", from) == "2026-11-22 07:00:00Z");
    CHECK(last("0 8 1 * *", from) == "2026-11-01 07:00:00Z");
    CHECK(last("0 8 1 2 *", from) == "2026-02-01 07:00:00Z");
    CHECK(last("0 8 29 2 *", utc(2010y / January / 1)) == "2024-02-29 07:00:00Z");
    CHECK(last("0 8 1 1 *", utc(2026y / January / 2)) == "never");
    CHECK(last("30 11 22 11 *", until - seconds(1)) == "2026-11-22 10:30:00Z");
    CHECK(last("30 11 22 11 *", until) == "never");
}
