#include "bot/schedule/scheduler.hpp"

#include "bot/schedule/check.hpp"

#include <algorithm>
#include <utility>

namespace bot::schedule {

using resilience::Result;

Result<Scheduler> Scheduler::create(const std::vector<Spec>& specs, WallTime now) {
    Scheduler scheduler;
    std::string mistakes;
    for (const auto& spec : specs) {
        if (!scheduler.by_name_.emplace(spec.name, scheduler.entries_.size()).second) {
            mistakes += "schedule " + spec.name + ": there are two of this name; rename one\n";
        }
        const auto wrong = check(spec);
        for (const auto& mistake : wrong) {
            mistakes += "schedule " + spec.name + ": " + mistake.what + ". " + mistake.cure + '\n';
        }
        if (!wrong.empty()) continue;
        Status last;
        last.name = spec.name;
        Entry entry{spec, Timing::make(spec).value(), now, std::nullopt, std::nullopt, last};
        decide_until(entry, now);
        scheduler.entries_.push_back(std::move(entry));
    }
    if (!mistakes.empty()) {
        mistakes.pop_back();
        return resilience::permanent_error(mistakes);
    }
    return scheduler;
}

Scheduler::Entry* Scheduler::find(std::string_view name) {
    const auto found = by_name_.find(std::string(name));
    return found == by_name_.end() ? nullptr : &entries_[found->second];
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
    auto* entry = find(name);
    if (entry == nullptr || !entry->last.running) return;
    entry->last.running = false;
    entry->last.finished = now;
    entry->last.ok = ok;
    if (ok) entry->last.lacking.reset();
}

std::optional<WallTime> Scheduler::next_due() const {
    std::optional<WallTime> first;
    for (const auto& entry : entries_) {
        if (entry.last.running) continue;
        const auto next = entry.cut_off ? entry.last.due : entry.start;
        if (next && (!first || *next < *first)) first = next;
    }
    return first;
}

Result<Due> Scheduler::run_now(std::string_view name, WallTime now) {
    auto* entry = find(name);
    if (entry == nullptr) {
        return resilience::permanent_error("there is no schedule " + std::string(name));
    }
    if (entry->last.running) {
        return resilience::permanent_error("the last run of the schedule " + std::string(name) +
                                           " has not ended; wait for it");
    }
    // What is posted is known by this time, which is kept in milliseconds.
    return begin(*entry, std::chrono::floor<std::chrono::milliseconds>(now), now);
}

Result<resilience::Done> Scheduler::pause(std::string_view name, bool paused, WallTime now) {
    auto* entry = find(name);
    if (entry == nullptr) {
        return resilience::permanent_error("there is no schedule " + std::string(name));
    }
    if (entry->last.paused && !paused) decide_until(*entry, std::max(now, entry->decided));
    entry->last.paused = paused;
    if (paused) entry->last.lacking.reset();
    return resilience::Done{};
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

std::vector<Status> Scheduler::silent(WallTime now) const {
    std::vector<Status> all;
    for (const auto& entry : entries_) {
        const auto& lacking = entry.last.lacking;
        if (!lacking || entry.last.paused) continue;
        if (now - *lacking <= kSilentAfter + entry.spec.jitter) continue;
        all.push_back(entry.last);
        all.back().next = entry.next;
    }
    return all;
}

void Scheduler::decide_until(Entry& entry, WallTime now) {
    entry.decided = now;
    entry.next = entry.timing.next_after(now);
    entry.start.reset();
    if (entry.next) entry.start = entry.timing.start_of(*entry.next);
}

Due Scheduler::begin(Entry& entry, WallTime at, WallTime now) {
    entry.cut_off = false;
    entry.last.running = true;
    entry.last.due = at;
    entry.last.started = now;
    entry.last.finished.reset();
    entry.last.ok.reset();
    if (!entry.last.lacking) entry.last.lacking = at;
    return {.name = entry.spec.name,
            .report = entry.spec.report,
            .room = entry.spec.room,
            .at = at,
            .missed = now - at > kLateMax + entry.spec.jitter};
}

void Scheduler::skip(Entry& entry, WallTime at, Skipped::Reason reason) {
    skipped_.push_back({entry.spec.name, at, reason});
    if (reason != Skipped::Reason::kPaused && !entry.last.lacking) entry.last.lacking = at;
}

std::optional<Due> Scheduler::begin_again(Entry& entry, WallTime now) {
    entry.cut_off = false;
    const auto at = entry.last.due.value_or(now);
    const bool paused = entry.last.paused;
    if (paused || now - at > kResumeMax) {
        skip(entry, at, paused ? Skipped::Reason::kPaused : Skipped::Reason::kCutOff);
        entry.last.finished = now;
        entry.last.ok = false;
        return std::nullopt;
    }
    auto due = begin(entry, at, now);
    due.again = true;
    return due;
}

// The latest that has begun by now; all before it are decided with it.
std::optional<WallTime> Scheduler::latest_due(Entry& entry, WallTime now) {
    const auto& timing = entry.timing;
    auto latest = timing.last_between(entry.decided, now);
    while (latest && timing.start_of(*latest) > now)
        latest = timing.last_between(entry.decided, *latest - std::chrono::seconds{1});
    if (latest) decide_until(entry, *latest);
    return latest;
}

// The oldest that is not decided, of the last kMissedMax that have begun by now.
std::optional<WallTime> Scheduler::oldest_due(Entry& entry, WallTime now) {
    const auto& timing = entry.timing;
    const auto jitter = entry.spec.jitter;
    // What waits for its jitter, and all after it, is not due yet.
    auto until = now;
    auto run = timing.next_after(std::max(entry.decided, now - jitter - std::chrono::seconds{1}));
    for (; run && *run <= now; run = timing.next_after(*run)) {
        if (timing.start_of(*run) <= now) continue;
        until = *run - std::chrono::seconds{1};
        break;
    }
    auto kept = timing.last_runs(entry.decided, until, kMissedMax);
    const auto late = entry.spec.max_lateness;
    if (late.count() > 0) {
        std::erase_if(kept, [&](WallTime one) { return now - one > late + jitter; });
    }
    const auto dropped = timing.last_between(
        entry.decided, kept.empty() ? until : kept.front() - std::chrono::seconds{1});
    if (dropped) skip(entry, *dropped, Skipped::Reason::kTooLate);
    if (kept.empty()) {
        if (dropped) decide_until(entry, *dropped);
        return std::nullopt;
    }
    decide_until(entry, kept.front());
    return kept.front();
}

std::optional<Due> Scheduler::tick_one(Entry& entry, WallTime now) {
    if (now + kClockStepMax < entry.decided) decide_until(entry, now);
    if (entry.cut_off) return begin_again(entry, now);
    if (!entry.start || *entry.start > now) return std::nullopt;
    const auto missed = entry.spec.missed;
    if (entry.last.paused) {
        if (const auto latest = latest_due(entry, now)) {
            skip(entry, *latest, Skipped::Reason::kPaused);
        }
        return std::nullopt;
    }
    // What is made up for begins once this run has ended.
    if (entry.last.running && missed != Missed::kSkip) return std::nullopt;
    if (missed == Missed::kAll) {
        const auto oldest = oldest_due(entry, now);
        return oldest ? std::optional(begin(entry, *oldest, now)) : std::nullopt;
    }
    const auto latest = latest_due(entry, now);
    if (!latest) return std::nullopt;
    if (entry.last.running) {
        skip(entry, *latest, Skipped::Reason::kStillRunning);
        return std::nullopt;
    }
    const auto late = entry.spec.max_lateness;
    if (late.count() > 0 && now - *latest > late + entry.spec.jitter) {
        skip(entry, *latest, Skipped::Reason::kTooLate);
        return std::nullopt;
    }
    if (missed == Missed::kSkip && late.count() == 0 &&
        now - *latest > kLateMax + entry.spec.jitter) {
        skip(entry, *latest, Skipped::Reason::kMissed);
        return std::nullopt;
    }
    return begin(entry, *latest, now);
}

}  // namespace bot::schedule
