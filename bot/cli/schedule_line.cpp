// The command line of `stentor schedule`.
#include "bot/cli/line_parts.hpp"

#include <CLI/CLI.hpp>

#include <charconv>
#include <string>
#include <string_view>

namespace bot::cli {
namespace {

constexpr std::uint32_t kCountMax = 1'000;

// "2026-11-22".
std::optional<std::chrono::year_month_day> parse_day(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    const auto number = [text](std::size_t at, std::size_t length) {
        unsigned value = 0;
        const auto* begin = text.data() + at;
        const auto read = std::from_chars(begin, begin + length, value);
        return read.ptr == begin + length ? value : 0U;
    };
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(number(0, 4))),
                                           std::chrono::month(number(5, 2)),
                                           std::chrono::day(number(8, 2))};
    if (!date.ok() || number(0, 4) < 1970) return std::nullopt;
    return date;
}

CLI::App& add_change(CLI::App& schedule,
                     ScheduleOptions& options,
                     ScheduleRequest::Verb verb,
                     const std::string& text) {
    auto& one = *schedule.add_subcommand(std::string(to_string(verb)), text);
    one.add_option("name", options.request.name, "Name of the schedule")
        ->type_name("NAME")
        ->required();
    add_config(one, options.config);
    add_json(one, options.json);
    one.callback([&options, verb] { options.request.verb = verb; });
    return one;
}

}  // namespace

void add_schedule(CLI::App& app, ScheduleOptions& options) {
    auto& schedule = *app.add_subcommand("schedule", "When reports are posted by themselves");
    schedule.require_subcommand(1);
    auto& list = *schedule.add_subcommand("list", "How each schedule of the running bot stands");
    add_config(list, options.config);
    add_json(list, options.json);

    auto& next = *schedule.add_subcommand("next", "The next times; no bot has to run");
    next.add_option("name", options.name, "One schedule instead of all")->type_name("NAME");
    next.add_option("--count", options.count, "So many times of each")
        ->check(CLI::Range(1U, kCountMax))
        ->type_name("N")
        ->capture_default_str();
    add_config(next, options.config);
    next.callback([&options] { options.ask = ScheduleOptions::Ask::kNext; });

    auto& explain = *schedule.add_subcommand(
        "explain", "Why there are runs on a date, or none; no bot has to run");
    explain
        .add_option_function<std::string>(
            "date",
            [&options](const std::string& text) {
                options.date = parse_day(text).value_or(std::chrono::year_month_day{});
            },
            "A date such as 2026-11-22, in each schedule's zone")
        ->type_name("DATE")
        ->required()
        ->check([](const std::string& text) {
            return parse_day(text) ? std::string() : text + " is no date such as 2026-11-22";
        });
    explain.add_option("name", options.name, "One schedule instead of all")->type_name("NAME");
    add_config(explain, options.config);
    explain.callback([&options] { options.ask = ScheduleOptions::Ask::kExplain; });

    using Verb = ScheduleRequest::Verb;
    add_change(schedule, options, Verb::kRun, "Begin a run now, beside its times");
    add_change(schedule, options, Verb::kPause, "Begin no runs until it is resumed");
    add_change(schedule, options, Verb::kResume, "Begin runs again; missed ones are left");
}

}  // namespace bot::cli
