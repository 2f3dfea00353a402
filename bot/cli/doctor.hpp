#pragma once

#include "bot/cli/facts_protocol.hpp"
#include "bot/config/config.hpp"
#include "bot/log/alarm_file.hpp"
#include "resilience/result.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bot::cli {

/// One line of `stentor doctor`.
struct Finding {
    enum class Level : std::uint8_t { kOk, kWarn, kFail };
    Level level = Level::kOk;
    std::string about = {};  ///< "store", "spool" …
    std::string text = {};
    std::string cure = {};  ///< What to do; empty when all is well.

    friend bool operator==(const Finding&, const Finding&) = default;
};

std::string_view to_string(Finding::Level level);

/// A file in the spool.
struct SpoolFile {
    std::string name;
    std::chrono::seconds age{0};
};

/// What the machine looks like, as the shell has found it.
struct Machine {
    std::chrono::milliseconds now{0};  ///< Since 1970-01-01 UTC.
    bool state_dir_there = false;
    bool state_dir_private = false;
    bool state_dir_writable = false;
    std::uint64_t disk_free = 0;  ///< Bytes for this user; both 0: not known.
    std::uint64_t disk_size = 0;
    std::vector<SpoolFile> spool = {};
    std::uint64_t spool_bytes = 0;
    /// What is wrong with the token file; empty: nothing, or there is none.
    std::string token_file_problem = {};
    bool token_file_open = false;  ///< Others may read it.
    resilience::Result<std::vector<log::Alarm>> alarms = std::vector<log::Alarm>{};
};

/// Everything that `stentor doctor` looks at.
struct Examined {
    config::Loaded loaded = {};
    Machine machine = {};
    bool owner = false;  ///< A bot runs and has given the facts.
    /// Why there are none is the error; with the rule `store_missing` there is no outbox yet.
    resilience::Result<StoreFacts> facts = StoreFacts{};
};

/// All findings, in the order in which they are told. Pure.
std::vector<Finding> diagnose(const Examined& examined);

}  // namespace bot::cli
