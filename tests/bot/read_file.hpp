#pragma once

#include <fstream>
#include <iterator>
#include <string>

namespace tests {

/// All bytes of a file, empty if there is none.
inline std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace tests
