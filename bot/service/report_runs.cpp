#include "bot/service/report_runs.hpp"

#include "bot/log/log.hpp"
#include "messaging/outbox/destination.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace bot::service {
namespace {

using messaging::outbox::DeliveryId;
using messaging::outbox::Store;
using reports::PartRun;
using reports::PartState;
using reports::Run;
using resilience::Done;
using resilience::Result;

// A part that takes longer than this hangs: a source has its own limits, drawing is cut off.
constexpr auto kPartTime = std::chrono::seconds{120};

}  // namespace

ReportRuns::ReportRuns(Parts parts) : parts_(std::move(parts)), book_(parts_.outbox) {}

void ReportRuns::restore() {
    std::vector<std::string> damaged;
    auto stored = book_.load(damaged);
    for (const auto& id : damaged)
        log::error("a report run cannot be read and is dropped", {{"run", id}});
    if (!stored.ok()) {
        log::error("report runs cannot be read", {{"why", stored.error().message}});
        return;
    }
    std::vector<std::string> open;
    {
        const std::scoped_lock lock(mutex_);
        for (auto& run : stored.value()) {
            order_.push_back(run.id);
            (run.closed ? over_ : open).push_back(run.id);
            runs_.emplace(run.id, std::move(run));
        }
    }
    for (const auto& id : open) {
        log::info("a report run goes on", {{"run", id}});
        const auto run = copy(id);
        if (run) open_line(*run, "after a restart");
        const auto* spec = run ? find(run->report) : nullptr;
        // It was cut off before its header was written down: the key finds it, or makes it now.
        if (spec != nullptr && run->header.value == 0) {
            const auto posted = post_header(*run, *spec);
            if (!posted.ok()) {
                log::warn("a report run has no header",
                          {{"run", id}, {"why", posted.error().message}});
            }
        }
        queue_next(id);
    }
}

Result<Done> ReportRuns::begin(const Order& order, HandedOver handed_over) {
    const auto* spec = find(order.report);
    if (spec == nullptr || spec->parts.empty()) {
        return resilience::permanent_error("there is no report " + order.report + " with parts");
    }
    Run run;
    run.id = order.id;
    run.report = order.report;
    run.origin = order.origin;
    run.who = order.who;
    run.room = messaging::outbox::destination_of(order.to);
    run.due_by = order.due_by;
    run.due_as = order.due_as;
    run.started = resilience::since_epoch(parts_.clock.wall_now());
    run.group = parts_.outbox.new_group();
    for (const auto& part : spec->parts)
        run.parts.push_back({.name = part.name});
    bool known = false;
    {
        const std::scoped_lock lock(mutex_);
        known = runs_.contains(run.id);
        if (!known) runs_.emplace(run.id, run);
        if (!known) order_.push_back(run.id);
        waiting_[run.id] = std::move(handed_over);
    }
    if (known) {
        tell_if_handed_over(run.id);
        return Done{};
    }
    // Written down first: what is posted then belongs to a run that is known.
    auto stored = store(run.id);
    if (stored.ok()) stored = post_header(run, *spec);
    if (!stored.ok()) {
        const std::scoped_lock lock(mutex_);
        runs_.erase(run.id);
        waiting_.erase(run.id);
        order_.erase(std::remove(order_.begin(), order_.end(), run.id), order_.end());
        return stored.error();
    }
    open_line(run, "");
    queue_next(run.id);
    return Done{};
}

// The store knows the header by its key: a run that was cut off here finds it again.
Result<Done> ReportRuns::post_header(const Run& run, const reports::Spec& spec) {
    if (spec.parts.size() < 2) return Done{};
    messaging::Message message;
    message.markdown = header_text(run, spec.title, run.started);
    messaging::SendOptions options;
    options.priority = messaging::outbox::Priority::kReport;
    options.deadline = parts_.config.delivery_deadline;
    options.key = run.id + "#header";
    options.origin = "report " + run.report;
    options.group = run.group;
    auto posted = parts_.messenger.post(target_of(run), message, options);
    if (!posted.ok()) return posted.error();
    {
        const std::scoped_lock lock(mutex_);
        auto& own = runs_.at(run.id);
        own.header = posted.value().ids.front();
        own.shown = message.markdown;
        own.edited = own.started;
    }
    return store(run.id);
}

