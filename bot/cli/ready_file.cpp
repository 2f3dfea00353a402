#include "bot/cli/ready_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string_view>
#include <system_error>

namespace bot::cli {

using resilience::Done;
using resilience::permanent_error;
using resilience::Result;

namespace {

bool is_plain(const std::string& value) {
    constexpr std::string_view kMarks = "-_.:/+=@";
    return std::all_of(value.begin(), value.end(), [&](char c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        return letter || (c >= '0' && c <= '9') || kMarks.find(c) != std::string_view::npos;
    });
}

resilience::Error failed(const std::string& path) {
    return permanent_error("cannot write the ready file " + path + ": " +
                           std::generic_category().message(errno));
}

resilience::Error not_plain(const std::string& path, const std::string& name) {
    return permanent_error("ready file " + path + " not written: the value of " + name +
                           " has characters that a shell would not read as they are");
}

}  // namespace

Result<Done> write_ready_file(const std::string& path,
                              const std::vector<std::pair<std::string, std::string>>& lines) {
    std::string text;
    for (const auto& [name, value] : lines) {
        if (!is_plain(value)) return not_plain(path, name);
        text.append(name).append("=").append(value).append("\n");
    }
    const auto fresh = path + ".new";
    ::unlink(fresh.c_str());
    const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return failed(path);
    const auto written = ::write(file, text.data(), text.size());
    const bool closed = ::close(file) == 0;
    if (written != static_cast<ssize_t>(text.size()) || !closed ||
        ::rename(fresh.c_str(), path.c_str()) != 0) {
        auto error = failed(path);
        ::unlink(fresh.c_str());
        return error;
    }
    return Done{};
}

}  // namespace bot::cli
