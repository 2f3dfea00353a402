#include "bot/commands/running.hpp"

#include <utility>

namespace bot::commands {

Running::Entry Running::add(std::string room, std::string person, std::string what) {
    auto entry = std::make_shared<Question>(std::move(room), std::move(person), std::move(what));
    const std::scoped_lock lock(mutex_);
    questions_.remove_if([](const auto& one) { return one.expired(); });
    questions_.push_back(entry);
    return entry;
}

std::vector<std::string> Running::cancel(const std::string& room, const std::string& person) {
    std::vector<Entry> meant;
    {
        const std::scoped_lock lock(mutex_);
        for (const auto& one : questions_) {
            auto entry = one.lock();
            const bool theirs = entry && entry->room_ == room && entry->person_ == person;
            if (theirs) meant.push_back(std::move(entry));
        }
    }
    std::vector<std::string> cancelled;
    for (const auto& entry : meant) {
        if (!entry->leave(Question::State::kCancelled)) continue;
        cancelled.push_back(entry->what_);
        // Whoever listens to the stop is called here, so no lock is held.
        entry->stop_.request_stop();
    }
    return cancelled;
}

}  // namespace bot::commands
