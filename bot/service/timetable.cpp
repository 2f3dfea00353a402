#include "bot/service/timetable.hpp"

#include "bot/log/log.hpp"
#include "bot/service/report_rooms.hpp"
#include "bot/text/markdown.hpp"
#include "bot/text/time_text.hpp"

#include <algorithm>
#include <utility>

namespace bot::service {

namespace {

constexpr const char* kScheduleState = "schedules";
constexpr auto kTimetableRest = std::chrono::seconds{30};  // the wall clock may be set
// A report that takes longer than this hangs: drawing is cut off after ten seconds.
constexpr auto kReportTime = std::chrono::seconds{60};

}  // namespace

Timetable::Timetable(Parts parts, schedule::Scheduler scheduler)
    : parts_(std::move(parts)), scheduler_(std::move(scheduler)) {}

void Timetable::run(const std::stop_token& stop) {
    restore();
    while (!stop.stop_requested()) {
        const auto rest = look();
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, stop, rest, [this] { return changed_; });
        changed_ = false;
    }
}

std::chrono::milliseconds Timetable::look() {
    std::vector<schedule::Due> due;
    auto rest = std::chrono::milliseconds{kTimetableRest};
    {
        const std::scoped_lock lock(mutex_);
        const auto now = parts_.clock.wall_now();
        due = scheduler_.tick(now);
        if (const auto next = scheduler_.next_due()) {
            rest = std::clamp(std::chrono::ceil<std::chrono::milliseconds>(*next - now),
                              std::chrono::milliseconds{0}, rest);
        }
    }
    tell_skipped();
    tell_silent();
    if (due.empty()) return rest;
    store_state();
    for (const auto& one : due)
        start(one);
    return std::chrono::milliseconds{0};
}

void Timetable::restore() {
    const auto stored = parts_.outbox.read(
        [](messaging::outbox::Store& store) { return store.setting(kScheduleState); });
    if (!stored.ok() || stored.value().empty()) return;
    const std::scoped_lock lock(mutex_);
    const auto taken = scheduler_.restore(stored.value(), parts_.clock.wall_now());
    if (!taken.ok()) {
        log::warn("the state of the schedules cannot be used; they count from now",
                  {{"why", taken.error().message}});
    }
}

void Timetable::start(const schedule::Due& due) {
    ledger_.begin(due, parts_.rooms);
    const bool queued = parts_.pool.submit(
        {.room = "schedule " + due.name,
         .run = [this, due](commands::Turn& turn) { work(due, turn); },
         .failed =
             [this, due](const std::string& what) {
                 log::error("a scheduled report failed", {{"schedule", due.name}, {"why", what}});
                 apologise(due, "Something went wrong with it");
                 finished(due.name, false);
             }});
    if (queued) return;
    log::error("a scheduled report found no place in the queue", {{"schedule", due.name}});
    apologise(due, "Too much else was waiting");
    finished(due.name, false);
}

resilience::Result<resilience::Done> Timetable::run_now(const std::string& name) {
    const auto due = [&] {
        const std::scoped_lock lock(mutex_);
        return scheduler_.run_now(name, parts_.clock.wall_now());
    }();
    if (!due.ok()) return due.error();
    store_state();
    start(due.value());
    return resilience::Done{};
}

resilience::Result<resilience::Done> Timetable::pause(const std::string& name, bool paused) {
    {
        const std::scoped_lock lock(mutex_);
        auto done = scheduler_.pause(name, paused, parts_.clock.wall_now());
        if (!done.ok()) return done;
        changed_ = true;
    }
    wake_.notify_all();
    log::info(paused ? "schedule paused" : "schedule resumed", {{"schedule", name}});
    store_state();
    return resilience::Done{};
}

void Timetable::work(const schedule::Due& due, commands::Turn& turn) {
    if (has_parts(due.report)) {
        post_parts(due);
        return;
    }
    turn.limit(kReportTime);
    auto report = build(due);
    if (!turn.take()) {
        log::warn("a scheduled report came too late and is dropped", {{"schedule", due.name}});
        return;
    }
    finished(due.name, post(due, report));
}

bool Timetable::has_parts(const std::string& report) const {
    const auto& reports = parts_.config.reports;
    return std::any_of(reports.begin(), reports.end(),
                       [&](const auto& one) { return one.name == report && !one.parts.empty(); });
}

// Its runs have lives of their own; this schedule is busy until all of them are in the outbox.
void Timetable::post_parts(const schedule::Due& due) {
    if (parts_.reports != nullptr) {
        const auto begun =
            begin_scheduled(due, parts_.config, parts_.rooms, *parts_.reports,
                            [this, name = due.name](bool whole) { finished(name, whole); });
        if (begun.ok()) return;
    } else {
        log::error("reports of several parts are not posted here", {{"schedule", due.name}});
    }
    finished(due.name, false);
}

reports::Report Timetable::build(const schedule::Due& due) const {
    const auto& reports = parts_.config.reports;
    const auto spec = std::find_if(reports.begin(), reports.end(),
                                   [&](const auto& one) { return one.name == due.report; });
    if (spec == reports.end()) return {.messages = {}, .problems = {"no such report"}};
    const auto& charts = parts_.config.charts;
    const auto chart = std::find_if(charts.begin(), charts.end(),
                                    [&](const auto& one) { return one.name == spec->chart; });
    auto report = reports::build_report(*spec, chart == charts.end() ? nullptr : &*chart,
                                        {parts_.renderer, parts_.reader, parts_.clock, charts},
                                        {.stop = parts_.stop});
    if (report.ok()) return std::move(report).value();
    messaging::Message notice;
    notice.markdown = text::escape_markdown(report.error().message);
    return {.messages = {std::move(notice)}, .problems = {report.error().message}};
}

