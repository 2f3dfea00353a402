#include "bot/schedule/scheduler.hpp"

#include "bot/schedule/check.hpp"

#include <algorithm>
#include <utility>

namespace bot::schedule {

using resilience::Result;

Result<Scheduler> Scheduler::create(const std::vector<Spec>& specs, WallTime now) {
    Scheduler scheduler;
    std::string mistakes;
    std::vector<std::string> names;
    for (const auto& spec : specs) {
        if (std::find(names.begin(), names.end(), spec.name) != names.end()) {
            mistakes += "schedule " + spec.name + ": there are two of this name; rename one\n";
        }
        names.push_back(spec.name);
        const auto wrong = check(spec);
        for (const auto& mistake : wrong) {
            mistakes += "schedule " + spec.name + ": " + mistake.what + ". " + mistake.cure + '\n';
        }
        if (!wrong.empty()) continue;
        Status last;
        last.name = spec.name;
        Entry entry{spec,
                    parse_cron(spec.cron).value(),
                    TimeZone::find(spec.time_zone).value(),
                    now,
                    std::nullopt,
                    last};
        decide_until(entry, now);
        scheduler.entries_.push_back(std::move(entry));
    }
    if (!mistakes.empty()) {
        mistakes.pop_back();
        return resilience::permanent_error(mistakes);
    }
    return scheduler;
}

std::vector<Due> Scheduler::tick(WallTime now) {
    std::vector<Due> due;
    for (auto& entry : entries_) {
        if (auto run = tick_one(entry, now)) due.push_back(std::move(*run));
    }
    std::stable_sort(due.begin(), due.end(),
                     [](const Due& a, const Due& b) { return a.at < b.at; });
    return due;
}

void Scheduler::finished(std::string_view name, WallTime now, bool ok) {
    for (auto& entry : entries_) {
        if (entry.spec.name != name || !entry.last.running) continue;
        entry.last.running = false;
        entry.last.finished = now;
        entry.last.ok = ok;
    }
}

std::optional<WallTime> Scheduler::next_due() const {
    std::optional<WallTime> first;
    for (const auto& entry : entries_) {
        if (entry.last.running || !entry.next) continue;
        if (!first || *entry.next < *first) first = entry.next;
    }
    return first;
}

std::vector<Skipped> Scheduler::take_skipped() {
    return std::exchange(skipped_, {});
}

std::vector<Status> Scheduler::status() const {
    std::vector<Status> all;
    for (const auto& entry : entries_) {
        all.push_back(entry.last);
        all.back().next = entry.next;
    }
    return all;
}

void Scheduler::decide_until(Entry& entry, WallTime now) {
    entry.decided = now;
    entry.next = next_after(entry.cron, entry.zone, now);
}

std::optional<Due> Scheduler::tick_one(Entry& entry, WallTime now) {
    if (now + kClockStepMax < entry.decided) decide_until(entry, now);
    if (!entry.next || *entry.next > now) return std::nullopt;
    const bool skips = entry.spec.missed == Missed::kSkip;
    if (entry.last.running && !skips) return std::nullopt;  // it runs once this one has finished

    const auto latest = last_between(entry.cron, entry.zone, entry.decided, now).value_or(now);
    decide_until(entry, now);
    if (entry.last.running) {
        skipped_.push_back({entry.spec.name, latest, Skipped::Reason::kStillRunning});
        return std::nullopt;
    }
    const bool missed = now - latest > kLateMax;
    if (missed && skips) {
        skipped_.push_back({entry.spec.name, latest, Skipped::Reason::kMissed});
        return std::nullopt;
    }
    entry.last.running = true;
    entry.last.due = latest;
    entry.last.started = now;
    entry.last.finished.reset();
    entry.last.ok.reset();
    return Due{entry.spec.name, entry.spec.report, entry.spec.room, latest, missed};
}

}  // namespace bot::schedule
