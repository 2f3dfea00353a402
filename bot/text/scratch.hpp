#pragma once

#include "resilience/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace bot::text {

/// Files that handlers make for their answers: the outbox copies them when an answer is accepted,
/// so they need not stay. The folder is made when missing and holds the last `kept` files.
/// Immutable; any thread.
class Scratch {
public:
    explicit Scratch(std::string folder, std::size_t kept = 64);

    /// Writes a new file whose name ends with `ending` (".csv") and returns its path. Fails, naming
    /// the folder, when it cannot be written whole. Blocks on the disk.
    resilience::Result<std::string> write(std::string_view bytes, std::string_view ending) const;

private:
    void prune() const;

    std::string folder_;
    std::size_t kept_;
};

}  // namespace bot::text
