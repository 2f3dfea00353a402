#pragma once

#include "tests/simulation/run.hpp"

namespace simulation {

/// The least of a failing plan that still breaks the same rule: without the misfortunes and the
/// messages that do not matter. Requires that the plan fails under these options.
Plan shrink(const Plan& plan, const RunOptions& options = {});

}  // namespace simulation
