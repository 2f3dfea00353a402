#pragma once

#include "resilience/result.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace messaging::outbox {

/// Keeps a second process away from a database: an flock on "<path>.lock", which holds the pid of
/// its owner. The kernel releases it when the process ends, however it ends.
class StoreLock {
public:
    StoreLock() = default;
    ~StoreLock();
    StoreLock(StoreLock&& other) noexcept;
    StoreLock& operator=(StoreLock&& other) noexcept;
    StoreLock(const StoreLock&) = delete;
    StoreLock& operator=(const StoreLock&) = delete;

    /// Does not wait: an error that names the owner's pid when another process has it.
    static resilience::Result<StoreLock> take(const std::string& database);

private:
    int fd_ = -1;
};

/// How a database is opened; see SqliteOptions for the meaning.
struct DatabaseOptions {
    std::string path;
    std::uint32_t cache_kib = 16'384;
    std::uint32_t checkpoint_frames = 4'000;
    std::uint32_t max_pages = 0;
    std::chrono::milliseconds busy_timeout{5'000};
};

/// One SQLite connection, the only one to its file: it writes, reads and checkpoints. (SQLite
/// 3.7.0 to 3.51.2 may corrupt a file in WAL mode when two connections write or checkpoint at the
/// same instant, sqlite.org/wal.html "The WAL-Reset Bug"; exclusive locking rules that out.)
///
/// Failures stick: after the first one inside a transaction every statement does nothing, and
/// `commit` rolls back. So callers check once, at the end. Not thread-safe.
class Database {
public:
    ~Database();
    Database(Database&&) = delete;
    Database& operator=(Database&&) = delete;
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    explicit Database(DatabaseOptions options);

    /// Locks, opens or creates the file and sets it up: WAL, synchronous=FULL read back, checked
    /// to be ours, migrated. To be called once, first. Blocks on the disk.
    std::optional<resilience::Error> open();

    void begin();
    /// True when the transaction is durable. False: it was rolled back, `error` says why.
    bool commit();
    void rollback();

    bool failed() const { return code_ != 0; }
    /// True when the file or the disk can no longer be trusted: only a restart helps.
    bool broken() const { return broken_; }
    /// What went wrong, as a sentence. Requires `failed` or `broken`.
    resilience::Error error() const;
    /// Forgets a failure that was rolled back, unless the database is broken.
    void clear_failure();
    /// Notes the failure of an SQLite call.
    void fail(int code, std::string_view doing);

    /// Runs SQL that returns nothing.
    bool execute(const std::string& sql);
    sqlite3* handle() const { return handle_; }
    const std::string& path() const { return options_.path; }

private:
    std::optional<resilience::Error> create_file() const;
    bool set_up();
    void close();

    DatabaseOptions options_;
    StoreLock lock_;
    sqlite3* handle_ = nullptr;
    int code_ = 0;
    std::string failure_;
    bool broken_ = false;
    bool in_transaction_ = false;
    int wal_frames_ = 0;
    sqlite3_stmt* begin_ = nullptr;
    sqlite3_stmt* commit_ = nullptr;
};

}  // namespace messaging::outbox
