#pragma once

#include "bot/web/metrics.hpp"
#include "messaging/outbox/dispatcher.hpp"

namespace bot::service {

/// Writes what happens to deliveries into log and metrics. Called on the sender's thread; never
/// blocks on the network, never throws.
class DeliveryNews {
public:
    explicit DeliveryNews(web::Metrics& metrics) : metrics_(metrics) {}

    void tell(const messaging::outbox::Notice& notice) const;

private:
    void count_attempt(const messaging::outbox::Notice& notice) const;

    web::Metrics& metrics_;
};

}  // namespace bot::service
