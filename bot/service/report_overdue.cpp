// Runs of reports whose deadline has come.
#include "bot/log/log.hpp"
#include "bot/reports/due.hpp"
#include "bot/service/report_runs.hpp"

#include <string>

namespace bot::service {

using messaging::outbox::DeliveryId;
using reports::Run;

void ReportRuns::tell_overdue() {
    const auto now = resilience::since_epoch(parts_.clock.wall_now());
    const auto all = list();
    for (const auto& run : all) {
        const auto* spec = find(run.report);
        const auto notice = overdue_notice(run, spec == nullptr ? run.report : spec->title, now);
        if (notice) tell_overdue(run, *notice);
    }
    const auto rooms = overdue_rooms(all, now);
    for (const auto& spec : parts_.config.reports) {
        if (!spec.due_by) continue;
        const auto found = rooms.find(spec.name);
        parts_.metrics.set_report_overdue(spec.name, found == rooms.end() ? 0 : found->second);
    }
}

// Known by its key: what was posted a moment before a crash is not posted again.
void ReportRuns::tell_overdue(const Run& run, const std::string& notice) {
    messaging::Message message;
    message.markdown = notice;
    messaging::SendOptions options;
    options.priority = messaging::outbox::Priority::kAlert;
    options.deadline = parts_.config.delivery_deadline;
    options.key = run.id + "#overdue";
    options.origin = "report " + run.report + ", overdue";
    options.group = run.group;
    const auto posted = parts_.messenger.post(target_of(run), message, options);
    if (!posted.ok() && posted.error().rule != messaging::kKeyConflict) {
        log::error("an overdue report was not told in its room",
                   {{"run", run.id}, {"why", posted.error().message}});
    }
    const auto now = resilience::since_epoch(parts_.clock.wall_now());
    const auto room = parts_.rooms == nullptr ? run.room : parts_.rooms->name_of(run.room);
    auto what = "the report " + run.report + " in " + room + " was due by " + run.due_as +
                " and is not complete: " + counts_text(count(run, now));
    if (const auto why = reasons(run); !why.empty()) what += " (" + why + ")";
    log::warn("a report is overdue", {{"run", run.id}, {"what", what}});
    if (parts_.overdue) {
        parts_.overdue(what + ". `stentor report show " + to_string(DeliveryId{run.group}) +
                       "` tells more");
    }
    {
        const std::scoped_lock lock(mutex_);
        const auto found = runs_.find(run.id);
        if (found == runs_.end()) return;
        found->second.overdue_told = true;
    }
    static_cast<void>(store(run.id));  // it has told the log; it is not told again before a restart
}

}  // namespace bot::service
