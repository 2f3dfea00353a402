#pragma once

#include "tests/simulation/run.hpp"

namespace simulation {

/// How a backlog drains after an outage of ten minutes, against a service that takes 50 messages a
/// second: by its length, and by what the service had to refuse.
struct Drain {
    double ideal_seconds = 0;
    double seconds = 0;  ///< From the end of the outage to the last message.
    double refused_share = 0;
    std::uint64_t refused_burst = 0;  ///< Most refusals within one second.
    std::optional<Finding> finding = std::nullopt;

    double ratio() const { return seconds / ideal_seconds; }
};

/// `told`: the rate that the dispatcher is told; 0: it has to find out. Takes some seconds.
Drain drain(double told, std::uint64_t seed);

}  // namespace simulation
