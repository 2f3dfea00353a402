#pragma once

#include "resilience/clock.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace bot::commands {

/// Remembers when what was asked, by whom and where, so that nobody has to be answered faster than
/// they can read. Takes the time as an argument. Thread-safe; bounded by `remembered_max`, beyond
/// which what rests shortest is forgotten.
class CoolDown {
public:
    /// How long something rests; 0: not at all.
    struct Limits {
        std::chrono::seconds user{0};
        std::chrono::seconds room{0};
    };
    struct Question {
        std::string what;  ///< "chart mttr"; other questions rest by themselves.
        std::string person = {};
        std::string room = {};
    };
    /// It was asked too soon.
    struct Wait {
        resilience::Duration since{0};  ///< It was asked so long ago,
        resilience::Duration left{0};   ///< and may be again after so much more.
        bool by_room = false;           ///< The room rests, whoever asked.
    };

    explicit CoolDown(std::size_t remembered_max = 10'000) : remembered_max_(remembered_max) {}

    /// Empty: it may be answered, and rests from now on. A question that comes too soon does not
    /// make the rest longer.
    std::optional<Wait> ask(const Question& question,
                            const Limits& limits,
                            resilience::Instant now);

    std::size_t remembered() const;

private:
    struct Rest {
        resilience::Instant asked{};
        resilience::Instant until{};
    };

    std::optional<Wait> wait_of(const std::string& key, resilience::Instant now) const;
    void note(const std::string& key, std::chrono::seconds rest, resilience::Instant now);
    void forget(resilience::Instant now);

    const std::size_t remembered_max_;
    mutable std::mutex mutex_;  // guards rests_
    std::map<std::string, Rest> rests_;
};

/// "`chart mttr` was asked 3 s ago; again in 7 s."
std::string too_soon(const CoolDown::Question& question, const CoolDown::Wait& wait);

}  // namespace bot::commands
