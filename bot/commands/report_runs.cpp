// The command "report-runs".
#include "bot/commands/named.hpp"
#include "bot/commands/standard.hpp"
#include "bot/reports/run_text.hpp"
#include "bot/text/time_text.hpp"
#include "bot/text/utf8.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace bot::commands {
namespace {

using messaging::outbox::Millis;
using reports::Run;

constexpr std::size_t kListed = 10;
constexpr std::size_t kEchoMax = 40;
// Webex takes 7 439 bytes of text.
constexpr std::size_t kTextMax = 6'000;
constexpr const char* kRedrive = "redrive";

std::string no_such_run(const std::string& word) {
    const auto shown =
        text::is_utf8(word) ? text::escape_markdown(text::shorten(word, kEchoMax)) : "?";
    return "I know no run \"" + shown + "\"; `report-runs` lists those that I keep.";
}

std::optional<Run> find_run(const Services& services, const std::string& word) {
    for (const auto& run : services.report_runs()) {
        if (is_called(run, word)) return run;
    }
    return std::nullopt;
}

Millis now_of(const Services& services) {
    return resilience::since_epoch(services.clock.wall_now());
}

std::string group_of(const Run& run) {
    return to_string(messaging::outbox::DeliveryId{run.group});
}

// Empty where the configuration has no name for it.
std::string room_of(const Run& run, const Services& services) {
    if (run.room.rfind("room:", 0) != 0 || !services.room_name) return {};
    return services.room_name(run.room.substr(5));
}

std::string list_line(const Run& run, const Services& services) {
    const auto room = room_of(run, services);
    auto line = "- **" + text::escape_markdown(run.report) + "** " +
                std::string(to_string(outcome_of(run))) + ", " +
                counts_text(count(run, now_of(services))) + ", " +
                text::utc(std::chrono::system_clock::time_point(run.started));
    if (!room.empty()) line += ", in " + text::escape_markdown(room);
    return line + ": `" + group_of(run) + "`\n";
}

Reply list_runs(const Services& services) {
    auto runs = services.report_runs();
    if (runs.empty()) return say("No report of several parts was posted yet.");
    std::string markdown = "The last runs of reports, newest first:\n\n";
    std::reverse(runs.begin(), runs.end());
    runs.resize(std::min(runs.size(), kListed));
    for (const auto& run : runs)
        markdown += list_line(run, services);
    return say(markdown +
               "\n`report-runs RUN` tells what is missing and why, `report-runs RUN redrive` makes "
               "what has failed again.");
}

std::string as_code(const std::string& lines) {
    const auto shown = text::is_utf8(lines) ? text::shorten(lines, kTextMax / 4) : lines;
    std::string code = "```\n";
    for (std::size_t at = 0; at < shown.size();) {
        const auto end = std::min(shown.find('\n', at), shown.size());
        code += text::escape_code(std::string_view(shown).substr(at, end - at)) + "\n";
        at = end + 1;
    }
    return code + "```";
}

resilience::Result<std::string> redrive_question(const Invocation&,
                                                 const Arguments& arguments,
                                                 const Services& services) {
    if (arguments.text("what") != kRedrive || !services.report_runs) return std::string{};
    const auto run = find_run(services, arguments.text("run"));
    if (!run) return resilience::permanent_error(no_such_run(arguments.text("run")));
    const auto missing = count(*run, now_of(services)).missing;
    if (!is_over(*run) || missing == 0) return std::string{};  // the handler says so
    return "Make " + std::to_string(missing) + (missing == 1 ? " part" : " parts") +
           " of the report **" + text::escape_markdown(run->report) + "** again, into its room?";
}

Reply redrive(const Run& run, const Services& services) {
    if (!services.redrive_report) return refuse("I cannot make parts again here.");
    const auto redriven = services.redrive_report(run.id);
    if (!redriven.ok()) {
        return refuse("That cannot be done: " + text::escape_markdown(redriven.error().message) +
                      ".");
    }
    return say(std::to_string(redriven.value()) +
               (redriven.value() == 1 ? " part is" : " parts are") + " made again; `report-runs " +
               group_of(run) + "` tells how they stand.");
}

Reply report_runs(const Invocation&, const Arguments& arguments, const Services& services) {
    if (!services.report_runs) return refuse("I cannot look that up here.");
    if (!arguments.has("run")) return list_runs(services);
    auto run = find_run(services, arguments.text("run"));
    if (!run) return refuse(no_such_run(arguments.text("run")));
    if (arguments.text("what") == kRedrive) return redrive(*run, services);
    if (auto room = room_of(*run, services); !room.empty()) run->room = std::move(room);
    return say(as_code(run_text(*run, now_of(services))));
}

}  // namespace

Command report_runs_command() {
    return {.name = "report-runs",
            .summary = "Tells an admin how reports of several parts stand",
            .arguments = {{.name = "run", .help = "one run, as the list names it"},
                          {.name = "what",
                           .help = "tell how it stands, or make its failed parts again",
                           .type = ArgumentType::kChoice,
                           .fallback = "show",
                           .choices = {"show", kRedrive}}},
            .example = "report-runs 6H0BRCQYW0000 redrive",
            // Reasons name rooms and people, and what other services said.
            .audience = Audience::kAdmins,
            .confirm = redrive_question,
            .handler = report_runs};
}

}  // namespace bot::commands
