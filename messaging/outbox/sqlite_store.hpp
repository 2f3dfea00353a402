#pragma once

#include "messaging/outbox/store.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace messaging::outbox {

struct SqliteOptions {
    std::string path;  ///< The database file; its folder must exist. "<path>.lock" lies beside it.
    /// Deliveries in `pending` beyond which new ones are refused (kFull).
    std::uint64_t pending_limit = 1'000'000;
    /// Most memory for pages of the file. It starts with little and grows with use.
    std::uint32_t cache_kib = 16'384;
    /// The log is folded into the file when it is longer: 4 000 frames are 16 MB, and folding
    /// them in was measured at 4 to 8 ms.
    std::uint32_t checkpoint_frames = 4'000;
    /// Most pages of 4096 bytes the file may have; 0: as many as the disk takes. A small disk in
    /// tests.
    std::uint32_t max_pages = 0;
    /// How long the opening waits for another program that has the file open.
    Millis busy_timeout{5'000};
};

/// The durable store: one SQLite file in WAL mode with synchronous=FULL, so that what `apply` has
/// returned survives a power cut. Who is next is kept in memory (see Lanes, 16 bytes for each
/// delivery that waits) and read back from the file at the start.
///
/// One process at a time owns the file, with one connection. Do not open it with other programs
/// while it is in use. Not thread-safe, like every Store; every function may block on the disk.
///
/// After a full disk `apply` fails and changes nothing; it works again when there is space. After
/// any other disk error or a damaged page the store refuses everything until it is opened again.
class SqliteStore final : public Store {
public:
    /// Creates the file when there is none. Errors (rule): the file is in use by another process,
    /// whose pid is named (`store_in_use`); folder or file not writable, or on a network file
    /// system (`store_unavailable`); damaged (`store_corrupt`); of another program or a newer
    /// schema (`store_schema`). An existing file is never deleted or overwritten.
    static resilience::Result<std::unique_ptr<SqliteStore>> open(const SqliteOptions& options);
    ~SqliteStore() override;
    SqliteStore(const SqliteStore&) = delete;
    SqliteStore& operator=(const SqliteStore&) = delete;
    SqliteStore(SqliteStore&&) = delete;
    SqliteStore& operator=(SqliteStore&&) = delete;

    resilience::Result<Applied> apply(const Batch& batch) override;
    resilience::Result<std::vector<Intent>> recover(Millis now) override;
    resilience::Result<std::optional<Delivery>> get(DeliveryId id) override;
    resilience::Result<std::vector<JournalEntry>> journal(DeliveryId id) override;
    /// A `destination` or `delivered` filter reads from the newest until the page is full.
    resilience::Result<std::vector<Delivery>> find(const Filter& filter) override;
    resilience::Result<Counts> counts() override;
    resilience::Result<std::vector<RoomHold>> holds() override;
    resilience::Result<std::string> setting(std::string_view name) override;
    resilience::Result<std::vector<InboundRecord>> inbound_open() override;
    resilience::Result<bool> knows_message(std::string_view message_id) override;
    resilience::Result<std::vector<std::string>> files_in_use() override;
    resilience::Result<std::vector<std::string>> files_of_dead() override;
    resilience::Result<std::size_t> trim(Millis older_than, std::size_t max) override;
    resilience::Result<std::size_t> trim_to(std::uint64_t keep, std::size_t max) override;
    resilience::Result<std::vector<Run>> runs(const RunFilter& filter) override;
    resilience::Result<std::size_t> trim_runs(std::uint64_t keep, std::size_t max) override;

private:
    class Core;
    explicit SqliteStore(std::unique_ptr<Core> core);

    std::unique_ptr<Core> core_;
};

}  // namespace messaging::outbox
