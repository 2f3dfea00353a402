#include "bot/service/schedule_ledger.hpp"

#include <utility>

namespace bot::service {

using messaging::outbox::RunEnd;
using messaging::outbox::RunKind;

void ScheduleLedger::begin(const schedule::Due& due, const RoomBook& rooms) {
    if (ledger_ == nullptr) return;
    const auto room = rooms.find(due.room);
    auto open = ledger_->begin({.kind = RunKind::kSchedule,
                                .name = due.name,
                                .where = room.ok() ? room.value().value : due.room,
                                .what = "report " + due.report + (due.missed ? ", late" : "")});
    const std::scoped_lock lock(mutex_);
    open_.insert_or_assign(due.name, std::move(open));
}

void ScheduleLedger::end(const std::string& schedule, bool ok) {
    const std::scoped_lock lock(mutex_);
    const auto found = open_.find(schedule);
    if (found == open_.end()) return;
    ledger_->end(found->second, ok ? RunEnd::kOk : RunEnd::kFailed,
                 ok ? "" : "not posted as it should be; the log says why");
    open_.erase(found);
}

}  // namespace bot::service
