#include "bot/log/append_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace bot::log {

AppendFile::~AppendFile() {
    close();
}

int AppendFile::append(std::string_view line) noexcept {
    if (descriptor_ >= 0 && !is_at_path()) close();
    if (descriptor_ < 0) {
        descriptor_ = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    }
    if (descriptor_ < 0) return errno;
    while (!line.empty()) {
        const auto written = ::write(descriptor_, line.data(), line.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        line.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

bool AppendFile::is_at_path() const noexcept {
    struct stat opened {};
    struct stat there {};
    return ::fstat(descriptor_, &opened) == 0 && ::stat(path_.c_str(), &there) == 0 &&
           opened.st_dev == there.st_dev && opened.st_ino == there.st_ino;
}

void AppendFile::close() noexcept {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
}

}  // namespace bot::log
