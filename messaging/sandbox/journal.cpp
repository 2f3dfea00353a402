#include "messaging/sandbox/journal.hpp"

#include "messaging/sandbox/records.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace messaging::sandbox {

using resilience::Done;
using resilience::Error;
using resilience::Result;

namespace {

constexpr std::uint64_t kLongEnough = 64U << 20U;

Error disk_error(const std::string& what, const std::string& path) {
    return resilience::permanent_error("cannot " + what + " " + path + ": " +
                                       std::generic_category().message(errno) +
                                       "; check the sandbox's state folder");
}

bool write_all(int file, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(file, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

std::string joined(const std::vector<std::string>& lines) {
    std::string all;
    for (const auto& line : lines) {
        all += line;
        all += '\n';
    }
    return all;
}

}  // namespace

Result<std::unique_ptr<Journal>> Journal::open(const std::string& folder, World& world) {
    std::error_code failed;
    std::filesystem::create_directories(folder + "/files", failed);
    if (failed) {
        return resilience::permanent_error("cannot make the sandbox's state folder " + folder +
                                           ": " + failed.message());
    }
    const auto lock_path = folder + "/lock";
    const int lock = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0) return disk_error("open", lock_path);
    std::unique_ptr<Journal> journal(new Journal(folder, lock));
    if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
        return resilience::permanent_error("the sandbox's state folder " + folder +
                                           " is in use by another sandbox; stop that one or choose "
                                           "another folder");
    }
    journal->load(world);
    const auto rewritten = journal->rewrite(world);
    if (!rewritten) return rewritten.error();
    return journal;
}

Journal::~Journal() {
    if (file_ >= 0) ::close(file_);
    ::close(lock_);
}

void Journal::load(World& world) const {
    std::ifstream file(path());
    for (std::string line; std::getline(file, line);) {
        // A line that cannot be read is a torn one, or of another version: the rest still counts.
        apply_record(world, line);
    }
}

bool Journal::append(const std::vector<std::string>& records) {
    if (has_gap_) return false;
    const auto bytes = joined(records);
    size_ += bytes.size();
    has_gap_ = !write_all(file_, bytes);
    return !has_gap_;
}

bool Journal::is_long() const {
    return size_ > kLongEnough && size_ > 4 * snapshot_size_;
}

Result<Done> Journal::rewrite(const World& world) {
    const auto fresh = path() + ".new";
    const int file =
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0) return disk_error("open", fresh);
    const auto bytes = joined(snapshot(world));
    if (!write_all(file, bytes) || ::rename(fresh.c_str(), path().c_str()) != 0) {
        auto error = disk_error("write", fresh);
        ::close(file);
        return error;
    }
    if (file_ >= 0) ::close(file_);
    file_ = file;
    has_gap_ = false;
    size_ = bytes.size();
    snapshot_size_ = bytes.size();
    return Done{};
}

}  // namespace messaging::sandbox
