#include "bot/schedule/next_after.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <functional>
#include <random>
#include <string>
#include <vector>

using bot::schedule::next_after;
using bot::schedule::parse_cron;
using bot::schedule::TimeZone;
using bot::schedule::WallTime;
using namespace std::chrono;

namespace {

/// One item of a field: how it is written, and what it means, each made without the other.
struct Item {
    std::string text;
    std::function<bool(int value)> holds = {};               // of a plain field
    std::function<bool(year_month_day date)> holds_on = {};  // of a day field
};

struct Field {
    std::string text;
    bool starred = false;
    std::vector<Item> items;

    bool holds(int value) const {
        for (const auto& item : items)
            if (item.holds && item.holds(value)) return true;
        return false;
    }
    bool holds_on(year_month_day date, int value) const {
        for (const auto& item : items)
            if (item.holds_on && item.holds_on(date)) return true;
        return holds(value);
    }
};

int weekday_of(year_month_day date) {
    return static_cast<int>(weekday(sys_days(date)).c_encoding());
}

bool same_month(sys_days a, sys_days b) {
    return year_month_day(a).month() == year_month_day(b).month();
}

class Expression {
public:
    explicit Expression(std::mt19937_64& random) : random_(random) {
        fields_ = {field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6)};
        add_special_days();
        for (auto& one : fields_) {
            for (const auto& item : one.items)
                one.text += (one.text.empty() ? "" : ",") + item.text;
            one.starred = one.text.front() == '*';
        }
    }

    std::string text() const {
        std::string all;
        for (const auto& one : fields_)
            all += (all.empty() ? "" : " ") + one.text;
        return all;
    }

    bool names_day(year_month_day date) const {
        if (!fields_[3].holds(static_cast<int>(static_cast<unsigned>(date.month())))) return false;
        const bool day =
            fields_[2].holds_on(date, static_cast<int>(static_cast<unsigned>(date.day())));
        const bool name = fields_[4].holds_on(date, weekday_of(date));
        return fields_[2].starred || fields_[4].starred ? day && name : day || name;
    }

    bool names(WallTime time) const {
        const auto day = floor<days>(time);
        const auto minute = static_cast<int>(floor<minutes>(time - day).count());
        return names_day(day) && fields_[1].holds(minute / 60) && fields_[0].holds(minute % 60);
    }

private:
    int number(int min, int max) { return std::uniform_int_distribution<int>(min, max)(random_); }
    bool one_in(int count) { return number(1, count) == 1; }

    Item item(int min, int max) {
        const int kind = number(0, 4);
        const int from = number(min, max);
        const int to = number(from, max);
        if (kind == 0 || to - from < 2) {
            return {std::to_string(from), [from](int value) { return value == from; }};
        }
        const auto range = std::to_string(from) + "-" + std::to_string(to);
        if (kind == 1) return {range, [=](int value) { return value >= from && value <= to; }};
        if (kind == 2) {
            const int step = number(1, to - from);
            return {range + "/" + std::to_string(step), [=](int value) {
                        return value >= from && value <= to && (value - from) % step == 0;
                    }};
        }
        if (kind == 3) {
            const int step = number(1, max - min);
            return {"*/" + std::to_string(step),
                    [=](int value) { return (value - min) % step == 0; }};
        }
        return {"*", [](int) { return true; }};
    }

    Field field(int min, int max) {
        Field made;
        for (int i = number(1, 3); i > 0; --i)
            made.items.push_back(item(min, max));
        return made;
    }

    void add_special_days() {
        if (one_in(3)) {
            fields_[2].items.push_back({"L", {}, [](year_month_day date) {
                                            const sys_days day(date);
                                            return !same_month(day, day + days{1});
                                        }});
        }
        const std::array<std::string, 7> names{"sun", "MON", "tue", "Wed", "thu", "fri", "sat"};
        if (one_in(3)) {
            const int name = number(0, 6);
            fields_[4].items.push_back(
                {(one_in(2) ? names.at(static_cast<std::size_t>(name)) : std::to_string(name)) +
                     "L",
                 {},
                 [name](year_month_day date) {
                     const sys_days day(date);
                     return weekday_of(date) == name && !same_month(day, day + days{7});
                 }});
        }
        if (one_in(3)) {
            const int name = number(0, 6);
            const int which = number(1, 5);
            fields_[4].items.push_back(
                {names.at(static_cast<std::size_t>(name)) + "#" + std::to_string(which),
                 {},
                 [=](year_month_day date) {
                     int count = 0;
                     for (sys_days day(date); same_month(day, date); day -= days{1}) {
                         if (weekday_of(day) == name) ++count;
                     }
                     return weekday_of(date) == name && count == which;
                 }});
        }
    }

    std::mt19937_64& random_;
    std::vector<Field> fields_;
};

}  // namespace

TEST_CASE("a thousand random expressions mean what they say, on each day of two years",
          "[schedule]") {
    std::mt19937_64 random(1'234);
    int kept = 0;
    for (int i = 0; i < 1'000; ++i) {
        const Expression expression(random);
        const auto parsed = parse_cron(expression.text());
        INFO(expression.text() << ": " << (parsed.ok() ? "" : parsed.error().message));
        if (!parsed.ok()) {
            // The generator makes days that never come, and nothing else that is refused.
            REQUIRE(parsed.error().message.find("would never run") != std::string::npos);
            bool comes = false;
            for (sys_days day = 2027y / January / 1; day < sys_days(2068y / January / 1);
                 day += days{1})
                comes = comes || expression.names_day(day);
            CHECK_FALSE(comes);
            continue;
        }
        ++kept;
        std::string wrong;
        for (sys_days day = 2027y / January / 1; day < sys_days(2029y / January / 1);
             day += days{1}) {
            if (parsed.value().runs_on(day) != expression.names_day(day)) {
                const year_month_day date(day);
                wrong = std::to_string(static_cast<unsigned>(date.month())) + "-" +
                        std::to_string(static_cast<unsigned>(date.day()));
            }
        }
        CHECK(wrong == "");
    }
    CHECK(kept > 900);
}

TEST_CASE("the next run of a random expression is the first minute that a walk finds",
          "[schedule]") {
    std::mt19937_64 random(99);
    const auto utc = TimeZone::find("Etc/UTC").value();
    for (int i = 0; i < 300; ++i) {
        const Expression expression(random);
        const auto parsed = parse_cron(expression.text());
        if (!parsed.ok()) continue;
        const WallTime start = sys_days(2027y / January / 1) +
                               minutes(std::uniform_int_distribution<int>(0, 525'600)(random));
        const auto next = next_after(parsed.value(), utc, start);
        REQUIRE(next);
        INFO(expression.text());
        auto walked = start + minutes{1};
        while (walked < *next && !expression.names(walked)) {
            const auto day = floor<days>(walked);
            walked = expression.names_day(day) ? walked + minutes{1} : WallTime(day + days{1});
        }
        CHECK(walked == *next);
        CHECK(expression.names(*next));
    }
}
