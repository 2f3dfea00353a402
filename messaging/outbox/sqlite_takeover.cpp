// How a SqliteStore learns at its start (and after a failed transaction) who is next.
#include "messaging/outbox/sqlite_core.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace messaging::outbox {

namespace {

constexpr std::string_view kQueue =
    "SELECT id, position, lane, state, attempts, repeats, due, touched, deadline FROM queue";

Standing read_standing(const Statement::Rows& row) {
    return {.state = static_cast<State>(row.integer(3)),
            .attempts = static_cast<std::uint32_t>(row.integer(4)),
            .repeats = static_cast<std::uint32_t>(row.integer(5)),
            .due = Millis{row.integer(6)},
            .started = row.integer(3) == 0 ? Millis{0} : Millis{row.integer(7)}};
}

}  // namespace

bool SqliteStore::Core::take_over() {
    ends_.reset();
    held_.clear();
    for (auto& hold : queries_.holds())
        held_.insert(std::move(hold.destination));
    first_scheduled_ = rows_.first_scheduled();
    std::set<std::int64_t> unsorted;
    if (!enter_rows({}, &unsorted)) enter_rows(unsorted, nullptr);
    return !db_.failed();
}

// Ids and positions nearly always grow together, so one pass in the order of the file will do.
// Lanes where they do not (a re-driven or scheduled delivery, a wall clock that was set back) are
// reported in `found`, and the second pass sorts those. False when there were any.
bool SqliteStore::Core::enter_rows(const std::set<std::int64_t>& unsorted,
                                   std::set<std::int64_t>* found) {
    lanes_ = Lanes{};
    position_ = 0;
    struct Known {
        std::uint32_t room = Lanes::kNoRoom;
        std::int64_t last = 0;
    };
    std::unordered_map<std::int64_t, Known> known;            // by lane
    std::vector<std::pair<std::int64_t, std::int64_t>> late;  // position, row
    const std::string one = std::string{kQueue} + " WHERE id = ?1";
    Statement all{db_, kQueue};
    Statement single{db_, one};

    const auto enter = [this](const Statement::Rows& row, std::uint32_t room) {
        Standing standing = read_standing(row);
        standing.lane = {room, priority_of(row.integer(2))};
        if (row.integer(1) == 0) {
            lanes_.count_scheduled(room, true);
        } else {
            lanes_.enter(standing, from_row(row.integer(0)), Millis{row.integer(8)});
        }
    };
    auto row = all.select();
    while (row.next()) {
        const std::int64_t position = row.integer(1);
        const std::int64_t lane = row.integer(2);
        Known& seen = known[lane];
        if (seen.room == Lanes::kNoRoom)
            seen.room = room_of(rows_.room_name(lane / kPriorityCount));
        position_ = std::max(position_, position);
        if (position != 0 && found != nullptr && position < seen.last) found->insert(lane);
        if (position != 0) seen.last = position;
        if (position != 0 && unsorted.contains(lane)) {
            late.emplace_back(position, row.integer(0));
        } else if (found == nullptr || found->empty()) {
            enter(row, seen.room);
        }
    }
    std::sort(late.begin(), late.end());
    for (const auto& [position, id] : late) {
        auto again = single.select(id);
        if (again.next()) enter(again, known[again.integer(2)].room);
    }
    return found == nullptr || found->empty();
}

}  // namespace messaging::outbox
