#pragma once

#include "messaging/outbox/rules.hpp"
#include "messaging/outbox/sqlite_store.hpp"
#include "tests/messaging/outbox/store_conformance.hpp"
#include "tests/support/temp_folder.hpp"

/// Every store that the conformance suite runs against.
#define STORES_UNDER_TEST store_conformance::MemorySubject, store_conformance::SqliteSubject

namespace store_conformance {

inline std::unique_ptr<SqliteStore> open_sqlite(const SqliteOptions& options) {
    auto opened = SqliteStore::open(options);
    INFO((opened.ok() ? std::string{} : opened.error().message));
    REQUIRE(opened.ok());
    return std::move(opened).value();
}

class SqliteSubject {
public:
    explicit SqliteSubject(std::uint64_t pending_limit = 1'000'000)
        : options_{.path = folder_.path("outbox.db"), .pending_limit = pending_limit},
          store_{open_sqlite(options_)} {}
    Store& store() { return *store_; }
    void restart() {
        store_.reset();
        store_ = open_sqlite(options_);
    }

private:
    tests::TempFolder folder_;
    SqliteOptions options_;
    std::unique_ptr<SqliteStore> store_;
};

}  // namespace store_conformance
