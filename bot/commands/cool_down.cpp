#include "bot/commands/cool_down.hpp"

#include "bot/commands/named.hpp"
#include "bot/text/markdown.hpp"
#include "bot/text/utf8.hpp"

#include <algorithm>

namespace bot::commands {

namespace {

constexpr char kBetween = '\n';  // stands in no word

std::string key_of(char scope, const std::string& who, const std::string& what) {
    return scope + who + kBetween + what;
}

// Whole seconds: "3 s", "2 min".
std::string shown_time(resilience::Duration time, bool up) {
    auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    if (up && seconds < time) ++seconds;
    if (seconds < std::chrono::seconds{120}) return std::to_string(seconds.count()) + " s";
    const auto minutes = up ? std::chrono::ceil<std::chrono::minutes>(seconds)
                            : std::chrono::floor<std::chrono::minutes>(seconds);
    return std::to_string(minutes.count()) + " min";
}

}  // namespace

std::optional<CoolDown::Wait> CoolDown::ask(const Question& question,
                                            const Limits& limits,
                                            resilience::Instant now) {
    const std::scoped_lock lock(mutex_);
    const auto user = key_of('u', question.person, question.what);
    const auto room = key_of('r', question.room, question.what);
    if (limits.user.count() > 0) {
        if (const auto wait = wait_of(user, now)) return wait;
    }
    if (limits.room.count() > 0) {
        if (auto wait = wait_of(room, now)) {
            wait->by_room = true;
            return wait;
        }
    }
    note(user, limits.user, now);
    note(room, limits.room, now);
    return std::nullopt;
}

std::size_t CoolDown::remembered() const {
    const std::scoped_lock lock(mutex_);
    return rests_.size();
}

std::optional<CoolDown::Wait> CoolDown::wait_of(const std::string& key,
                                                resilience::Instant now) const {
    const auto found = rests_.find(key);
    if (found == rests_.end() || found->second.until <= now) return std::nullopt;
    return Wait{.since = now - found->second.asked, .left = found->second.until - now};
}

void CoolDown::note(const std::string& key, std::chrono::seconds rest, resilience::Instant now) {
    if (rest.count() <= 0) return;
    if (rests_.size() >= remembered_max_ && !rests_.contains(key)) forget(now);
    rests_[key] = {.asked = now, .until = now + rest};
}

// Everything whose rest is over; if that is nothing, what would be next.
void CoolDown::forget(resilience::Instant now) {
    std::erase_if(rests_, [now](const auto& entry) { return entry.second.until <= now; });
    if (rests_.size() < remembered_max_) return;
    rests_.erase(std::min_element(rests_.begin(), rests_.end(), [](const auto& a, const auto& b) {
        return a.second.until < b.second.until;
    }));
}

std::string too_soon(const CoolDown::Question& question, const CoolDown::Wait& wait) {
    const auto what =
        text::is_utf8(question.what) ? text::shorten(question.what, kEchoMax) : "that";
    return "`" + text::escape_code(what) + "` was asked " + (wait.by_room ? "here " : "") +
           shown_time(wait.since, false) + " ago; again in " + shown_time(wait.left, true) + ".";
}

}  // namespace bot::commands
