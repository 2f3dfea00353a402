#pragma once

#include "messaging/sandbox/moment.hpp"
#include "messaging/sandbox/world.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace messaging::sandbox {

/// Knows what was really delivered, whatever the clients were told. Counts messages of bots alone.
///
/// Two messages with the same room, parent, texts, card and file are duplicates: senders that mean
/// to say the same twice have to add something. A number such as "#12" in the text is a sequence
/// number; within a room they must not fall.
class Oracle {
public:
    void count_request() { ++requests_; }
    /// A message of a bot was stored. `file_hash` stands for the bytes of its file. `answer_lost`:
    /// its sender was not told. Gives a number for `answer_abandoned`.
    std::uint64_t stored(const Message& message, std::uint64_t file_hash, bool answer_lost);
    /// The sender of this message went before it had the whole answer.
    void answer_abandoned(std::uint64_t number);
    /// Notes a refusal with a Retry-After, read as seconds or as a date.
    void refused(std::string_view key, std::string_view retry_after, const Moment& now);
    /// Notes a request; one within the wait that its `key` was told is too early. The first 100 ms
    /// are forgiven: such requests were on their way already.
    void arrived(std::string_view key, const Moment& now);

    /// An event that a webhook wants to hear of; a delivery sent; one that failed or was made to.
    void hook_owed() { ++hooks_owed_; }
    void hook_sent() { ++hooks_sent_; }
    void hook_failed() { ++hooks_failed_; }

    std::string json() const;
    void reset() { *this = Oracle(); }

private:
    struct Finding {
        std::string message_id;
        std::string text;
        std::uint64_t number = 0;
    };
    struct RoomCount {
        std::string title;
        std::uint64_t stored = 0;
        std::uint64_t distinct = 0;
        std::uint64_t duplicates = 0;
        std::uint64_t order_violations = 0;
        std::uint64_t last_sequence = 0;
        std::deque<Finding> duplicate_list = {};
        std::deque<Finding> violation_list = {};
    };
    struct Seen {
        std::uint32_t count = 0;
        bool answer_lost = false;
    };
    struct Wait {
        resilience::Clock::Instant told;
        resilience::Clock::Instant until;
    };

    std::uint64_t requests_ = 0;
    std::uint64_t stored_ = 0;
    std::uint64_t duplicates_ = 0;
    std::uint64_t duplicates_after_lost_ = 0;
    std::uint64_t order_violations_ = 0;
    std::uint64_t early_ = 0;
    std::uint64_t stored_then_failed_ = 0;
    std::uint64_t hooks_owed_ = 0;
    std::uint64_t hooks_sent_ = 0;
    std::uint64_t hooks_failed_ = 0;
    std::unordered_map<std::uint64_t, Seen> seen_;
    std::unordered_map<std::string, RoomCount> rooms_;
    std::unordered_map<std::string, Wait> waits_;
};

/// The wait that a Retry-After value asks for, in seconds or as an HTTP date; nothing for others.
std::optional<std::chrono::milliseconds> retry_wait(std::string_view value,
                                                    resilience::Clock::WallTime now);

/// The number after the first "#" that is followed by digits, or nothing.
std::optional<std::uint64_t> sequence_number(std::string_view text);

}  // namespace messaging::sandbox
