#pragma once

#include "resilience/result.hpp"

#include <string>

namespace bot::config {

/// The one secret that a file holds, without the blanks at its end. Fails when the file cannot be
/// read, is empty or holds anything else; the error never quotes it. Blocks.
resilience::Result<std::string> read_secret_file(const std::string& path);

}  // namespace bot::config
