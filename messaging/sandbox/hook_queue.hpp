#pragma once

#include "messaging/sandbox/fault_plan.hpp"
#include "messaging/sandbox/webhook_rules.hpp"
#include "resilience/clock.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace messaging::sandbox {

/// Deliveries to webhooks that are not to be made at once: late ones, copies, ones that another
/// has to overtake, second tries. No clock: the caller says what time it is. One thread at a time.
class HookQueue {
public:
    using Instant = resilience::Clock::Instant;

    /// Takes a delivery in as `fate` wants it, which must be one that is sent.
    void add(HookPost post, const HookFate& fate, Instant now);
    /// A delivery that `take_due` gave out has ended: frees what waited for that, or tries again.
    void ended(const HookPost& post, bool ok, Instant now);
    /// What is to be sent now, in order.
    std::vector<HookPost> take_due(Instant now);
    /// When `take_due` will give something out, if nothing else happens.
    std::optional<Instant> next() const;
    void clear() { waiting_.clear(); }

private:
    struct Waiting {
        HookPost post;
        Instant due;
        bool to_be_overtaken = false;
    };

    std::vector<Waiting> waiting_;  ///< In order of arrival.
};

/// The same JSON with a blank after each ':' and ',', and everything beyond ASCII as \u escapes.
/// `json` must be valid.
std::string reformatted_json(std::string_view json);

}  // namespace messaging::sandbox
