#include "bot/log/alarm_file.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace bot::log {

using Json = nlohmann::json;
using resilience::Done;
using resilience::Result;

namespace {

resilience::Error failed(const std::string& doing, const std::string& path, int code) {
    return resilience::permanent_error(doing + " the alarm file '" + path +
                                       "' failed: " + std::generic_category().message(code));
}

int write_whole(int fd, std::string_view line) {
    while (!line.empty()) {
        const auto written = ::write(fd, line.data(), line.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        line.remove_prefix(static_cast<std::size_t>(written));
    }
    return ::fsync(fd) == 0 ? 0 : errno;
}

// A new name in a folder is durable only when the folder is.
void sync_folder_of(const std::string& path) {
    const auto folder = std::filesystem::path(path).parent_path();
    const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    ::fsync(fd);
    ::close(fd);
}

void read_into(const std::string& path, std::vector<Alarm>& alarms) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        const auto json = Json::parse(line, nullptr, false);
        if (!json.is_object()) continue;
        const auto time = json.find("time");
        const auto kind = json.find("kind");
        const auto text = json.find("text");
        if (time == json.end() || !time->is_number_integer() || kind == json.end() ||
            !kind->is_string() || text == json.end() || !text->is_string()) {
            continue;
        }
        alarms.push_back({std::chrono::milliseconds{time->get<std::int64_t>()},
                          kind->get<std::string>(), text->get<std::string>()});
    }
}

}  // namespace

Result<Done> AlarmFile::append(const Alarm& alarm) const {
    const Json json{{"time", alarm.time.count()}, {"kind", alarm.kind}, {"text", alarm.text}};
    const auto line = json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    struct stat there {};
    const bool is_there = ::stat(path_.c_str(), &there) == 0;
    const bool full =
        is_there && static_cast<std::uint64_t>(there.st_size) + line.size() > bytes_max_;
    if (full && std::rename(path_.c_str(), (path_ + ".1").c_str()) != 0) {
        return failed("moving", path_, errno);
    }
    const int fd = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                          S_IRUSR | S_IWUSR);
    if (fd < 0) return failed("opening", path_, errno);
    const int error = write_whole(fd, line);
    ::close(fd);
    if (error != 0) return failed("writing to", path_, error);
    if (full || !is_there) sync_folder_of(path_);
    return Done{};
}

Result<std::vector<Alarm>> AlarmFile::read() const {
    std::vector<Alarm> alarms;
    for (const auto& path : {path_ + ".1", path_}) {
        if (::access(path.c_str(), F_OK) != 0) continue;
        if (::access(path.c_str(), R_OK) != 0) return failed("reading", path, errno);
        read_into(path, alarms);
    }
    return alarms;
}

}  // namespace bot::log