bool Timetable::post(const schedule::Due& due, const reports::Report& report) {
    for (const auto& problem : report.problems) {
        log::error("a scheduled report is not whole", {{"schedule", due.name}, {"why", problem}});
    }
    bool posted = true;
    int number = 0;
    for (const auto& message : report.messages) {
        posted = post_one(due, message, std::to_string(++number)) && posted;
    }
    if (!posted) apologise(due, "It cannot be sent");
    return posted && report.problems.empty();
}

bool Timetable::post_one(const schedule::Due& due,
                         const messaging::Message& message,
                         const std::string& part) {
    const auto to = parts_.rooms.find(due.room);
    if (!to.ok()) {
        log::error("a scheduled report cannot be posted",
                   {{"schedule", due.name}, {"why", to.error().message}});
        return false;
    }
    messaging::SendOptions options;
    options.priority = messaging::outbox::Priority::kReport;
    options.deadline = parts_.config.delivery_deadline;
    options.key = "schedule:" + due.name + ":" +
                  std::to_string(resilience::since_epoch(due.at).count()) + "#" + part;
    options.origin = "schedule " + due.name;
    const auto posted = parts_.messenger.post(to.value(), message, options);
    // A run that a crash cut short may be made again; what was posted first stands.
    if (posted.ok() || posted.error().rule == messaging::kKeyConflict) return true;
    log::error("a scheduled report was not accepted",
               {{"schedule", due.name}, {"why", posted.error().message}});
    return false;
}

// One sentence in place of a report. What went wrong stays in the log.
void Timetable::apologise(const schedule::Due& due, const std::string& what) {
    messaging::Message message;
    message.markdown = "The report " + text::escape_markdown(due.report) + " is missing. " + what +
                       "; the operators can find the reason in my log.";
    post_one(due, message, "sorry");
}

void Timetable::finished(const std::string& name, bool ok) {
    {
        const std::scoped_lock lock(mutex_);
        scheduler_.finished(name, parts_.clock.wall_now(), ok);
        changed_ = true;
    }
    wake_.notify_all();
    ledger_.end(name, ok);
    parts_.metrics.count_schedule_run(ok ? "ok" : "failed");
    if (ok) {
        log::info("scheduled report posted", {{"schedule", name}});
    } else {
        log::warn("scheduled report not posted as it should be", {{"schedule", name}});
    }
    store_state();
}

void Timetable::store_state() {
    const std::scoped_lock one_at_a_time(storing_);
    messaging::outbox::Batch batch;
    {
        const std::scoped_lock lock(mutex_);
        batch.settings.emplace_back(kScheduleState, scheduler_.state());
    }
    const auto stored = parts_.outbox.apply(std::move(batch));
    if (!stored.ok()) {
        log::error("the state of the schedules was not stored", {{"why", stored.error().message}});
    }
}

void Timetable::tell_skipped() {
    using Reason = schedule::Skipped::Reason;
    std::vector<schedule::Skipped> skipped;
    {
        const std::scoped_lock lock(mutex_);
        skipped = scheduler_.take_skipped();
    }
    for (const auto& one : skipped) {
        const bool missed = one.reason == Reason::kMissed || one.reason == Reason::kTooLate ||
                            one.reason == Reason::kCutOff;
        parts_.metrics.count_schedule_run(missed ? "missed" : "skipped");
        const auto why = [&] {
            switch (one.reason) {
                case Reason::kStillRunning:
                    return "the run before is not finished";
                case Reason::kPaused:
                    return "the schedule is paused";
                case Reason::kTooLate:
                    return "a scheduled report came too late";
                case Reason::kCutOff:
                    return "a scheduled report was cut off by a restart";
                case Reason::kMissed:
                    break;
            }
            return "a scheduled report was missed";
        }();
        log::warn(why, {{"schedule", one.name}, {"due", text::utc(one.at)}});
    }
}

// Once for each silence, whatever its cause: skipped, hung, failed, never begun.
void Timetable::tell_silent() {
    if (!parts_.silent) return;
    std::vector<schedule::Status> silent;
    {
        const std::scoped_lock lock(mutex_);
        silent = scheduler_.silent(parts_.clock.wall_now());
    }
    std::set<std::string> now;
    for (const auto& one : silent) {
        now.insert(one.name);
        if (told_silent_.contains(one.name)) continue;
        parts_.silent(
            "The schedule " + one.name + " was due " + text::utc(*one.lacking) +
            " and no run of it has ended well since; `stentor schedule list` and `stentor "
            "runs --name " +
            one.name + "` say more");
    }
    told_silent_ = std::move(now);
}

std::vector<schedule::Status> Timetable::status() const {
    const std::scoped_lock lock(mutex_);
    return scheduler_.status();
}

std::optional<schedule::WallTime> Timetable::next_run(const std::string& report) const {
    std::optional<schedule::WallTime> first;
    for (const auto& one : status()) {
        if (one.paused || !one.next || (first && *first <= *one.next)) continue;
        const auto& specs = parts_.config.schedules;
        const bool posts = std::any_of(specs.begin(), specs.end(), [&](const auto& spec) {
            return spec.name == one.name && spec.report == report;
        });
        if (posts) first = one.next;
    }
    return first;
}

}  // namespace bot::service
