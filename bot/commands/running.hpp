#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

namespace bot::commands {

/// What people have asked for and have not been answered yet, so that they may take it back.
/// Thread-safe.
class Running {
public:
    /// One question, from when it was heard until its answer. Taken back when `stop` is requested.
    struct Question {
        std::string room;
        std::string person;
        std::string what;  ///< As asked.
        std::stop_source stop = {};

        bool cancelled() const { return stop.stop_requested(); }
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
