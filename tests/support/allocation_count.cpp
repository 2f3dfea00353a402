#include "tests/support/allocation_count.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::uint64_t> count{0};

thread_local std::uint64_t left = 0;  // allocations until one fails; 0: none does
thread_local bool none_after = false;
thread_local bool failed = false;

bool must_fail() noexcept {
    if (left == 0) return none_after && failed;
    if (--left > 0) return false;
    failed = true;
    return true;
}

void* counted(std::size_t size) noexcept {
    count.fetch_add(1, std::memory_order_relaxed);
    return must_fail() ? nullptr : std::malloc(size == 0 ? 1 : size);
}

void* counted_or_throw(std::size_t size) {
    if (void* memory = counted(size)) return memory;
    throw std::bad_alloc();
}

}  // namespace

namespace test_support {

std::uint64_t allocations() noexcept {
    return count.load(std::memory_order_relaxed);
}

AllocationFault::AllocationFault(std::uint64_t nth, bool for_good) noexcept {
    failed = false;
    none_after = for_good;
    left = nth;
}

AllocationFault::~AllocationFault() {
    left = 0;
    none_after = false;
}

bool AllocationFault::happened() const noexcept {
    return failed;
}

}  // namespace test_support

// Every form, not only the two that the others are made of: the address sanitizer replaces each
// form that is missing here by its own, and then new and delete would not belong together.
void* operator new(std::size_t size) {
    return counted_or_throw(size);
}
void* operator new[](std::size_t size) {
    return counted_or_throw(size);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return counted(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
    return counted(size);
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete[](void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, const std::nothrow_t&) noexcept {
    std::free(memory);
}
