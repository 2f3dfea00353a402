#include "messaging/outbox/sqlite_database.hpp"

#include "messaging/outbox/rules.hpp"
#include "messaging/outbox/sqlite_schema.hpp"
#include "messaging/outbox/sqlite_statement.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace messaging::outbox {

namespace {

resilience::Error store_error(std::string message, std::string rule) {
    return {.cls = resilience::ErrorClass::kPermanent,
            .scope = resilience::Scope::kBot,
            .message = std::move(message),
            .rule = std::move(rule)};
}

resilience::Error system_error(const std::string& doing, const std::string& path, int code) {
    std::string message = doing + " " + path + " failed: ";
    message += std::generic_category().message(code);
    message += "; the state directory must exist and be writable for this user";
    return store_error(std::move(message), "store_unavailable");
}

std::string folder_of(const std::string& path) {
    const auto folder = std::filesystem::path{path}.parent_path().string();
    return folder.empty() ? std::string{"."} : folder;
}

// A new file is durable only when its directory entry is.
bool sync_folder(const std::string& folder) {
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return false;
    const bool synced = ::fsync(fd) == 0;
    ::close(fd);
    return synced;
}

// Locks and fsync of network file systems do not keep what SQLite needs (sqlite.org/faq.html, 5).
bool on_network(const std::string& folder) {
    struct statfs info {};
    if (::statfs(folder.c_str(), &info) != 0) return false;
    switch (static_cast<std::uint32_t>(info.f_type)) {
        case 0x6969:      // NFS
        case 0x517B:      // SMB
        case 0xFF534D42:  // CIFS
        case 0xFE534D42:  // SMB2
            return true;
        default:
            return false;
    }
}

}  // namespace

StoreLock::~StoreLock() {
    if (fd_ >= 0) ::close(fd_);
}

StoreLock::StoreLock(StoreLock&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}

StoreLock& StoreLock::operator=(StoreLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
}

