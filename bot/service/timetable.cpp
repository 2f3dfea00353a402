#include "bot/service/timetable.hpp"

#include "bot/log/log.hpp"
#include "bot/reports/report.hpp"

#include <algorithm>
#include <utility>

namespace bot::service {

namespace {

constexpr const char* kSetting = "schedules";
constexpr auto kLookAgain = std::chrono::seconds{30};  // the wall clock may be set

}  // namespace

Timetable::Timetable(Parts parts, schedule::Scheduler scheduler)
    : parts_(std::move(parts)), scheduler_(std::move(scheduler)) {}

void Timetable::run(const std::stop_token& stop) {
    restore();
    while (!stop.stop_requested()) {
        std::vector<schedule::Due> due;
        auto rest = std::chrono::milliseconds{kLookAgain};
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
        if (!due.empty()) {
            store_state();
            for (const auto& one : due)
                start(one);
            continue;
        }
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, stop, rest, [this] { return changed_; });
        changed_ = false;
    }
}

void Timetable::restore() {
    const auto stored =
        parts_.outbox.read([](messaging::outbox::Store& store) { return store.setting(kSetting); });
    if (!stored.ok() || stored.value().empty()) return;
    const std::scoped_lock lock(mutex_);
    const auto taken = scheduler_.restore(stored.value(), parts_.clock.wall_now());
    if (!taken.ok()) {
        log::warn("the state of the schedules cannot be used; they count from now",
                  {{"why", taken.error().message}});
    }
}

void Timetable::start(const schedule::Due& due) {
    const bool queued = parts_.pool.submit(
        {.room = "schedule " + due.name,
         .run = [this, due](commands::Turn&) { finished(due.name, post(due)); },
         .failed =
             [this, due](const std::string& what) {
                 log::error("a scheduled report failed", {{"schedule", due.name}, {"why", what}});
                 finished(due.name, false);
             }});
    if (!queued) finished(due.name, false);
}

bool Timetable::post(const schedule::Due& due) {
    const auto& reports = parts_.config.reports;
    const auto spec = std::find_if(reports.begin(), reports.end(),
                                   [&](const auto& one) { return one.name == due.report; });
    const auto to = parts_.rooms.find(due.room);
    if (spec == reports.end() || !to.ok()) {
        log::error("a scheduled report cannot be posted",
                   {{"schedule", due.name},
                    {"why", to.ok() ? "no such report: " + due.report : to.error().message}});
        return false;
    }
    const auto& charts = parts_.config.charts;
    const auto chart = std::find_if(charts.begin(), charts.end(),
                                    [&](const auto& one) { return one.name == spec->chart; });
    auto report = reports::build_report(*spec, chart == charts.end() ? nullptr : &*chart,
                                        {parts_.renderer, parts_.clock});
    if (!report.ok()) {
        log::error("a scheduled report cannot be built",
                   {{"schedule", due.name}, {"why", report.error().message}});
        messaging::Message notice;
        notice.markdown = report.error().message;
        report = reports::Report{.messages = {std::move(notice)}, .problems = {"not built"}};
    }
    bool ok = report.value().problems.empty();
    const auto at = resilience::since_epoch(due.at).count();
    int number = 0;
    for (const auto& message : report.value().messages) {
        messaging::SendOptions options;
        options.priority = messaging::outbox::Priority::kReport;
        options.deadline = parts_.config.delivery_deadline;
        options.key =
            "schedule:" + due.name + ":" + std::to_string(at) + "#" + std::to_string(++number);
        options.origin = "schedule " + due.name;
        const auto posted = parts_.messenger.post(to.value(), message, options);
        if (posted.ok()) continue;
        ok = false;
        log::error("a scheduled report was not accepted",
                   {{"schedule", due.name}, {"why", posted.error().message}});
    }
    return ok;
}

void Timetable::finished(const std::string& name, bool ok) {
    {
        const std::scoped_lock lock(mutex_);
        scheduler_.finished(name, parts_.clock.wall_now(), ok);
        changed_ = true;
    }
    wake_.notify_all();
    parts_.metrics.count_schedule_run(ok ? "ok" : "failed");
    log::info("scheduled report posted", {{"schedule", name}, {"ok", ok}});
    store_state();
}

void Timetable::store_state() {
    messaging::outbox::Batch batch;
    {
        const std::scoped_lock lock(mutex_);
        batch.settings.emplace_back(kSetting, scheduler_.state());
    }
    const auto stored = parts_.outbox.apply(std::move(batch));
    if (!stored.ok()) {
        log::error("the state of the schedules was not stored", {{"why", stored.error().message}});
    }
}

void Timetable::tell_skipped() {
    std::vector<schedule::Skipped> skipped;
    {
        const std::scoped_lock lock(mutex_);
        skipped = scheduler_.take_skipped();
    }
    for (const auto& one : skipped) {
        const bool missed = one.reason == schedule::Skipped::Reason::kMissed;
        parts_.metrics.count_schedule_run(missed ? "missed" : "skipped");
        log::warn(missed ? "a scheduled report was missed" : "the run before is not finished",
                  {{"schedule", one.name}});
    }
}

std::vector<schedule::Status> Timetable::status() const {
    const std::scoped_lock lock(mutex_);
    return scheduler_.status();
}

}  // namespace bot::service
