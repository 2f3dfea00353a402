#pragma once

#include <cstdint>

namespace test_support {

/// How often this program has asked `operator new` for memory. Counted where allocation_count.cpp
/// is linked in; safe from any thread.
std::uint64_t allocations() noexcept;

/// Makes memory run out for the thread that made it: the `nth` allocation from now on (1: the next)
/// fails, and, `for_good`, all that follow. One at a time for each thread.
class AllocationFault {
public:
    explicit AllocationFault(std::uint64_t nth, bool for_good = false) noexcept;
    ~AllocationFault();
    AllocationFault(const AllocationFault&) = delete;
    AllocationFault& operator=(const AllocationFault&) = delete;
    AllocationFault(AllocationFault&&) = delete;
    AllocationFault& operator=(AllocationFault&&) = delete;

    /// True when an allocation has failed.
    bool happened() const noexcept;
};

}  // namespace test_support
