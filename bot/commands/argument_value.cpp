#include "bot/commands/argument_value.hpp"

#include <charconv>
#include <system_error>

namespace bot::commands {

namespace {

constexpr std::int64_t kLongest = 10LL * 366 * 86'400;

// Digits alone, all of the text.
std::optional<std::int64_t> parse_digits(std::string_view text) {
    std::int64_t number = 0;
    const auto* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (text.empty() || text.front() == '-' || error != std::errc{} || rest != end) {
        return std::nullopt;
    }
    return number;
}

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    const auto digits = parse_digits(text);
    if (!digits) return std::nullopt;
    return negative ? -*digits : *digits;
}

std::optional<std::chrono::sys_days> parse_date(std::string_view text,
                                                std::chrono::sys_days today) {
    if (text == "today") return today;
    if (text == "yesterday") return today - std::chrono::days{1};
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    const auto year = parse_digits(text.substr(0, 4));
    const auto month = parse_digits(text.substr(5, 2));
    const auto day = parse_digits(text.substr(8, 2));
    if (!year || !month || !day) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(*year)},
                                           std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days{date};
}

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
    if (text.empty()) return std::nullopt;
    std::int64_t unit = 0;
    switch (text.back()) {
        case 's':
            unit = 1;
            break;
        case 'm':
            unit = 60;
            break;
        case 'h':
            unit = 3'600;
            break;
        case 'd':
            unit = 86'400;
            break;
        case 'w':
            unit = 7 * 86'400;
            break;
        default:
            return std::nullopt;
    }
    const auto number = parse_digits(text.substr(0, text.size() - 1));
    if (!number || *number > kLongest / unit) return std::nullopt;
    return std::chrono::seconds{*number * unit};
}

}  // namespace bot::commands