Result<std::size_t> ReportRuns::redrive(const std::string& id) {
    Run before;
    std::size_t count = 0;
    {
        const std::scoped_lock lock(mutex_);
        const auto found = runs_.find(id);
        if (found == runs_.end()) return resilience::permanent_error("there is no run " + id);
        before = found->second;
        if (!is_over(before)) {
            return resilience::permanent_error("the run " + id + " is not over yet");
        }
        count = reports::redrive(found->second);
        if (count == 0) {
            return resilience::permanent_error("nothing of the run " + id + " has failed");
        }
        over_.erase(std::remove(over_.begin(), over_.end(), id), over_.end());
    }
    const auto stored = store(id);
    if (!stored.ok()) {
        const std::scoped_lock lock(mutex_);
        if (before.closed) over_.push_back(id);
        runs_.at(id) = std::move(before);
        return stored.error();
    }
    open_line(before, "failed parts again");
    queue_next(id);
    return count;
}

// The first part that waits; where none does, whoever ordered the run is told.
void ReportRuns::queue_next(const std::string& id) {
    const auto run = copy(id);
    if (!run) return;
    const auto next = std::find_if(run->parts.begin(), run->parts.end(), [](const PartRun& part) {
        return part.state == PartState::kWaiting;
    });
    if (next == run->parts.end()) {
        tell_if_handed_over(id);
        return;
    }
    const auto part = static_cast<std::size_t>(next - run->parts.begin());
    const bool queued = parts_.pool.submit(
        {.room = "report " + id,
         .run = [this, id, part](commands::Turn& turn) { work(id, part, turn); },
         .failed =
             [this, id, part](const std::string& what) {
                 log::error("a part of a report failed", {{"run", id}, {"why", what}});
                 settle(id, part,
                        {.state = PartState::kMissing, .reason = "it failed to be built"});
             }});
    // The service is ending, or has more to do than it can remember: after a restart it goes on.
    if (!queued) log::warn("a report run waits for a restart", {{"run", id}});
}

void ReportRuns::tell_if_handed_over(const std::string& id) {
    HandedOver told;
    bool whole = true;
    {
        const std::scoped_lock lock(mutex_);
        const auto found = waiting_.find(id);
        if (found == waiting_.end()) return;
        for (const auto& part : runs_.at(id).parts) {
            if (part.state == PartState::kWaiting) return;
            whole = whole && part.state != PartState::kMissing;
        }
        told = std::move(found->second);
        waiting_.erase(found);
    }
    if (told) told(whole);
}

void ReportRuns::work(const std::string& id, std::size_t part, commands::Turn& turn) {
    turn.limit(kPartTime);
    const auto run = copy(id);
    if (!run) return;
    PartRun result;
    result.ids = adopted(*run, part);
    if (!result.ids.empty()) {
        if (turn.take()) settle(id, part, {.state = PartState::kAccepted, .ids = result.ids});
        return;
    }
    const auto* spec = find(run->report);
    if (spec == nullptr || part >= spec->parts.size()) {
        if (turn.take()) {
            settle(id, part,
                   {.state = PartState::kMissing, .reason = "it is configured no longer"});
        }
        return;
    }
    auto message = build_part(spec->parts[part], spec->title, workshop(), {.stop = parts_.stop});
    if (!turn.take()) return;                                   // given up, and told as missing
    if (!message.ok() && parts_.stop.stop_requested()) return;  // after the next start
    if (!message.ok()) {
        settle(id, part, {.state = PartState::kMissing, .reason = message.error().message});
        return;
    }
    auto ids = accept(*run, part, message.value());
    if (ids.ok()) {
        settle(id, part, {.state = PartState::kAccepted, .ids = std::move(ids).value()});
    } else {
        settle(id, part, {.state = PartState::kMissing, .reason = ids.error().message});
    }
}

// What a run that was cut off had posted of this part without having written it down.
std::vector<DeliveryId> ReportRuns::adopted(const Run& run, std::size_t part) const {
    const auto found = parts_.outbox.read(
        [&](Store& store) { return store.find({.group = run.group, .limit = 1000}); });
    std::vector<DeliveryId> ids;
    if (!found.ok()) return ids;
    const auto origin = part_origin(run, part);
    for (const auto& delivery : found.value()) {
        if (delivery.origin == origin) ids.push_back(delivery.id);
    }
    std::reverse(ids.begin(), ids.end());
    return ids;
}

