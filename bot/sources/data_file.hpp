#pragma once

#include "resilience/clock.hpp"
#include "resilience/result.hpp"

#include <string>

namespace bot::sources {

/// A data file as it was read.
struct DataFile {
    std::string text;
    resilience::Clock::WallTime written;  ///< When it was last written.
};

/// Reads a regular file of at most 4 MiB. Fails with a reason that can be shown in a room: it is
/// missing, empty, no file, too large, or may not be read. Only the file's name is told there, not
/// its folder.
resilience::Result<DataFile> read_data_file(const std::string& path);

}  // namespace bot::sources
