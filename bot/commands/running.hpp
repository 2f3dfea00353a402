#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace bot::commands {

/// What people have asked for and have not been answered yet, so that they may take it back.
/// Thread-safe.
class Running {
public:
    /// One question, from when it was heard until its answer is given or it was taken back, one of
    /// the two.
    class Question {
    public:
        Question(std::string room, std::string person, std::string what)
            : room_(std::move(room)), person_(std::move(person)), what_(std::move(what)) {}

        /// Requested when it is taken back.
        std::stop_token stop() const { return stop_.get_token(); }
        bool cancelled() const { return state_ == State::kCancelled; }
        /// True: its answer may be given, it can no longer be taken back. False: it was.
        bool settle() { return leave(State::kSettled); }

    private:
        friend class Running;
        enum class State : std::uint8_t { kOpen, kSettled, kCancelled };

        bool leave(State to) {
            auto open = State::kOpen;
            return state_.compare_exchange_strong(open, to);
        }

        const std::string room_;
        const std::string person_;
        const std::string what_;  // as asked
        std::stop_source stop_;
        std::atomic<State> state_{State::kOpen};
    };
    /// Ends with the last copy.
    using Entry = std::shared_ptr<Question>;

    Entry add(std::string room, std::string person, std::string what);

    /// Takes back all that this person waits for in this room. Returns what that was, oldest first.
    std::vector<std::string> cancel(const std::string& room, const std::string& person);

private:
    std::mutex mutex_;  // guards questions_
    std::list<std::weak_ptr<Question>> questions_;
};

}  // namespace bot::commands
