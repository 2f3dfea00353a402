#include "resilience/presets.hpp"

namespace resilience::presets {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

RetryPolicy policy(std::uint32_t attempts, Duration initial, Duration max, Jitter jitter) noexcept {
    return {.backoff = {.initial = initial, .max = max, .jitter = jitter},
            .max_attempts = attempts};
}

}  // namespace

RetryPolicy standard() noexcept {
    return policy(3, seconds{1}, seconds{60}, Jitter::kProportional);
}

RetryPolicy webex() noexcept {
    auto result = policy(3, seconds{2}, seconds{30}, Jitter::kProportional);
    result.rate_limited_floor = seconds{15};
    return result;
}

RetryPolicy external_api() noexcept {
    return policy(5, seconds{2}, seconds{30}, Jitter::kNone);
}

RetryPolicy api() noexcept {
    return policy(3, seconds{1}, seconds{10}, Jitter::kNone);
}

RetryPolicy database() noexcept {
    return policy(3, milliseconds{500}, seconds{5}, Jitter::kProportional);
}

RetryPolicy event_publish() noexcept {
    return policy(3, seconds{1}, seconds{10}, Jitter::kProportional);
}

RetryPolicy image() noexcept {
    return policy(4, seconds{1}, seconds{8}, Jitter::kNone);
}

RetryPolicy clip() noexcept {
    return policy(4, seconds{1}, seconds{4}, Jitter::kNone);
}

std::optional<RetryPolicy> by_name(std::string_view name) noexcept {
    using Make = RetryPolicy (*)() noexcept;
    constexpr std::array<Make, kNames.size()> kMakers{standard, webex,         external_api, api,
                                                      database, event_publish, image,        clip};
    for (std::size_t i = 0; i < kNames.size(); ++i) {
        if (kNames[i] == name) return kMakers[i]();
    }
    return std::nullopt;
}

}  // namespace resilience::presets
