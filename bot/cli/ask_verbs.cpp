#include "bot/cli/control_client.hpp"
#include "bot/cli/exit_code.hpp"
#include "bot/cli/unix_http.hpp"
#include "bot/cli/verbs.hpp"

#include <array>
#include <cstdio>
#include <ostream>
#include <string>

namespace bot::cli {

namespace outbox = messaging::outbox;
using messaging::outbox::Millis;
using std::chrono::seconds;

namespace {

// "2026-11-22 17:21:52.123Z".
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

// "3 d 4 h", "5 min 6 s": the two largest units.
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

int complain(const char* verb,
             const resilience::Error& error,
             const std::string& state_dir,
             std::ostream& err) {
    err << "stentor " << verb << ": ";
    if (error.rule == kNoOwner) {
        err << "no bot runs with the state folder " << state_dir
            << "; start one with `stentor serve`, or name its folder with --state-dir\n";
    } else {
        err << error.message << "\n";
    }
    return kExitUnavailable;
}

void print(const StatusReport& status, std::ostream& out) {
    out << "stentor " << status.version << ", up " << span(status.uptime) << ", "
        << (status.account.empty() ? "account not verified yet" : status.account) << "\n"
        << "sending    " << (status.held ? "on hold: " + status.hold_reason : "running") << "\n"
        << "receiving  " << status.receiving << "\n"
        << "outbox     " << status.pending << " pending";
    if (status.pending > 0) out << " (oldest " << span(status.oldest) << ")";
    out << ", " << status.sending << " sending, " << status.uncertain << " uncertain, "
        << status.delivered << " delivered, " << status.dead << " dead\n";
}

void print(const outbox::JournalEntry& entry, std::ostream& out) {
    out << "  " << moment(entry.time) << "  " << to_string(entry.to);
    if (entry.reason != outbox::DeadReason::kNone) out << " (" << to_string(entry.reason) << ")";
    if (entry.attempt > 0) out << "  attempt " << entry.attempt;
    if (entry.note.status != 0) out << "  HTTP " << entry.note.status;
    if (!entry.note.rule.empty()) out << "  rule " << entry.note.rule;
    if (entry.next.count() > 0) out << "  next " << moment(entry.next);
    if (!entry.note.tracking_id.empty()) out << "  tracking " << entry.note.tracking_id;
    if (!entry.note.detail.empty()) out << "  " << entry.note.detail;
    out << "\n";
}

void print(const Timeline& timeline, std::ostream& out) {
    const auto& delivery = timeline.delivery;
    out << "delivery " << outbox::to_string(delivery.id) << ": " << to_string(delivery.state);
    if (delivery.reason != outbox::DeadReason::kNone) {
        out << " (" << to_string(delivery.reason) << ")";
    }
    if (delivery.confirmed_late) out << " (confirmed late)";
    if (delivery.held) out << ", held";
    out << " after " << delivery.attempts << (delivery.attempts == 1 ? " attempt" : " attempts")
        << "\n  to       " << delivery.destination << "\n";
    if (!delivery.origin.empty()) out << "  from     " << delivery.origin << "\n";
    if (!delivery.message_id.empty()) out << "  message  " << delivery.message_id << "\n";
    out << "  accepted " << moment(delivery.accepted) << "\n"
        << "  deadline " << moment(delivery.deadline) << "\n";
    for (const auto& entry : timeline.journal)
        print(entry, out);
}

}  // namespace

int run_status(const StatusOptions& options, const Terminal& terminal, const World& world) {
    const auto config = load_or_complain(options.config, world, terminal.err);
    if (!config) return kExitConfig;
    const auto status = ControlClient(config->state_dir, world.clock).status();
    if (!status.ok()) return complain("status", status.error(), config->state_dir, terminal.err);
    if (options.json) {
        terminal.out << to_json(status.value()) << "\n";
    } else {
        print(status.value(), terminal.out);
    }
    return kExitOk;
}

int run_why(const WhyOptions& options, const Terminal& terminal, const World& world) {
    const auto config = load_or_complain(options.config, world, terminal.err);
    if (!config) return kExitConfig;
    const auto timeline = ControlClient(config->state_dir, world.clock).timeline(options.id);
    if (!timeline.ok()) return complain("why", timeline.error(), config->state_dir, terminal.err);
    if (!timeline.value()) {
        terminal.err << "stentor why: there is no delivery " << outbox::to_string(options.id)
                     << " in " << config->state_dir << "; ended ones are kept for a while only\n";
        return kExitFailed;
    }
    if (options.json) {
        terminal.out << to_json(*timeline.value()) << "\n";
    } else {
        print(*timeline.value(), terminal.out);
    }
    return kExitOk;
}

}  // namespace bot::cli
