#pragma once

#include "tests/simulation/run.hpp"

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace simulation {

/// Defects that delivery layers have. The product has none of them: they are planted between the
/// outbox and its disk, to show that the rules find them.
enum class Defect : std::uint8_t {
    kSkipIntent,       ///< After a crash it looks as if nothing had been about to be sent.
    kForgetRelease,    ///< A room that was released stays held.
    kDoubleCount,      ///< A refusal with a date counts as an attempt.
    kReorderOnRetry,   ///< What is retried goes to the end of its lane.
    kDropOnRestart,    ///< Nobody hears of what a crash left open.
    kAnswerTooEarly,   ///< "Accepted" is said before it is written.
    kForgetRetryAfter  ///< A long Retry-After is not written down.
};

inline constexpr std::array<std::pair<Defect, std::string_view>, 7> kDefects{{
    {Defect::kSkipIntent, "skip the intent"},
    {Defect::kForgetRelease, "forget the release of a room"},
    {Defect::kDoubleCount, "count a refusal as an attempt"},
    {Defect::kReorderOnRetry, "reorder on retry"},
    {Defect::kDropOnRestart, "drop on restart"},
    {Defect::kAnswerTooEarly, "answer before writing"},
    {Defect::kForgetRetryAfter, "forget a Retry-After over a restart"},
}};

Wrap plant(Defect defect);

}  // namespace simulation
