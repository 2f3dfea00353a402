#pragma once

#include "resilience/clock.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace bot::commands {

/// Commands that wait for their asker to say that they are meant. Each has a code that is taken
/// once, by the person who asked, in the room where they asked, before it expires. Kept in memory:
/// after a restart the codes of before are not known. Takes the time and chance as arguments.
/// Thread-safe.
class Confirmations {
public:
    struct Question {
        std::string person;
        std::string room;
        std::string text;  ///< The command as it was asked.
    };
    enum class Outcome : std::uint8_t {
        kTaken,
        kUnknown,   ///< No such code in this room, or it was taken or has been forgotten.
        kNotTheirs  ///< Somebody else asked; it still waits.
    };
    struct Answer {
        Outcome outcome = Outcome::kUnknown;
        std::string text = {};  ///< The command, where it was taken.
    };

    static constexpr std::chrono::minutes kValid{5};

    explicit Confirmations(std::size_t waiting_max = 1'000) : waiting_max_(waiting_max) {}

    /// Notes a question and returns its code, six letters and digits made of `chance`. Beyond
    /// `waiting_max` what expires next is forgotten.
    std::string ask(Question question, resilience::Instant now, std::uint64_t chance);

    /// Whether this person takes this code here and now.
    Answer take(const std::string& code,
                const std::string& person,
                const std::string& room,
                resilience::Instant now);

private:
    struct Waiting {
        Question question;
        resilience::Instant until{};
    };

    const std::size_t waiting_max_;
    std::mutex mutex_;  // guards waiting_
    std::map<std::string, Waiting> waiting_;
};

}  // namespace bot::commands
