#include "bot/service/report_rooms.hpp"

#include "bot/log/log.hpp"
#include "bot/reports/due.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bot::service {

using resilience::Done;
using resilience::Result;

namespace {

// Waits for several runs, and tells once when all have handed over. A run that never began counts
// as one that is not whole.
class Gathering {
public:
    Gathering(std::size_t runs, ReportRuns::HandedOver told)
        : left_(runs), told_(std::move(told)) {}

    void one(bool whole) {
        ReportRuns::HandedOver told;
        bool all = false;
        {
            const std::scoped_lock lock(mutex_);
            whole_ = whole_ && whole;
            all = whole_;
            if (--left_ == 0) told = std::exchange(told_, {});
        }
        if (told) told(all);
    }
    /// Nobody wants to know any more.
    void forget() {
        const std::scoped_lock lock(mutex_);
        told_ = {};
    }

private:
    std::mutex mutex_;  // guards all below
    std::size_t left_;
    bool whole_ = true;
    ReportRuns::HandedOver told_;
};

// The schedule's room first, each once.
std::vector<std::string> rooms_of(const schedule::Due& due, const config::Config& config) {
    std::vector<std::string> rooms{due.room};
    for (const auto& report : config.reports) {
        if (report.name != due.report) continue;
        for (const auto& room : report.rooms) {
            if (std::find(rooms.begin(), rooms.end(), room) == rooms.end()) rooms.push_back(room);
        }
    }
    return rooms;
}

void set_deadline(ReportRuns::Order& order,
                  std::chrono::minutes due_by,
                  const schedule::Due& due,
                  const config::Config& config) {
    for (const auto& schedule : config.schedules) {
        if (schedule.name != due.name) continue;
        const auto zone = schedule::TimeZone::find(schedule.time_zone);
        if (!zone.ok()) continue;  // then it would not be scheduled
        order.due_by = resilience::since_epoch(reports::due_after(due_by, zone.value(), due.at));
        order.due_as = reports::due_text(due_by, zone.value());
    }
}

// The order of this run, but for its room.
ReportRuns::Order order_of(const schedule::Due& due, const config::Config& config) {
    ReportRuns::Order order;
    order.report = due.report;
    order.origin = "schedule " + due.name;
    for (const auto& report : config.reports) {
        if (report.name == due.report && report.due_by)
            set_deadline(order, *report.due_by, due, config);
    }
    return order;
}

// The run of the schedule's own room keeps the id it had before a report could name others.
std::string id_of(const schedule::Due& due, const std::string& room) {
    const auto id =
        "schedule:" + due.name + ":" + std::to_string(resilience::since_epoch(due.at).count());
    return room == due.room ? id : id + ":" + room;
}

}  // namespace

Result<Done> begin_scheduled(const schedule::Due& due,
                             const config::Config& config,
                             const RoomBook& rooms,
                             ReportRuns& runs,
                             ReportRuns::HandedOver handed_over) {
    const auto names = rooms_of(due, config);
    const auto gathering = std::make_shared<Gathering>(names.size(), std::move(handed_over));
    auto order = order_of(due, config);
    std::optional<resilience::Error> problem;
    std::vector<std::string> unbegun;
    for (const auto& name : names) {
        const auto to = rooms.find(name);
        Result<Done> begun = Done{};
        if (to.ok()) {
            order.id = id_of(due, name);
            order.to = to.value();
            begun = runs.begin(order, [gathering](bool whole) { gathering->one(whole); });
        } else {
            begun = to.error();
        }
        if (begun.ok()) continue;
        log::error("a scheduled report cannot be posted",
                   {{"schedule", due.name}, {"room", name}, {"why", begun.error().message}});
        if (!problem) problem = begun.error();
        unbegun.push_back(name);
    }
    if (unbegun.size() == names.size()) {
        gathering->forget();
        return *problem;
    }
    for (std::size_t i = 0; i < unbegun.size(); ++i)
        gathering->one(false);
    return Done{};
}

}  // namespace bot::service
