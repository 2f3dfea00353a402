#include "bot/schedule/cron.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace bot::schedule {
namespace {

using resilience::Error;
using resilience::Result;

constexpr std::size_t kLengthMax = 1000;  // a list of all minutes has 169 characters

constexpr std::array<std::string_view, 12> kMonths{"jan", "feb", "mar", "apr", "may", "jun",
                                                   "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays{"sun", "mon", "tue", "wed",
                                                    "thu", "fri", "sat"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kShorthands{
    {{"@hourly", "0 * * * *"},
     {"@daily", "0 0 * * *"},
     {"@midnight", "0 0 * * *"},
     {"@weekly", "0 0 * * 0"},
     {"@monthly", "0 0 1 * *"},
     {"@yearly", "0 0 1 1 *"},
     {"@annually", "0 0 1 1 *"}}};

struct Field {
    std::string_view name;
    int min = 0;
    int max = 0;
    std::span<const std::string_view> words = {};  ///< The first stands for `min`.
};

constexpr std::size_t kFieldCount = 5;
constexpr std::array<Field, kFieldCount> kFields{{{"minute", 0, 59},
                                                  {"hour", 0, 23},
                                                  {"day-of-month", 1, 31},
                                                  {"month", 1, 12, kMonths},
                                                  {"day-of-week", 0, 7, kWeekdays}}};

constexpr std::size_t kDayField = 2;
constexpr std::size_t kWeekdayField = 4;

using Values = std::bitset<60>;

struct Range {
    int from = 0;
    int to = 0;
};

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
}

/// What is wrong, quoting no more of the input than a line can bear.
std::string quoted(std::string_view text) {
    constexpr std::size_t kShown = 60;
    return '"' + std::string(text.substr(0, kShown)) + (text.size() > kShown ? "…\"" : "\"");
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
    std::vector<std::string_view> parts;
    while (true) {
        const auto end = text.find_first_of(separators);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

std::string expected(const Field& field) {
    std::string text =
        "a number from " + std::to_string(field.min) + " to " + std::to_string(field.max);
    if (!field.words.empty()) {
        text += " or a name, " + std::string(field.words.front()) + " to " +
                std::string(field.words.back());
    }
    return text;
}

/// One field of one expression; each reader gives the value or what to complain about.
class FieldReader {
public:
    explicit FieldReader(const Field& field) : field_(field) {}

    Result<Values> read(std::string_view text) const {
        Values values;
        for (const auto item : split(text, ",")) {
            auto read = read_item(item);
            if (!read.ok()) return std::move(read).error();
            values |= read.value();
        }
        return values;
    }

    /// A number or a name of this field.
    std::optional<int> value_of(std::string_view text) const { return read_value(text); }

private:
    Error wrong(const std::string& what) const {
        return resilience::permanent_error(std::string(field_.name) + " " + what);
    }

    Result<Values> read_item(std::string_view item) const {
        if (item.empty()) return wrong("has an empty item; write " + expected(field_));
        const auto slash = item.find('/');
        const auto body = item.substr(0, slash);
        auto range = read_range(body);
        if (!range.ok()) return std::move(range).error();
        int step = 1;
        if (slash != std::string_view::npos) {
            auto read = read_step(item.substr(slash + 1), body, range.value());
            if (!read.ok()) return std::move(read).error();
            step = read.value();
        }
        Values values;
        for (int value = range.value().from; value <= range.value().to; value += step)
            values.set(static_cast<std::size_t>(value));
        return values;
    }

    Result<Range> read_range(std::string_view text) const {
        // Sunday has two numbers; `*` and steps over it must not see it twice.
        if (text == "*") return Range{field_.min, field_.max == 7 ? 6 : field_.max};
        const auto dash = text.find('-');
        const auto from = read_value(text.substr(0, dash));
        auto to = from;
        if (dash != std::string_view::npos) to = read_value(text.substr(dash + 1));
        if (!from || !to) return wrong(quoted(text) + " is not " + expected(field_));
        // "fri-sun" is meant as the three days it says.
        if (field_.max == 7 && dash != std::string_view::npos && *to == 0 && *from > 0) to = 7;
        if (*from > *to) {
            return wrong(quoted(text) + " ends before it starts; write it as two ranges, " +
                         std::to_string(*from) + "-" + std::to_string(field_.max) + "," +
                         std::to_string(field_.min) + "-" + std::to_string(*to));
        }
        return Range{*from, *to};
    }

    Result<int> read_step(std::string_view text, std::string_view body, Range range) const {
        if (body != "*" && body.find('-') == std::string_view::npos) {
            return wrong("\"" + std::string(body) + "/" + std::string(text.substr(0, 4)) +
                         "\" has a step without a range; write " + std::string(body) + "-" +
                         std::to_string(field_.max) + "/" + std::string(text.substr(0, 4)));
        }
        const auto step = number(text);
        if (!step || *step < 1) {
            return wrong("step " + quoted(text) + " is not a number from 1 on");
        }
        if (*step > range.to - range.from) {
            return wrong("step " + quoted(text) +
                         " is longer than its range and would match only " +
                         std::to_string(range.from) + "; write that if it is meant");
        }
        return *step;
    }

    std::optional<int> read_value(std::string_view text) const {
        const auto word = std::find(field_.words.begin(), field_.words.end(), lower(text));
        if (word != field_.words.end()) {
            return field_.min + static_cast<int>(word - field_.words.begin());
        }
        const auto value = number(text);
        if (!value || *value < field_.min || *value > field_.max) return std::nullopt;
        return value;
    }

    static std::optional<int> number(std::string_view text) {
        int value = 0;
        const auto* end = text.data() + text.size();
        const auto [rest, error] = std::from_chars(text.data(), end, value);
        const bool digit = !text.empty() && text.front() >= '0' && text.front() <= '9';
        if (error != std::errc() || rest != end || !digit) return std::nullopt;
        return value;
    }

    const Field& field_;
};

/// A day field without what names days by the end or the weeks of the month, which is in `cron`.
class SpecialDays {
public:
    SpecialDays(const Field& field, Cron& cron) : field_(field), cron_(cron) {}

    /// The items that are left, as a list.
    Result<std::string> take(std::string_view text) const {
        std::string rest;
        for (const auto item : split(text, ",")) {
            const auto taken = item.empty() ? Result<bool>(false) : take_item(item);
            if (!taken.ok()) return taken.error();
            if (taken.value()) continue;
            rest += (rest.empty() ? "" : ",") + std::string(item);
            if (item.empty()) rest += ',';  // is complained about where lists are read
        }
        return rest;
    }

private:
    bool is_weekday() const { return field_.max == 7; }

    Error wrong(const std::string& what) const {
        return resilience::permanent_error(std::string(field_.name) + " " + what);
    }

    Result<bool> take_item(std::string_view item) const {
        const auto hash = item.find('#');
        const bool last = item.back() == 'L' || item.back() == 'l';  // no weekday's name does
        if (hash == std::string_view::npos && !last) return false;
        if (!is_weekday()) {
            if (item != "L" && item != "l") {
                return wrong(quoted(item) + " is not understood; L alone is the last day of the " +
                             "month, the last Friday is friL in the field day-of-week");
            }
            cron_.last_day = true;
            return true;
        }
        if (item.size() == 1) {
            return wrong(
                "\"L\" names no weekday; write friL for the last Friday of the month, or "
                "L in the field day-of-month for its last day");
        }
        const auto name =
            hash == std::string_view::npos ? item.substr(0, item.size() - 1) : item.substr(0, hash);
        const auto day = FieldReader(field_).value_of(name);
        if (!day)
            return wrong(quoted(name) + " in " + quoted(item) + " is not " + expected(field_));
        const auto weekday = static_cast<std::size_t>(*day % 7);
        if (hash == std::string_view::npos) {
            cron_.last_weekdays.set(weekday);
            return true;
        }
        const auto which = item.substr(hash + 1);
        if (which.size() != 1 || which.front() < '1' || which.front() > '5') {
            return wrong(quoted(item) + ": a month has a first to a fifth weekday; write " +
                         std::string(name.substr(0, 3)) + "#1 to " +
                         std::string(name.substr(0, 3)) + "#5, or " +
                         std::string(name.substr(0, 3)) + "L for the last");
        }
        cron_.nth_weekdays.at(static_cast<std::size_t>(which.front() - '1')).set(weekday);
        return true;
    }

    const Field& field_;
    Cron& cron_;
};

template <std::size_t N>
std::bitset<N> narrowed(const Values& values) {
    std::bitset<N> out;
    for (std::size_t i = 0; i < N && i < values.size(); ++i)
        out[i] = values[i];
    return out;
}

bool some_day_exists(const Cron& cron) {
    if (!cron.day_starred && !cron.weekday_starred) return true;  // a weekday is enough
    if (cron.last_day) return true;
    constexpr std::array<std::size_t, 13> kLongest{0,  31, 29, 31, 30, 31, 30,
                                                   31, 31, 30, 31, 30, 31};
    for (std::size_t month = 1; month < kLongest.size(); ++month) {
        for (std::size_t day = 1; cron.months[month] && day <= kLongest[month]; ++day) {
            if (cron.days[day]) return true;
        }
    }
    return false;
}

/// Whether any day is named. A weekday on 29 February comes after 40 years at most.
bool some_day_is_named(const Cron& cron) {
    const std::chrono::sys_days begin = std::chrono::year{2000} / 1 / 1;
    for (auto day = begin; day < begin + std::chrono::days{41 * 366}; day += std::chrono::days{1}) {
        if (cron.runs_on(day)) return true;
    }
    return false;
}

Result<Cron> parse_fields(std::string_view text) {
    auto fields = split(text, " \t");
    std::erase(fields, std::string_view());
    if (fields.size() != kFieldCount) {
        return resilience::permanent_error(
            "has " + std::to_string(fields.size()) +
            " fields, not five: minute hour day-of-month month day-of-week");
    }
    Cron cron;
    std::array<Values, kFieldCount> values;
    for (std::size_t i = 0; i < kFieldCount; ++i) {
        std::string field(fields[i]);
        if (i == kDayField || i == kWeekdayField) {
            auto rest = SpecialDays(kFields[i], cron).take(field);
            if (!rest.ok()) return std::move(rest).error();
            if (rest.value().empty()) continue;
            field = std::move(rest).value();
        }
        auto read = FieldReader(kFields[i]).read(field);
        if (!read.ok()) return std::move(read).error();
        values[i] = read.value();
    }
    if (values[4][7]) values[4].set(0);  // both are Sunday
    cron.minutes = values[0];
    cron.hours = narrowed<24>(values[1]);
    cron.days = narrowed<32>(values[2]);
    cron.months = narrowed<13>(values[3]);
    cron.weekdays = narrowed<7>(values[4]);
    cron.day_starred = fields[2].front() == '*';
    cron.weekday_starred = fields[4].front() == '*';
    if (!some_day_exists(cron)) {
        return resilience::permanent_error("day-of-month " + quoted(fields[2]) +
                                           " does not exist in month " + quoted(fields[3]) +
                                           ", so it would never run");
    }
    if (!some_day_is_named(cron)) {
        return resilience::permanent_error(
            "day-of-month " + quoted(fields[2]) + " and day-of-week " + quoted(fields[4]) +
            " never fall on the same day in month " + quoted(fields[3]) +
            ", so it would never run; both must match where one begins with *");
    }
    return cron;
}

Result<Cron> parse_shorthand(std::string_view text) {
    std::string all;
    for (const auto& [name, fields] : kShorthands) {
        if (lower(text) == name) return parse_fields(fields);
        all += (all.empty() ? "" : ", ") + std::string(name);
    }
    return resilience::permanent_error("is not one of " + all);
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlanks = " \t";
    const auto start = text.find_first_not_of(kBlanks);
    if (start == std::string_view::npos) return {};
    return text.substr(start, text.find_last_not_of(kBlanks) - start + 1);
}

}  // namespace

bool Cron::runs_on(std::chrono::year_month_day date) const {
    if (!months[static_cast<unsigned>(date.month())]) return false;
    const auto number = static_cast<unsigned>(date.day());
    const auto length =
        static_cast<unsigned>((date.year() / date.month() / std::chrono::last).day());
    const auto name = std::chrono::weekday(std::chrono::sys_days(date)).c_encoding();
    const bool day = days[number] || (last_day && number == length);
    const bool weekday = weekdays[name] || (last_weekdays[name] && number + 7 > length) ||
                         nth_weekdays[(number - 1) / 7][name];
    return day_starred || weekday_starred ? day && weekday : day || weekday;
}

Result<Cron> parse_cron(std::string_view text) {
    text = trimmed(text);
    if (text.empty()) {
        return resilience::permanent_error(
            "cron expression is empty; write five fields, minute hour day-of-month month "
            "day-of-week, such as \"0 8 * * mon-fri\"");
    }
    if (text.size() > kLengthMax) {
        return resilience::permanent_error("cron expression is longer than " +
                                           std::to_string(kLengthMax) + " characters");
    }
    auto parsed = text.front() == '@' ? parse_shorthand(text) : parse_fields(text);
    if (parsed.ok()) return parsed;
    return resilience::permanent_error("cron expression " + quoted(text) + ": " +
                                       parsed.error().message);
}

}  // namespace bot::schedule
