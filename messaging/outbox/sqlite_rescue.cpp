#include "messaging/outbox/sqlite_rescue.hpp"

#include "messaging/outbox/sqlite_database.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

namespace messaging::outbox {

using resilience::Error;
using resilience::Result;

namespace {

struct Close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
using Connection = std::unique_ptr<sqlite3, Close>;

Error damaged(const std::string& path, const std::string& what) {
    return {.cls = resilience::ErrorClass::kPermanent,
            .scope = resilience::Scope::kBot,
            .message = "the outbox " + path + " is damaged: " + what +
                       ". It was left as it is; restore a backup, or start with `serve "
                       "--start-empty`, which keeps it under another name",
            .rule = "store_corrupt"};
}

Error not_moved(const std::string& from, int code) {
    std::string message = "giving " + from + " another name failed: ";
    message += std::generic_category().message(code);
    return {.cls = resilience::ErrorClass::kPermanent,
            .scope = resilience::Scope::kBot,
            .message = std::move(message),
            .rule = "store_unavailable"};
}

// Collects what integrity_check says until it has enough.
int collect(void* into, int columns, char** values, char**) {
    auto& text = *static_cast<std::string*>(into);
    if (columns < 1 || values[0] == nullptr) return 0;
    if (!text.empty()) text += "; ";
    text += values[0];
    return 0;
}

void sync_folder_of(const std::string& path) {
    const auto folder = std::filesystem::path{path}.parent_path();
    const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    ::fsync(fd);
    ::close(fd);
}

}  // namespace

std::optional<Error> check_file(const std::string& path) {
    if (::access(path.c_str(), F_OK) != 0) return std::nullopt;
    const auto lock = StoreLock::take(path);
    if (!lock.ok()) return lock.error();
    sqlite3* opened = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &opened,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    const Connection db{opened};
    std::string said;
    if (code == SQLITE_OK) {
        sqlite3_exec(db.get(), "PRAGMA locking_mode = EXCLUSIVE", nullptr, nullptr, nullptr);
        const int checked =
            sqlite3_exec(db.get(), "PRAGMA integrity_check(5)", collect, &said, nullptr);
        if (checked == SQLITE_OK && said == "ok") return std::nullopt;
    }
    if (said.empty() && db != nullptr) said = sqlite3_errmsg(db.get());
    return damaged(path, said);
}

Result<std::string> set_aside(const std::string& path, Millis now) {
    const auto lock = StoreLock::take(path);
    if (!lock.ok()) return lock.error();
    std::string aside = path + ".damaged-" + std::to_string(now.count());
    for (int n = 2; ::access(aside.c_str(), F_OK) == 0; ++n)
        aside = path + ".damaged-" + std::to_string(now.count()) + "-" + std::to_string(n);
    // The log first: with it gone from its place, a crash in between leaves a database that is
    // still damaged, never a sound one with another's log.
    constexpr std::array<const char*, 3> kEnds{"-wal", "-shm", ""};
    for (const char* end : kEnds) {
        const auto from = path + end;
        if (std::rename(from.c_str(), (aside + end).c_str()) == 0 || errno == ENOENT) continue;
        return not_moved(from, errno);
    }
    sync_folder_of(path);
    return aside;
}

}  // namespace messaging::outbox
