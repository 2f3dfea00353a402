#include "bot/reports/run_text.hpp"

#include "bot/text/time_text.hpp"
#include "bot/text/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace bot::reports {
namespace {

using messaging::outbox::Millis;

// Reasons quote what other services said; none of it may end a line or command a terminal.
std::string one_line(std::string text) {
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < 0x20U || c == '\x7f') c = ' ';
    }
    return text;
}

std::string wide(std::string text, std::size_t width) {
    const auto length = text::is_utf8(text) ? text::length(text) : text.size();
    if (length < width) text.append(width - length, ' ');
    return text;
}

std::string began(const Run& run) {
    return text::utc(std::chrono::system_clock::time_point(run.started));
}

std::string asker(const Run& run) {
    if (run.who.empty()) return run.origin;
    return run.origin.empty() ? run.who : run.origin + " of " + run.who;
}

std::string group_of(const Run& run) {
    return to_string(messaging::outbox::DeliveryId{run.group});
}

constexpr std::size_t kColumns = 6;
using Row = std::array<std::string, kColumns>;

Row run_row_of(const Run& run, Millis now) {
    return {began(run),
            std::string(to_string(outcome_of(run))),
            one_line(run.report),
            counts_text(count(run, now)),
            group_of(run),
            one_line(run.room + (asker(run).empty() ? "" : "  by " + asker(run)))};
}

std::string part_line(const PartRun& part, std::size_t number) {
    auto line = "  " + wide(std::to_string(number), 4) +
                wide(std::string(to_string(part.state)), 10) + one_line(part.name);
    if (part.round > 0) line += " (round " + std::to_string(part.round + 1) + ")";
    if (!part.reason.empty()) line += ": " + one_line(part.reason);
    return line + "\n";
}

}  // namespace

std::string runs_table(const std::vector<Run>& runs, Millis now) {
    std::vector<Row> rows;
    std::array<std::size_t, kColumns> widths{};
    for (const auto& run : runs) {
        const auto& row = rows.emplace_back(run_row_of(run, now));
        for (std::size_t i = 0; i < kColumns; ++i)
            widths.at(i) = std::max(widths.at(i), text::is_utf8(row.at(i)) ? text::length(row.at(i))
                                                                           : row.at(i).size());
    }
    std::string table;
    for (const auto& row : rows) {
        for (std::size_t i = 0; i + 1 < kColumns; ++i)
            table += wide(row.at(i), widths.at(i)) + "  ";
        table += row.back() + "\n";
    }
    return table;
}

std::string run_text(const Run& run, Millis now) {
    auto text = one_line(run.report) + ": " + std::string(to_string(outcome_of(run))) + ", " +
                counts_text(count(run, now)) + "\n";
    text += "  run     " + one_line(run.id) + "\n";
    text += "  group   " + group_of(run) + "\n";
    text += "  room    " + one_line(run.room) + "\n";
    text += "  began   " + began(run) + (asker(run).empty() ? "" : ", by " + one_line(asker(run))) +
            "\n";
    if (run.redriven > 0) {
        text += "  made    " + std::to_string(run.redriven + 1) + " times: failed parts again\n";
    }
    text += "parts\n";
    std::size_t number = 0;
    for (const auto& part : run.parts)
        text += part_line(part, ++number);
    return text;
}

}  // namespace bot::reports
