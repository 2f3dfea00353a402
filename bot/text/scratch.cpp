#include "bot/text/scratch.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

namespace bot::text {

namespace fs = std::filesystem;
using resilience::Result;

namespace {

bool write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto count = ::write(fd, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

}  // namespace

Scratch::Scratch(std::string folder, std::size_t kept) : folder_(std::move(folder)), kept_(kept) {}

Result<std::string> Scratch::write(std::string_view bytes, std::string_view ending) const {
    std::error_code ignored;
    fs::create_directories(folder_, ignored);
    auto path = (fs::path(folder_) / ("answer-XXXXXX" + std::string(ending))).string();
    const int fd = ::mkostemps(path.data(), static_cast<int>(ending.size()), O_CLOEXEC);
    const bool written = fd >= 0 && write_all(fd, bytes);
    const auto why = std::generic_category().message(errno);
    const bool closed = fd >= 0 && ::close(fd) == 0;
    if (!written || !closed) {
        if (fd >= 0) fs::remove(path, ignored);
        return resilience::permanent_error("writing a file for an answer into " + folder_ +
                                           " failed: " + why +
                                           "; the folder must be writable and the disk not full");
    }
    prune();
    return path;
}

// Removes the oldest files beyond the limit. Failing to is harmless.
void Scratch::prune() const {
    std::error_code error;
    std::vector<std::pair<fs::file_time_type, fs::path>> files;
    for (const auto& entry : fs::directory_iterator(folder_, error)) {
        if (!entry.path().filename().string().starts_with("answer-")) continue;
        files.emplace_back(entry.last_write_time(error), entry.path());
    }
    if (files.size() <= kept_) return;
    std::sort(files.begin(), files.end());
    files.resize(files.size() - kept_);
    for (const auto& [time, path] : files)
        fs::remove(path, error);
}

}  // namespace bot::text
