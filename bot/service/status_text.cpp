#include "bot/service/status_text.hpp"

#include "bot/text/markdown.hpp"
#include "bot/text/time_text.hpp"

#include <algorithm>

namespace bot::service {

namespace {

std::string queue_line(const cli::StatusReport& report) {
    std::string line = "- Outbox: " + std::to_string(report.pending) + " waiting, " +
                       std::to_string(report.sending) + " being sent, " +
                       std::to_string(report.uncertain) + " uncertain, " +
                       std::to_string(report.delivered) + " delivered, " +
                       std::to_string(report.dead) + " not delivered";
    if (report.pending > 0) line += "; the oldest waits for " + text::duration(report.oldest);
    return line + "\n";
}

}  // namespace

std::string status_text(const ControlParts& parts, const Timetable& timetable) {
    const auto made = status_of(parts, parts.started);
    if (!made.ok())
        return "I cannot read my outbox: " + text::escape_markdown(made.error().message);
    const auto& report = made.value();
    std::string said =
        report.held ? "**Sending is held**: " + text::escape_markdown(report.hold_reason) + "\n\n"
                    : "**All is well.**\n\n";
    said += "- Stentor " + report.version + ", up for " + text::duration(report.uptime) + "\n";
    said += queue_line(report);
    said += "- Hearing: " + text::escape_markdown(report.receiving) + "\n";
    auto schedules = timetable.status();
    std::erase_if(schedules, [](const auto& one) { return !one.next; });
    std::sort(schedules.begin(), schedules.end(),
              [](const auto& a, const auto& b) { return *a.next < *b.next; });
    if (!schedules.empty()) {
        said += "- Next report: " + text::escape_markdown(schedules.front().name) + " at " +
                text::utc(*schedules.front().next) + "\n";
    }
    return said;
}

}  // namespace bot::service
