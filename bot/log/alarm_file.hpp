#pragma once

#include "resilience/result.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace bot::log {

/// Something that a person should have been told and perhaps was not.
struct Alarm {
    std::chrono::milliseconds time{0};  ///< Since 1970-01-01 UTC.
    std::string kind = {};              ///< "bot_held", "not_delivered" …
    std::string text = {};              ///< One line for a person, without secrets.

    friend bool operator==(const Alarm&, const Alarm&) = default;
};

/// The last place for alarms: a file of JSON lines in the state folder, readable by its owner
/// alone. `stentor doctor` reads it back. Not synchronised.
class AlarmFile {
public:
    /// Name of the file in STATE_DIR.
    static constexpr const char* kName = "alarms.jsonl";
    /// When the file would be larger it becomes "<path>.1", in place of an older one.
    static constexpr std::uint64_t kBytesMax = 1U << 20U;

    explicit AlarmFile(std::string path, std::uint64_t bytes_max = kBytesMax)
        : path_(std::move(path)), bytes_max_(bytes_max) {}

    /// Appends one line and makes it durable. Blocks on the disk.
    resilience::Result<resilience::Done> append(const Alarm& alarm) const;

    /// What lies in both files, oldest first; nothing where there is no file. Lines that a crash
    /// cut off are left out. Blocks on the disk.
    resilience::Result<std::vector<Alarm>> read() const;

private:
    std::string path_;
    std::uint64_t bytes_max_;
};

}  // namespace bot::log
