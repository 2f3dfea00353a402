// Whatever a server sends: the wait is within its limits, and blanks around it do not matter.
#include "resilience/retry_after.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    const resilience::Clock::WallTime now{std::chrono::seconds{1'795'312'800}};
    const auto wait = resilience::parse_retry_after(text, now);
    if (wait && (wait->count() < 0 || *wait > resilience::kServerDelayLimit)) std::abort();
    if (resilience::parse_retry_after(" " + text + "\t", now) != wait) std::abort();
    // A later clock never lengthens the wait.
    const auto later = resilience::parse_retry_after(text, now + std::chrono::hours{1});
    if (wait && later && *later > *wait) std::abort();
    return 0;
}
