#pragma once

#include <cstdint>

namespace test_support {

/// How often this program has asked `operator new` for memory. Counted where allocation_count.cpp
/// is linked in; safe from any thread.
std::uint64_t allocations() noexcept;

}  // namespace test_support
