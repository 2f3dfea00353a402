#pragma once

#include "messaging/outbox/store.hpp"
#include "tests/simulation/ledger.hpp"
#include "tests/simulation/plan.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace simulation {

/// Puts something between the outbox and its disk: how a defect is planted.
using Wrap =
    std::function<std::unique_ptr<messaging::outbox::Store>(messaging::outbox::Store& disk)>;

struct Outcome {
    std::optional<Finding> finding = std::nullopt;  ///< Nothing: all rules held.
    std::string trace = {};                         ///< Where it was asked for.
    std::uint64_t fingerprint = 0;
    Ledger::Counts counts = {};
    milliseconds lasted{0};  ///< Virtual time.
};

struct RunOptions {
    bool trace = false;
    Wrap wrap = {};
};

/// Lets one plan happen: the real `Sender` and `Outbox`, on virtual time and one thread.
Outcome run(const Plan& plan, const RunOptions& options = {});

}  // namespace simulation
