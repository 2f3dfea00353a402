// How runs of reports stand, and the headers that say so.
#include "bot/log/log.hpp"
#include "bot/service/report_runs.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace bot::service {
namespace {

using messaging::outbox::DeadReason;
using messaging::outbox::DeliveryId;
using messaging::outbox::RunEnd;
using messaging::outbox::State;
using messaging::outbox::Store;
using reports::PartState;
using reports::Run;
using resilience::Done;
using resilience::Result;

constexpr auto kLookEvery = std::chrono::seconds{2};

}  // namespace

void ReportRuns::run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        look(stop);
        parts_.clock.sleep_until(parts_.clock.now() + kLookEvery, stop);
    }
}

void ReportRuns::look(const std::stop_token& stop) {
    std::vector<std::string> open;
    {
        const std::scoped_lock lock(mutex_);
        for (const auto& id : order_) {
            if (std::find(over_.begin(), over_.end(), id) == over_.end()) open.push_back(id);
        }
    }
    for (const auto& id : open) {
        if (stop.stop_requested()) return;
        look_at(id, stop);
    }
    tell_overdue();
}

void ReportRuns::look_at(const std::string& id, const std::stop_token& stop) {
    Run run;
    {
        const std::scoped_lock lock(mutex_);
        const auto found = runs_.find(id);
        if (found == runs_.end()) return;
        run = found->second;
    }
    if (refresh(run)) {
        const std::scoped_lock lock(mutex_);
        auto& parts = runs_.at(id).parts;
        // What the pool has settled meanwhile stands.
        for (std::size_t i = 0; i < parts.size(); ++i) {
            if (parts[i].state != PartState::kAccepted || parts[i].ids != run.parts[i].ids)
                continue;
            parts[i].state = run.parts[i].state;
            parts[i].reason = run.parts[i].reason;
        }
        run = runs_.at(id);
    }
    const auto* spec = find(run.report);
    const auto now = resilience::since_epoch(parts_.clock.wall_now());
    if (const auto text = edit_due(run, spec == nullptr ? run.report : spec->title, now)) {
        if (!may_edit(id)) return;
        edit_header(run, *text, stop);
        const auto after = copy(id);
        if (!after || after->shown != *text) return;  // later
        run = *after;
    }
    if (is_over(run)) ended(run);
}

// Asks the outbox about every part that it has. True: something has changed.
bool ReportRuns::refresh(Run& run) const {
    bool changed = false;
    for (auto& part : run.parts) {
        if (part.state == PartState::kAccepted) changed = refresh_part(part) || changed;
    }
    return changed;
}

bool ReportRuns::refresh_part(reports::PartRun& part) const {
    std::size_t sent = 0;
    std::string reason;
    for (const auto id : part.ids) {
        const auto found = parts_.outbox.read([&](Store& store) { return store.get(id); });
        if (!found.ok()) return false;
        if (!found.value()) continue;  // Forgotten: it had ended, how nobody knows any more.
        const auto& delivery = *found.value();
        if (delivery.state == State::kDelivered) {
            ++sent;
        } else if (delivery.state != State::kDead) {
            return false;
        } else if (delivery.reason != DeadReason::kMaybeDelivered) {
            reason = delivery.last.detail.empty() ? std::string(to_string(delivery.reason))
                                                  : delivery.last.detail;
        }
    }
    part.state = sent == part.ids.size() ? PartState::kSent
                 : reason.empty()        ? PartState::kDoubtful
                                         : PartState::kLost;
    part.reason = reason;
    return true;
}

void ReportRuns::edit_header(const Run& run, const std::string& text, const std::stop_token& stop) {
    const auto header = parts_.outbox.read([&](Store& store) { return store.get(run.header); });
    if (!header.ok()) return;
    const auto& delivery = header.value();
    const bool waits =
        delivery && delivery->state != State::kDelivered && delivery->state != State::kDead;
    if (waits) return;
    // It never arrived, or under an unknown id, or so long ago that the store has forgotten it.
    bool given_up = !delivery || delivery->message_id.empty();
    if (!given_up) {
        const auto edited = change_header(run, delivery->message_id, text, stop);
        if (!edited.ok()) {
            given_up = edited.error().cls == resilience::ErrorClass::kPermanent;
            not_edited(run.id, edited.error());
            if (!given_up) return;
        }
    }
    {
        const std::scoped_lock lock(mutex_);
        auto& one = runs_.at(run.id);
        // What cannot be edited counts as shown, so that the run can end.
        one.shown = text;
        one.edits = given_up ? reports::kEditsMax + 1 : one.edits + 1;
        one.edited = resilience::since_epoch(parts_.clock.wall_now());
        unedited_.erase(run.id);
    }
    static_cast<void>(store(run.id));
}

Result<Done> ReportRuns::change_header(const Run& run,
                                       const std::string& message_id,
                                       const std::string& text,
                                       const std::stop_token& stop) const {
    auto room = run.room.rfind("room:", 0) == 0 ? run.room.substr(5) : std::string{};
    if (room.empty()) {
        auto message = parts_.webex.message(message_id, stop);
        if (!message.ok()) return message.error();
        room = std::move(message.value().room_id);
    }
    messaging::Message message;
    message.markdown = text;
    const auto edited = parts_.webex.edit_message(message_id, room, message, stop);
    if (!edited.ok()) return edited.error();
    return Done{};
}

// The next try has to wait, the longer the more often it has failed.
void ReportRuns::not_edited(const std::string& id, const resilience::Error& error) {
    const std::scoped_lock lock(mutex_);
    auto& unedited = unedited_[id];
    ++unedited.failures;
    const auto wait = reports::edit_wait(unedited.failures, error.retry_after);
    unedited.next = parts_.clock.now() + wait;
    log::warn("the header of a report was not edited",
              {{"run", id},
               {"why", error.message},
               {"wait_s", std::chrono::duration_cast<std::chrono::seconds>(wait).count()}});
}

bool ReportRuns::may_edit(const std::string& id) const {
    const std::scoped_lock lock(mutex_);
    const auto found = unedited_.find(id);
    return found == unedited_.end() || parts_.clock.now() >= found->second.next;
}

void ReportRuns::ended(const Run& run) {
    {
        const std::scoped_lock lock(mutex_);
        runs_.at(run.id).closed = true;
        over_.push_back(run.id);
    }
    const auto outcome = to_string(outcome_of(run));
    parts_.metrics.count_report_run(outcome);
    const auto counts = count(run, resilience::since_epoch(parts_.clock.wall_now()));
    log::info("a report run has ended", {{"run", run.id},
                                         {"outcome", outcome},
                                         {"group", to_string(DeliveryId{run.group})},
                                         {"sent", counts.sent},
                                         {"parts", counts.all},
                                         {"why", reasons(run)}});
    close_line(run);
    static_cast<void>(store(run.id));
}

void ReportRuns::close_line(const Run& run) {
    const std::scoped_lock lock(mutex_);
    const auto found = lines_.find(run.id);
    if (found == lines_.end()) return;
    const auto outcome = outcome_of(run);
    const bool whole = outcome == reports::Outcome::kComplete;
    const auto counts = count(run, resilience::since_epoch(parts_.clock.wall_now()));
    parts_.ledger->end(
        found->second, whole ? RunEnd::kOk : RunEnd::kFailed,
        whole ? ""
              : std::string(to_string(outcome)) + ", " + counts_text(counts) + ": " + reasons(run));
    lines_.erase(found);
}

}  // namespace bot::service
