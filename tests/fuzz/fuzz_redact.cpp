// Whatever stands around it: a bearer token never comes through, and the result is one short line.
#include "resilience/redact.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    const auto shown = resilience::redact(text + "\nAuthorization: Bearer S3CR3T_t0ken");
    if (shown.find("S3CR3T_t0ken") != std::string::npos) std::abort();
    if (shown.size() > resilience::kRedactedLengthMax + 3) std::abort();
    for (const char c : shown) {
        if (static_cast<unsigned char>(c) < 0x20) std::abort();
    }
    return 0;
}
