#include "messaging/outbox/lost_answers.hpp"

#include <algorithm>
#include <utility>

namespace messaging::outbox {

void LostAnswers::add(LostAnswer lost, Instant now) {
    const auto id = lost.intent.id.value;
    by_id_.insert_or_assign(id, Search{.lost = std::move(lost),
                                       .next_look = now + first_,
                                       .end = now + until_,
                                       .wait = first_});
}

void LostAnswers::not_seen(DeliveryId id, const LookResult& result, Instant now) {
    const auto found = by_id_.find(id.value);
    if (found == by_id_.end()) return;
    Search& search = found->second;
    search.looking = false;
    if (!result.failed) {
        search.lost.listable = result.possible;
        search.lost.looked = search.lost.looked || result.possible;
    }
    search.wait *= 2;
    search.next_look = now + search.wait;
}

std::optional<LostAnswer> LostAnswers::take(DeliveryId id) {
    auto found = by_id_.extract(id.value);
    if (found.empty()) return std::nullopt;
    return std::move(found.mapped().lost);
}

LostAnswers::Due LostAnswers::due(Instant now) {
    Due due;
    for (auto it = by_id_.begin(); it != by_id_.end();) {
        Search& search = it->second;
        if (!search.looking && now >= search.end) {
            due.given_up.push_back(std::move(search.lost));
            it = by_id_.erase(it);
            continue;
        }
        if (!search.looking && search.lost.listable && now >= search.next_look) {
            search.looking = true;
            due.looks.push_back(search.lost.intent);
        }
        ++it;
    }
    return due;
}

LostAnswers::Instant LostAnswers::next_due(Instant latest) const {
    for (const auto& [id, search] : by_id_) {
        if (search.looking) continue;
        latest = std::min(latest, search.end);
        if (search.lost.listable) latest = std::min(latest, search.next_look);
    }
    return latest;
}

std::vector<Intent> LostAnswers::in(const std::string& destination) const {
    std::vector<Intent> found;
    for (const auto& [id, search] : by_id_) {
        if (search.lost.intent.destination == destination) found.push_back(search.lost.intent);
    }
    return found;
}

}  // namespace messaging::outbox
