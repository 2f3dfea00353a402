#include "bot/sources/data_file.hpp"

#include "bot/sources/limits.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <system_error>

namespace bot::sources {
namespace {

resilience::Result<DataFile> read_open(int fd, const std::string& name) {
    struct stat status {};
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        return resilience::permanent_error("its file " + name + " is no regular file");
    }
    DataFile file;
    file.written = resilience::Clock::WallTime(
        std::chrono::duration_cast<resilience::Clock::WallTime::duration>(
            std::chrono::seconds(status.st_mtim.tv_sec) +
            std::chrono::nanoseconds(status.st_mtim.tv_nsec)));
    file.text.resize(kTableBytesMax + 1);
    std::size_t size = 0;
    while (size < file.text.size()) {
        const auto count = read(fd, file.text.data() + size, file.text.size() - size);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return resilience::permanent_error("its file " + name + " cannot be read");
        if (count == 0) break;
        size += static_cast<std::size_t>(count);
    }
    file.text.resize(size);
    if (size == 0) return resilience::permanent_error("its file " + name + " is empty");
    if (size > kTableBytesMax) {
        return resilience::permanent_error("its file " + name + " is larger than 4 MiB");
    }
    return file;
}

}  // namespace

resilience::Result<DataFile> read_data_file(const std::string& path) {
    const auto name = std::filesystem::path(path).filename().string();
    // O_NONBLOCK: opening a pipe that nobody writes to would wait for ever.
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT) {
        return resilience::permanent_error("its file " + name + " is missing");
    }
    if (fd < 0) {
        return resilience::permanent_error(
            "its file " + name +
            " cannot be opened: " + std::error_code(errno, std::generic_category()).message());
    }
    auto file = read_open(fd, name);
    close(fd);
    return file;
}

}  // namespace bot::sources
