#include "messaging/outbox/watches.hpp"

#include <new>
#include <utility>

namespace messaging::outbox {

void Watches::add(DeliveryId id) {
    auto watch = std::make_shared<Watch>();
    watch->from_start = true;
    const std::scoped_lock lock(mutex_);
    by_id_.insert_or_assign(id.value, std::move(watch));
}

void Watches::remove(DeliveryId id) noexcept {
    const std::scoped_lock lock(mutex_);
    by_id_.erase(id.value);
}

void Watches::find(DeliveryId id, Found& found) const noexcept {
    const std::scoped_lock lock(mutex_);
    const auto watch = by_id_.find(id.value);
    if (watch == by_id_.end()) return;
    try {
        found.push_back(watch->second);
    } catch (const std::bad_alloc&) {
        watch->second->ended.request_stop();  // late is worse than slow
    }
}

// Without the lock, which those who wake up take next.
void Watches::tell(const Found& ended) noexcept {
    for (const auto& watch : ended)
        watch->ended.request_stop();
}

void Watches::close() noexcept {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
    for (const auto& [id, watch] : by_id_)
        watch->ended.request_stop();
}

Watches::Vigil::Vigil(Watches& watches, DeliveryId id) : watches_(watches), id_(id) {
    const std::scoped_lock lock(watches_.mutex_);
    const auto found = watches_.by_id_.find(id.value);
    if (found != watches_.by_id_.end()) {
        watch_ = found->second;
    } else {
        watch_ = std::make_shared<Watch>();
        watches_.by_id_.emplace(id.value, watch_);
    }
    ++watch_->waiting;
    if (watches_.closed_) watch_->ended.request_stop();
}

Watches::Vigil::~Vigil() {
    const std::scoped_lock lock(watches_.mutex_);
    if (--watch_->waiting == 0) watches_.by_id_.erase(id_.value);
}

bool Watches::Vigil::from_start() const {
    return watch_->from_start;
}

std::stop_token Watches::Vigil::ended() const {
    return watch_->ended.get_token();
}

}  // namespace messaging::outbox