resilience::Result<StoreLock> StoreLock::take(const std::string& database) {
    const std::string path = database + ".lock";
    StoreLock lock;
    lock.fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (lock.fd_ < 0) return system_error("opening the lock file", path, errno);
    if (::flock(lock.fd_, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return system_error("locking", path, errno);
        std::string owner(32, '\0');
        const auto size = ::pread(lock.fd_, owner.data(), owner.size(), 0);
        owner.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
        while (!owner.empty() && owner.back() == '\n')
            owner.pop_back();
        return store_error("the outbox " + database + " is in use by process " +
                               (owner.empty() ? "(unknown)" : owner) +
                               "; stop that process, or give this one another state directory",
                           "store_in_use");
    }
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(lock.fd_, 0) != 0 ||
        ::pwrite(lock.fd_, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
        return system_error("writing the lock file", path, errno);
    }
    return lock;
}

Database::Database(DatabaseOptions options) : options_{std::move(options)} {}

Database::~Database() {
    close();
}

void Database::close() {
    if (handle_ == nullptr) return;
    if (in_transaction_) rollback();
    sqlite3_finalize(begin_);
    sqlite3_finalize(commit_);
    if (!broken_) {
        sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    }
    sqlite3_close_v2(handle_);
    handle_ = nullptr;
}

std::optional<resilience::Error> Database::create_file() const {
    const std::string folder = folder_of(options_.path);
    if (on_network(folder)) {
        return store_error("the outbox " + options_.path +
                               " is on a network file system, where a database is not safe; "
                               "choose a state directory on a local disk",
                           "store_unavailable");
    }
    const int fd = ::open(options_.path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0) return system_error("opening the outbox", options_.path, errno);
    ::close(fd);
    return std::nullopt;
}

std::optional<resilience::Error> Database::open() {
    // The file first: its directory's faults are told better about it than about the lock.
    if (auto error = create_file()) return error;
    auto lock = StoreLock::take(options_.path);
    if (!lock.ok()) return std::move(lock).error();
    lock_ = std::move(lock).value();
    const int code = sqlite3_open_v2(
        options_.path.c_str(), &handle_,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
    if (code != SQLITE_OK) {
        fail(code, "opening it");
        return error();
    }
    if (!set_up()) return error();
    if (auto error = migrate(*this)) return error;
    if (!sync_folder(folder_of(options_.path))) {
        return system_error("syncing the folder of", options_.path, errno);
    }
    // What a crash left in the log goes into the file now, so that a log whose sync failed once
    // is not trusted any longer.
    const int checkpoint =
        sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    if (checkpoint != SQLITE_OK) {
        fail(checkpoint, "folding its log in");
        return error();
    }
    return std::nullopt;
}

bool Database::set_up() {
    sqlite3_busy_timeout(handle_, static_cast<int>(options_.busy_timeout.count()));
    execute("PRAGMA locking_mode = EXCLUSIVE");
    execute("PRAGMA temp_store = MEMORY");
    execute("PRAGMA cache_size = -" + std::to_string(options_.cache_kib));
    execute("PRAGMA synchronous = FULL");
    const auto answer = [this](std::string_view sql) {
        Statement pragma{*this, sql};
        auto row = pragma.select();
        return row.next() ? std::string{row.text(0)} : std::string{};
    };
    const std::string mode = answer("PRAGMA journal_mode = WAL");
    const std::string synchronous = answer("PRAGMA synchronous");
    if (failed()) return false;
    if (mode != "wal" || synchronous != "2") {
        fail(SQLITE_ERROR, "switching to journal_mode=WAL and synchronous=FULL (it says '" + mode +
                               "' and '" + synchronous + "')");
        return false;
    }
    if (options_.max_pages > 0) {
        execute("PRAGMA max_page_count = " + std::to_string(options_.max_pages));
    }
    // The hook replaces SQLite's own checkpoint after 1 000 frames: `commit` does it.
    sqlite3_wal_hook(
        handle_,
        [](void* self, sqlite3*, const char*, int frames) {
            static_cast<Database*>(self)->wal_frames_ = frames;
            return SQLITE_OK;
        },
        this);
    return !failed();
}

bool Database::execute(const std::string& sql) {
    if (failed()) return false;
    const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) fail(code, "running " + sql.substr(0, 60));
    return code == SQLITE_OK;
}

void Database::begin() {
    if (failed()) return;
    if (begin_ == nullptr) {
        sqlite3_prepare_v3(handle_, "BEGIN", -1, SQLITE_PREPARE_PERSISTENT, &begin_, nullptr);
        sqlite3_prepare_v3(handle_, "COMMIT", -1, SQLITE_PREPARE_PERSISTENT, &commit_, nullptr);
    }
    const int code = sqlite3_step(begin_);
    sqlite3_reset(begin_);
    if (code != SQLITE_DONE) fail(code, "beginning a transaction");
    in_transaction_ = code == SQLITE_DONE;
}

bool Database::commit() {
    if (!failed()) {
        const int code = sqlite3_step(commit_);
        sqlite3_reset(commit_);
        if (code == SQLITE_DONE) {
            in_transaction_ = false;
        } else {
            fail(code, "committing");
        }
    }
    if (failed()) {
        rollback();
        return false;
    }
    if (wal_frames_ > static_cast<int>(options_.checkpoint_frames)) {
        wal_frames_ = 0;
        // Its failure does not touch what was just committed: the log only grows, and the next
        // commit tries again.
        sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    }
    return true;
}

void Database::rollback() {
    // SQLite has rolled back by itself after a full disk and some other failures.
    if (in_transaction_ && sqlite3_get_autocommit(handle_) == 0) {
        const int code = sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
        if (code != SQLITE_OK) broken_ = true;
    }
    in_transaction_ = false;
}

void Database::clear_failure() {
    if (broken_) return;
    code_ = 0;
    failure_.clear();
}

void Database::fail(int code, std::string_view doing) {
    if (code_ != 0) return;
    code_ = code == 0 ? SQLITE_ERROR : code;
    failure_ = std::string{doing} + ": " + sqlite3_errstr(code_);
    if (handle_ != nullptr && sqlite3_extended_errcode(handle_) == code_) {
        failure_ += std::string{" ("} + sqlite3_errmsg(handle_) + ")";
    }
    // After a failed sync the kernel may have dropped the pages (a retry would lie), and a damaged
    // file must not be written to. What was acknowledged is read back at the next start.
    const int primary = code_ & 0xFF;
    broken_ =
        broken_ || primary == SQLITE_IOERR || primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
}

resilience::Error Database::error() const {
    const std::string what = "the outbox " + options_.path + " failed while " + failure_;
    switch (code_ & 0xFF) {
        case SQLITE_FULL:
            return disk_full_error(options_.path);
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return store_error(what +
                                   ". The file is damaged or not a database. It was left as it is; "
                                   "restore a backup, or start with `serve --start-empty`, which "
                                   "keeps it under another name",
                               "store_corrupt");
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
            return store_error(what + "; make the file and its folder writable for this user",
                               "store_unavailable");
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return store_error(what + "; another program has the file open. Close it (sqlite3?)",
                               "store_in_use");
        case SQLITE_IOERR:
            return store_error(
                what + ". Nothing more is written to it; check the disk, then restart",
                "store_broken");
        default:
            return store_error(what, "store_failed");
    }
}

}  // namespace messaging::outbox
