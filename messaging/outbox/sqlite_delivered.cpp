#include "messaging/outbox/sqlite_delivered.hpp"

#include "messaging/outbox/sqlite_rows.hpp"

#include <cstring>
#include <span>
#include <type_traits>

namespace messaging::outbox {

namespace {

constexpr std::int64_t kMergeAfter = 256;  // rows

// FNV-1a (draft-eastlake-fnv), folded to 32 bits. A hit is checked against the row, so a
// collision costs a look-up and nothing else. 0 stands for "no message id".
std::uint32_t hash_of(std::string_view text) {
    if (text.empty()) return 0;
    std::uint64_t hash = 14695981039346656037U;
    for (const char c : text) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 1099511628211U;
    }
    const auto folded = static_cast<std::uint32_t>(hash ^ (hash >> 32U));
    return folded == 0 ? 1 : folded;
}

// Numbers as bytes, in the order of this machine: an outbox stays where it was written.
template <class Number>
std::span<const std::uint8_t> as_bytes(const std::vector<Number>& numbers) {
    return {reinterpret_cast<const std::uint8_t*>(numbers.data()), numbers.size() * sizeof(Number)};
}

template <class Number>
void append_row(std::vector<Number>& numbers,
                std::span<const std::uint8_t> bytes,
                std::size_t skip) {
    static_assert(std::is_trivially_copyable_v<Number>);
    const std::size_t count = bytes.size() / sizeof(Number);
    if (count <= skip) return;
    const std::size_t old = numbers.size();
    numbers.resize(old + count - skip);
    std::memcpy(numbers.data() + old, bytes.data() + skip * sizeof(Number),
                (count - skip) * sizeof(Number));
}

}  // namespace

void SqliteDelivered::note(DeliveryId id, std::string_view message_id, Millis at) {
    hashes_.push_back(hash_of(message_id));
    ids_.push_back(to_row(id));
    times_.push_back(at.count());
}

void SqliteDelivered::write() {
    if (ids_.empty()) return;
    if (small_rows_ < 0) {
        auto row = count_small_.select();
        small_rows_ = row.next() ? row.integer(0) : 0;
    }
    insert_.run(0, 0, as_bytes(hashes_), as_bytes(ids_), as_bytes(times_));
    hashes_.clear();
    ids_.clear();
    times_.clear();
    if (++small_rows_ >= kMergeAfter) merge();
}

void SqliteDelivered::forget() {
    hashes_.clear();
    ids_.clear();
    times_.clear();
    small_rows_ = -1;
}

void SqliteDelivered::merge() {
    std::vector<std::uint32_t> hashes;
    std::vector<std::int64_t> ids;
    std::vector<std::int64_t> times;
    {
        Statement small{db_,
                        "SELECT taken, hashes, ids, times FROM delivered WHERE merged = 0"
                        " ORDER BY n"};
        auto row = small.select();
        while (row.next()) {
            const auto taken = static_cast<std::size_t>(row.integer(0));
            append_row(hashes, row.bytes(1), taken);
            append_row(ids, row.bytes(2), taken);
            append_row(times, row.bytes(3), taken);
        }
    }
    db_.execute("DELETE FROM delivered WHERE merged = 0");
    if (!ids.empty()) insert_.run(1, 0, as_bytes(hashes), as_bytes(ids), as_bytes(times));
    small_rows_ = 0;
}

bool SqliteDelivered::knows(std::string_view message_id) {
    const std::uint32_t wanted = hash_of(message_id);
    if (wanted == 0) return false;
    std::vector<std::uint32_t> hashes;
    std::vector<std::int64_t> ids;
    auto row = hashes_of_all_.select();
    while (row.next()) {
        hashes.clear();
        append_row(hashes, row.bytes(2), 0);
        for (auto i = static_cast<std::size_t>(row.integer(1)); i < hashes.size(); ++i) {
            if (hashes[i] != wanted) continue;
            ids.clear();
            auto found = ids_of_.select(row.integer(0));
            if (found.next()) append_row(ids, found.bytes(0), 0);
            if (i < ids.size() && carries_.select(ids[i], message_id).next()) return true;
        }
    }
    return false;
}

std::uint64_t SqliteDelivered::count() {
    Statement statement{db_, "SELECT ifnull(sum(length(hashes) / 4 - taken), 0) FROM delivered"};
    auto row = statement.select();
    return row.next() ? static_cast<std::uint64_t>(row.integer(0)) : 0;
}

std::vector<std::int64_t> SqliteDelivered::take(Millis older_than, std::size_t max) {
    std::vector<std::int64_t> taken_ids;
    Statement oldest{db_, "SELECT n, merged, taken, ids, times FROM delivered ORDER BY n LIMIT 1"};
    Statement update{db_, "UPDATE delivered SET taken = ?2 WHERE n = ?1"};
    Statement erase{db_, "DELETE FROM delivered WHERE n = ?1"};
    while (taken_ids.size() < max) {
        std::vector<std::int64_t> ids;
        std::vector<std::int64_t> times;
        std::int64_t n = 0;
        bool merged = false;
        std::size_t taken = 0;
        {
            auto row = oldest.select();
            if (!row.next()) break;
            n = row.integer(0);
            merged = row.integer(1) != 0;
            taken = static_cast<std::size_t>(row.integer(2));
            append_row(ids, row.bytes(3), 0);
            append_row(times, row.bytes(4), 0);
        }
        const std::size_t before = taken;
        while (taken < ids.size() && taken_ids.size() < max && times[taken] < older_than.count()) {
            taken_ids.push_back(ids[taken++]);
        }
        if (taken == ids.size()) {
            erase.run(n);
            if (!merged && small_rows_ > 0) --small_rows_;
            continue;
        }
        if (taken != before) update.run(n, taken);
        break;
    }
    return taken_ids;
}

}  // namespace messaging::outbox
