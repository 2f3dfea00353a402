#include "messaging/outbox/sqlite_store.hpp"

#include "messaging/outbox/lanes.hpp"
#include "messaging/outbox/rules.hpp"
#include "messaging/outbox/sqlite_core.hpp"

#include <algorithm>
#include <utility>

namespace messaging::outbox {

using resilience::Result;

SqliteStore::SqliteStore(std::unique_ptr<Core> core) : core_{std::move(core)} {}
SqliteStore::~SqliteStore() = default;

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const SqliteOptions& options) {
    auto core = std::make_unique<Core>(options);
    if (auto error = core->open()) return std::move(*error);
    return std::unique_ptr<SqliteStore>{new SqliteStore{std::move(core)}};
}

Result<Applied> SqliteStore::apply(const Batch& batch) {
    return core_->change([&batch](Core& core) { return core.apply(batch); });
}

Result<std::vector<Intent>> SqliteStore::recover(Millis now) {
    return core_->change([now](Core& core) { return core.recover(now); });
}

Result<std::optional<Delivery>> SqliteStore::get(DeliveryId id) {
    return core_->ask([id](SqliteQueries& queries) { return queries.get(id); });
}

Result<std::vector<JournalEntry>> SqliteStore::journal(DeliveryId id) {
    return core_->ask([id](SqliteQueries& queries) { return queries.journal(id); });
}

Result<std::vector<Delivery>> SqliteStore::find(const Filter& filter) {
    return core_->ask([&filter](SqliteQueries& queries) { return queries.find(filter); });
}

Result<Counts> SqliteStore::counts() {
    return core_->ask([this](SqliteQueries&) { return core_->counts(); });
}

Result<std::vector<RoomHold>> SqliteStore::holds() {
    return core_->ask([](SqliteQueries& queries) { return queries.holds(); });
}

Result<std::string> SqliteStore::setting(std::string_view name) {
    return core_->ask([name](SqliteQueries& queries) { return queries.setting(name); });
}

Result<std::vector<InboundRecord>> SqliteStore::inbound_open() {
    return core_->ask([](SqliteQueries& queries) { return queries.inbound_open(); });
}

Result<bool> SqliteStore::knows_message(std::string_view message_id) {
    return core_->ask(
        [this, message_id](SqliteQueries&) { return core_->knows_message(message_id); });
}

Result<std::vector<std::string>> SqliteStore::files_in_use() {
    return core_->ask([](SqliteQueries& queries) { return queries.files_in_use(); });
}

Result<std::vector<std::string>> SqliteStore::files_of_dead() {
    return core_->ask([](SqliteQueries& queries) { return queries.files_of_dead(); });
}

Result<std::vector<Run>> SqliteStore::runs(const RunFilter& filter) {
    return core_->ask([this, &filter](SqliteQueries&) { return core_->runs(filter); });
}

Result<std::size_t> SqliteStore::trim_runs(std::uint64_t keep, std::size_t max) {
    return core_->change([keep, max](Core& core) { return core.trim_runs(keep, max); });
}

Result<std::size_t> SqliteStore::trim_to(std::uint64_t keep, std::size_t max) {
    return core_->change([keep, max](Core& core) { return core.trim_to(keep, max); });
}

Result<std::size_t> SqliteStore::trim(Millis older_than, std::size_t max) {
    return core_->change([older_than, max](Core& core) { return core.trim(older_than, max); });
}

}  // namespace messaging::outbox
