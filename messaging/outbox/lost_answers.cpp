#include "messaging/outbox/lost_answers.hpp"

#include <algorithm>
#include <utility>

namespace messaging::outbox {

namespace {

constexpr auto kLooksApart = std::chrono::seconds{30};

}  // namespace

void LostAnswers::add(LostAnswer lost, Instant now, Millis wall) {
    const auto id = lost.intent.id.value;
    const auto deadline = lost.intent.deadline;
    by_id_.insert_or_assign(
        id, Search{.lost = std::move(lost),
                   .next_look = now + first_,
                   .end = now + until_,
                   .deadline = deadline.count() == 0 ? Instant::max() : now + (deadline - wall),
                   .wait = first_});
}

void LostAnswers::keep(const std::string& destination, Instant until) {
    for (auto& [id, search] : by_id_) {
        if (search.lost.intent.destination != destination) continue;
        search.end = std::max(search.end, until);
    }
}

void LostAnswers::not_seen(DeliveryId id, const LookResult& result, Instant now) {
    const auto found = by_id_.find(id.value);
    if (found == by_id_.end()) return;
    Search& search = found->second;
    search.looking = false;
    if (result.failed) {
        ++search.failed;
    } else {
        search.lost.listable = result.possible;
        search.lost.looked = search.lost.looked || result.possible;
    }
    search.wait = std::min<std::chrono::milliseconds>(search.wait * 2, kLooksApart);
    search.next_look = now + search.wait;
}

std::optional<LostAnswer> LostAnswers::take(DeliveryId id) {
    auto found = by_id_.extract(id.value);
    if (found.empty()) return std::nullopt;
    return std::move(found.mapped().lost);
}

LostAnswers::Due LostAnswers::due(Instant now, bool may_look) {
    Due due;
    for (auto it = by_id_.begin(); it != by_id_.end();) {
        Search& search = it->second;
        if (!search.looking && now >= search.last()) {
            // Cut short by its deadline: an echo might still have come.
            if (now < search.end) search.lost.echo_covers = false;
            due.given_up.push_back(std::move(search.lost));
            it = by_id_.erase(it);
            continue;
        }
        if (may_look && !search.looking && search.lost.listable && now >= search.next_look) {
            search.looking = true;
            due.looks.push_back(search.lost.intent);
        }
        ++it;
    }
    return due;
}

LostAnswers::Instant LostAnswers::next_due(Instant latest, bool may_look) const {
    for (const auto& [id, search] : by_id_) {
        if (search.looking) continue;
        latest = std::min(latest, search.last());
        if (may_look && search.lost.listable) latest = std::min(latest, search.next_look);
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
