#include "bot/commands/confirmations.hpp"

#include "resilience/ascii.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace bot::commands {

namespace {

// Without letters that look like digits or each other (Crockford's base 32, in lower case).
constexpr std::string_view kLetters = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr int kCodeLength = 6;

std::string code_of(std::uint64_t chance) {
    std::string code;
    for (int i = 0; i < kCodeLength; ++i) {
        code += kLetters[chance % kLetters.size()];
        chance /= kLetters.size();
    }
    return code;
}

}  // namespace

std::string Confirmations::ask(Question question, resilience::Instant now, std::uint64_t chance) {
    const std::scoped_lock lock(mutex_);
    std::erase_if(waiting_, [now](const auto& entry) { return entry.second.until <= now; });
    if (waiting_.size() >= waiting_max_) {
        waiting_.erase(std::min_element(
            waiting_.begin(), waiting_.end(),
            [](const auto& a, const auto& b) { return a.second.until < b.second.until; }));
    }
    auto code = code_of(chance);
    while (waiting_.contains(code))
        code = code_of(++chance);
    waiting_[code] = {std::move(question), now + kValid};
    return code;
}

Confirmations::Answer Confirmations::take(const std::string& code,
                                          const std::string& person,
                                          const std::string& room,
                                          resilience::Instant now) {
    const std::scoped_lock lock(mutex_);
    const auto found = waiting_.find(resilience::ascii::lowered(code));
    if (found == waiting_.end()) return {};
    const auto& [question, until] = found->second;
    // Codes of other rooms are not for guessing.
    if (until <= now || question.room != room) return {};
    if (question.person != person) return {.outcome = Outcome::kNotTheirs};
    Answer answer{.outcome = Outcome::kTaken, .text = question.text};
    waiting_.erase(found);
    return answer;
}

}  // namespace bot::commands
