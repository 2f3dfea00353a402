#include "messaging/outbox/room_watch.hpp"

#include <algorithm>

namespace messaging::outbox {

namespace {

constexpr std::size_t kCandidatesMax = 256;  // a lost answer is matched within seconds
constexpr std::size_t kDeliveredMax = 4096;  // older ids are looked up in the store

}  // namespace

void RoomWatch::add(Seen post) {
    if (is_delivered(post.message_id) || find(post.message_id) != nullptr) return;
    candidates_.push_back({.post = std::move(post)});
    if (candidates_.size() > kCandidatesMax) candidates_.pop_front();
}

void RoomWatch::set_view(const std::string& message_id, webex::MessageView view) {
    if (auto* candidate = find(message_id)) candidate->view = std::move(view);
}

void RoomWatch::ask_again(const std::string& message_id, resilience::Clock::Instant when) {
    auto* candidate = find(message_id);
    if (candidate == nullptr) return;
    candidate->asked = false;
    candidate->next_ask = when;
}

void RoomWatch::delivered(const std::string& message_id) {
    if (message_id.empty()) return;
    std::erase_if(candidates_,
                  [&](const Candidate& seen) { return seen.post.message_id == message_id; });
    if (!delivered_.insert(message_id).second) return;
    delivered_order_.push_back(message_id);
    if (delivered_order_.size() > kDeliveredMax) {
        delivered_.erase(delivered_order_.front());
        delivered_order_.pop_front();
    }
}

bool RoomWatch::is_delivered(const std::string& message_id) const {
    return delivered_.contains(message_id);
}

RoomWatch::Candidate* RoomWatch::find(const std::string& message_id) {
    const auto found =
        std::find_if(candidates_.begin(), candidates_.end(),
                     [&](const Candidate& seen) { return seen.post.message_id == message_id; });
    return found == candidates_.end() ? nullptr : &*found;
}

}  // namespace messaging::outbox
