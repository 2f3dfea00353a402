#pragma once

#include <string>

namespace bot::config {

/// A word that stands for a command with its arguments: "aging" for "chart aging".
struct Alias {
    std::string name;  ///< Key in the file; what people type.
    std::string text;  ///< What they would have to type otherwise.
    int line = 0;      ///< In the file, for problems that are found later.
};

}  // namespace bot::config
