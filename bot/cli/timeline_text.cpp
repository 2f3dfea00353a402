#include "bot/cli/timeline_text.hpp"

#include <array>
#include <cstdint>
#include <cstdio>

namespace bot::cli {

namespace outbox = messaging::outbox;
using messaging::outbox::Millis;
using std::chrono::seconds;

namespace {

// Details quote what other services said; none of it may end a line or command a terminal.
std::string one_line(std::string text) {
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < 0x20U || c == '\x7f') c = ' ';
    }
    return text;
}

std::string entry_line(const outbox::JournalEntry& entry) {
    std::string line = "  " + moment(entry.time) + "  " + std::string(to_string(entry.to));
    if (entry.reason != outbox::DeadReason::kNone) {
        line += " (" + std::string(to_string(entry.reason)) + ")";
    }
    if (entry.attempt > 0) line += "  attempt " + std::to_string(entry.attempt);
    if (entry.note.status != 0) line += "  HTTP " + std::to_string(entry.note.status);
    if (!entry.note.rule.empty()) line += "  rule " + entry.note.rule;
    if (entry.next.count() > 0) {
        line += "  next " + moment(entry.next);
        const auto wait = std::chrono::duration_cast<seconds>(entry.next - entry.time);
        if (wait.count() > 0) line += " (in " + span(wait) + ")";
    }
    if (!entry.note.tracking_id.empty()) line += "  tracking " + entry.note.tracking_id;
    if (!entry.note.detail.empty()) line += "  " + one_line(entry.note.detail);
    return line + "\n";
}

std::string policy_line(const outbox::Delivery& delivery) {
    std::string line = "  policy   " + std::string(to_string(delivery.policy)) + ", priority " +
                       std::string(to_string(delivery.priority));
    if (delivery.max_attempts > 0) {
        line += ", at most " + std::to_string(delivery.max_attempts) + " attempts";
    }
    if (delivery.repeats > 0) {
        line += ", sent again " + std::to_string(delivery.repeats) + "x after an open outcome";
    }
    return line + "\n";
}

}  // namespace

std::string moment(Millis since_epoch) {
    const std::chrono::sys_time<Millis> time{since_epoch};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{time - day};
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02u %02d:%02d:%02d.%03dZ",
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                  static_cast<int>(clock.minutes().count()),
                  static_cast<int>(clock.seconds().count()),
                  static_cast<int>(clock.subseconds().count()));
    return text.data();
}

std::string span(seconds time) {
    struct Unit {
        const char* name;
        std::int64_t size;
    };
    constexpr std::array<Unit, 4> kUnits{{{"d", 86'400}, {"h", 3600}, {"min", 60}, {"s", 1}}};
    auto left = time.count();
    for (std::size_t i = 0; i < kUnits.size(); ++i) {
        const auto& unit = kUnits.at(i);
        if (left < unit.size && i + 1 < kUnits.size()) continue;
        auto text = std::to_string(left / unit.size) + " " + unit.name;
        if (i + 1 == kUnits.size()) return text;
        const auto& next = kUnits.at(i + 1);
        return text + " " + std::to_string(left % unit.size / next.size) + " " + next.name;
    }
    return {};
}

std::string timeline_text(const Timeline& timeline) {
    const auto& delivery = timeline.delivery;
    std::string text =
        "delivery " + to_string(delivery.id) + ": " + std::string(to_string(delivery.state));
    if (delivery.reason != outbox::DeadReason::kNone) {
        text += " (" + std::string(to_string(delivery.reason)) + ")";
    }
    if (delivery.confirmed_late) text += " (confirmed late)";
    if (delivery.held) text += ", held";
    text += " after " + std::to_string(delivery.attempts) +
            (delivery.attempts == 1 ? " attempt" : " attempts") + "\n  to       " +
            delivery.destination + "\n";
    if (!delivery.origin.empty()) text += "  from     " + one_line(delivery.origin) + "\n";
    if (delivery.group != 0) {
        text += "  group    " + to_string(outbox::DeliveryId{delivery.group}) + "\n";
    }
    text += policy_line(delivery);
    if (!delivery.message_id.empty()) text += "  message  " + delivery.message_id + "\n";
    text += "  accepted " + moment(delivery.accepted) + "\n  deadline " +
            moment(delivery.deadline) + "\n";
    if (delivery.state == outbox::State::kPending && delivery.due.count() > 0) {
        text += "  next     not before " + moment(delivery.due) + "\n";
    }
    for (const auto& entry : timeline.journal)
        text += entry_line(entry);
    return text;
}

}  // namespace bot::cli
