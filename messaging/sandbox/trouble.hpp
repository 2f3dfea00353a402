#pragma once

#include "messaging/sandbox/fault_plan.hpp"
#include "messaging/sandbox/moment.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace messaging::sandbox {

/// The switch of the chat page: one named misfortune for all bots, for a while.
class Trouble {
public:
    /// "none", "unavailable", "throttled", "answers_lost", "slow" or "token_refused", for so long;
    /// zero: until changed. False for another name, which changes nothing.
    bool set(std::string_view mode, std::chrono::milliseconds time, const Moment& now);
    /// True if the time was up: it is "none" now.
    bool expire(const Moment& now);

    FaultDecision decide(const RequestFacts& facts, const Moment& now);

    /// {"mode":…,"endsAt":…|null,"remainingMs":…}
    std::string json(const Moment& now) const;
    /// How long until `expire` will return true, if it will.
    std::optional<std::chrono::milliseconds> remaining(const Moment& now) const;

private:
    std::string mode_ = "none";
    FaultPlan plan_;
    std::optional<Moment> ends_;
};

}  // namespace messaging::sandbox
