#pragma once

#include "resilience/result.hpp"

#include <string>
#include <utility>
#include <vector>

namespace bot::cli {

/// Writes lines NAME=value that a shell can read with `.`, readable by the owner alone: they may
/// hold a token. Whoever waits for the file never sees half of it. Values with other characters
/// than letters, digits and -_.:/+=@ are refused: a shell would read something else.
resilience::Result<resilience::Done> write_ready_file(
    const std::string& path, const std::vector<std::pair<std::string, std::string>>& lines);

}  // namespace bot::cli
