#pragma once

#include "resilience/clock.hpp"
#include "resilience/event.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace bot::commands {

/// What a handler tells of its work: an attempt has failed, and another follows after a wait.
struct Retrying {
    std::uint32_t attempt = 2;  ///< The one that follows.
    std::uint32_t of = 0;       ///< How many there are at most; 0: not known.
    resilience::Duration wait{0};
};

/// For `on_event` of a retry: tells `told` of each attempt that follows another. `told` may be
/// empty.
std::function<void(const resilience::Event&)> telling(std::function<void(const Retrying&)> told);

/// Decides what is said about a command while it runs: nothing when it is quick, then a notice,
/// and in its place what is new, not oftener than `pause` and `edits_max` times with the end.
///
/// Takes the time as an argument and does nothing by itself: the shell asks `step`, does it, and
/// says that it is done. Not thread-safe.
class Progress {
public:
    struct Limits {
        resilience::Duration quiet = std::chrono::seconds{2};
        /// Between two changes of one message.
        resilience::Duration pause = std::chrono::seconds{3};
        /// Webex takes ten edits of a message (developer.webex.com, "Edit a Message"). One of
        /// these is kept for the end.
        std::uint32_t edits_max = 9;
    };
    enum class Do : std::uint8_t { kNothing, kPost, kEdit };
    struct Step {
        Do what = Do::kNothing;
        std::string text = {};
        /// When to ask again; empty: not before something is told.
        std::optional<resilience::Instant> next = std::nullopt;
    };
    /// What becomes of the notice when the answer is there.
    enum class End : std::uint8_t {
        kNone,     ///< There is no notice.
        kReplace,  ///< The answer takes its place.
        kRemove    ///< It goes, and the answer is a message of its own.
    };

    /// `name` is the command's.
    Progress(std::string name, resilience::Instant started, const Limits& limits);
    Progress(std::string name, resilience::Instant started);

    void retrying(const Retrying& news, resilience::Instant now);
    /// What is to be done now.
    Step step(resilience::Instant now) const;
    /// A step was done, or could not be; either way it is not to be done again.
    void done(Do what, resilience::Instant now);
    /// How it ends with an answer that is one short text, or with another.
    End end(bool one_text) const;

private:
    std::string text(resilience::Instant now) const;

    std::string name_;
    Limits limits_;
    resilience::Instant started_;
    std::optional<Retrying> news_;
    resilience::Instant attempt_at_{};  // when the attempt of news_ begins
    bool posted_ = false;
    bool told_ = true;  // what is known stands in the notice
    resilience::Instant changed_{};
    std::uint32_t edits_ = 0;
};

}  // namespace bot::commands
