#pragma once

#include "resilience/clock.hpp"
#include "resilience/result.hpp"

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

namespace bot::sources {

/// A program to run to its end.
struct Command {
    std::string program;  ///< A path, or a name looked up in PATH.
    std::vector<std::string> arguments = {};
    std::vector<std::string> environment = {};  ///< "NAME=value"; nothing is inherited.
    std::string input = {};                     ///< Given on standard input.
    std::chrono::milliseconds time_max{10'000};
    std::uint64_t memory_max = std::uint64_t{1} << 30U;  ///< Bytes of address space.
    std::size_t output_max = 4U << 20U;                  ///< Bytes of standard output.
    std::stop_token stop = {};                           ///< Ends it early when requested.
};

struct Output {
    std::string bytes;   ///< Standard output.
    std::string errors;  ///< Standard error, its first 4 KiB.
};

/// Runs a command and waits for its end; blocks for `time_max` at most (measured by `clock`).
///
/// Its limits are in force before it gets its first byte of input. It is killed, with everything
/// it started, when it takes too long, writes too much or is stopped. Fails, with one line on the
/// reason, when it cannot be started, was killed, or ended with a status other than 0. Any thread.
resilience::Result<Output> run_child(const Command& command, const resilience::Clock& clock);

}  // namespace bot::sources
