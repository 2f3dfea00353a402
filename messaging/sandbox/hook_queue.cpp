#include "messaging/sandbox/hook_queue.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace messaging::sandbox {

void HookQueue::add(HookPost post, const HookFate& fate, Instant now) {
    post.retries = fate.retries;
    post.retry_delay = fate.retry_delay;
    // Copies follow the first one, so that they cannot arrive before it.
    const auto copy = post;
    post.followers.assign(fate.copies - 1, copy);
    if (!fate.reorder) {
        // Whoever waits to be overtaken follows this one, unless this one is late itself.
        for (auto& waiting : waiting_) {
            const bool follows = waiting.to_be_overtaken && fate.delay.count() == 0 &&
                                 waiting.post.webhook_id == post.webhook_id;
            if (!follows) continue;
            post.followers.push_back(std::move(waiting.post));
            waiting.post.webhook_id.clear();
        }
        std::erase_if(waiting_, [](const Waiting& one) { return one.post.webhook_id.empty(); });
    }
    waiting_.push_back({std::move(post), now + fate.delay, fate.reorder});
}

void HookQueue::ended(const HookPost& post, bool ok, Instant now) {
    for (const auto& follower : post.followers)
        waiting_.push_back({follower, now});
    if (ok || post.retries == 0) return;
    auto again = post;
    again.followers.clear();
    --again.retries;
    waiting_.push_back({std::move(again), now + post.retry_delay});
}

std::vector<HookPost> HookQueue::take_due(Instant now) {
    std::vector<HookPost> due;
    for (auto& waiting : waiting_) {
        if (waiting.due > now) continue;
        due.push_back(std::move(waiting.post));
        waiting.post.webhook_id.clear();
    }
    std::erase_if(waiting_, [](const Waiting& one) { return one.post.webhook_id.empty(); });
    return due;
}

std::optional<HookQueue::Instant> HookQueue::next() const {
    const auto first =
        std::min_element(waiting_.begin(), waiting_.end(),
                         [](const Waiting& a, const Waiting& b) { return a.due < b.due; });
    if (first == waiting_.end()) return std::nullopt;
    return first->due;
}

std::string reformatted_json(std::string_view json) {
    const auto escaped = nlohmann::json::parse(json).dump(-1, ' ', true);
    std::string spaced;
    bool in_text = false;
    for (std::size_t i = 0; i < escaped.size(); ++i) {
        spaced += escaped[i];
        if (in_text && escaped[i] == '\\') {
            spaced += escaped[++i];
        } else if (escaped[i] == '"') {
            in_text = !in_text;
        } else if (!in_text && (escaped[i] == ':' || escaped[i] == ',')) {
            spaced += ' ';
        }
    }
    return spaced;
}

}  // namespace messaging::sandbox
