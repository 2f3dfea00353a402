#pragma once

#include <cstddef>
#include <string>

namespace bot::charts {

/// SHA-256 of a text, in 64 hexadecimal digits.
std::string sha256(const std::string& text);

/// Writes a file through a temporary name, so that nobody ever sees half of one. False when it
/// cannot be written; then nothing is left behind.
bool store_file(const std::string& path, const std::string& bytes);

/// Removes the oldest pictures (*.png) of a folder beyond `keep`, and what interrupted writes left
/// there over an hour ago. Failing to is harmless.
void prune_pictures(const std::string& folder, std::size_t keep);

}  // namespace bot::charts