Result<std::vector<DeliveryId>> ReportRuns::accept(const Run& run,
                                                   std::size_t part,
                                                   const messaging::Message& message) {
    messaging::SendOptions options;
    options.priority = messaging::outbox::Priority::kReport;
    options.deadline = parts_.config.delivery_deadline;
    options.key =
        run.id + "#" + std::to_string(part + 1) + "." + std::to_string(run.parts.at(part).round);
    options.origin = part_origin(run, part);
    options.group = run.group;
    options.thread_of = run.header;
    auto posted = parts_.messenger.post(target_of(run), message, options);
    if (!posted.ok()) return posted.error();
    return std::move(posted.value().ids);
}

void ReportRuns::settle(const std::string& id, std::size_t part, PartRun result) {
    Run run;
    {
        const std::scoped_lock lock(mutex_);
        const auto found = runs_.find(id);
        if (found == runs_.end()) return;
        auto& one = found->second.parts.at(part);
        one.state = result.state;
        one.reason = std::move(result.reason);
        one.ids = std::move(result.ids);
        run = found->second;
    }
    if (run.parts[part].state == PartState::kMissing) {
        log::warn("a part of a report is missing",
                  {{"run", id}, {"part", run.parts[part].name}, {"why", run.parts[part].reason}});
    }
    static_cast<void>(store(id));  // it has told the log; the run goes on
    queue_next(id);
}

// One writer at a time, each with the run as it then is: an older state never follows a newer.
Result<Done> ReportRuns::store(const std::string& id) {
    const std::scoped_lock writing(writing_);
    std::vector<std::string> all;
    std::vector<std::string> over;
    const auto run = copy(id);
    if (!run) return resilience::permanent_error("there is no run " + id);
    {
        const std::scoped_lock lock(mutex_);
        all = order_;
        over = over_;
    }
    auto written = book_.write(*run, all, over);
    if (!written.ok()) {
        log::error("a report run was not stored", {{"run", id}, {"why", written.error().message}});
        return written;
    }
    const std::scoped_lock lock(mutex_);
    // Forgotten there, forgotten here; what has come meanwhile stays.
    for (auto at = order_.begin(); at != order_.end();) {
        const bool gone = std::find(over_.begin(), over_.end(), *at) != over_.end() &&
                          std::find(all.begin(), all.end(), *at) == all.end();
        if (gone) {
            runs_.erase(*at);
            over_.erase(std::remove(over_.begin(), over_.end(), *at), over_.end());
        }
        at = gone ? order_.erase(at) : at + 1;
    }
    return written;
}

std::vector<Run> ReportRuns::list() const {
    const std::scoped_lock lock(mutex_);
    std::vector<Run> all;
    for (const auto& id : order_)
        all.push_back(runs_.at(id));
    return all;
}

void ReportRuns::open_line(const Run& run, const std::string& why) {
    if (parts_.ledger == nullptr) return;
    auto what = run.origin;
    if (!why.empty()) what += (what.empty() ? "" : ", ") + why;
    auto line = parts_.ledger->begin({.kind = messaging::outbox::RunKind::kReport,
                                      .name = run.report,
                                      .who = run.who,
                                      .where = target_of(run).value,
                                      .what = std::move(what)});
    const std::scoped_lock lock(mutex_);
    lines_.insert_or_assign(run.id, std::move(line));
}

messaging::Target ReportRuns::target_of(const Run& run) {
    return messaging::outbox::target_of(run.room);
}

std::optional<Run> ReportRuns::copy(const std::string& id) const {
    const std::scoped_lock lock(mutex_);
    const auto found = runs_.find(id);
    if (found == runs_.end()) return std::nullopt;
    return found->second;
}

const reports::Spec* ReportRuns::find(const std::string& report) const {
    const auto& all = parts_.config.reports;
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == report; });
    return found == all.end() ? nullptr : &*found;
}

reports::Workshop ReportRuns::workshop() const {
    return {parts_.renderer, parts_.reader, parts_.clock, parts_.config.charts, &parts_.scratch};
}

}  // namespace bot::service
