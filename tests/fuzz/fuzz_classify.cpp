// Whatever a text says: a rule with a name decides, words never allow more than facts forbid, and
// the strict profile repeats nothing.
#include "resilience/classify.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace resilience;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Classifier kOpen;
    static const Classifier kClosed(Profile::kStrict);
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (kOpen.classify({.message = text}, {}).rule.empty()) std::abort();
    const FailureInfo refused{.kind = FailureKind::kHttpStatus, .status = 400, .message = text};
    if (kOpen.classify(refused, {}).cls != ErrorClass::kPermanent) std::abort();
    const auto strict = kClosed.classify({.message = text}, {});
    if (is_repeatable(strict.cls, Idempotency::kIdempotent)) std::abort();
    return 0;
}
