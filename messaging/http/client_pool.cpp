#include "messaging/http/client_pool.hpp"

#include <utility>

namespace messaging::http {

BlockingClient::BlockingClient(Factory make) : make_(std::move(make)) {}

Outcome BlockingClient::perform(Request request, const std::stop_token& stop) {
    auto client = borrow();
    if (!client) {
        Failure failure;
        failure.kind = resilience::FailureKind::kLocalIo;
        failure.code = "EMFILE";
        failure.bytes_sent = 0;
        failure.message = client.error().message;
        return failure;
    }
    Outcome outcome = fetch(*client.value(), std::move(request), stop);
    give_back(std::move(client).value());
    return outcome;
}

resilience::Result<std::unique_ptr<Client>> BlockingClient::borrow() {
    const std::scoped_lock lock(mutex_);
    if (idle_.empty()) return make_();
    // The last one used has the warmest connection.
    auto client = std::move(idle_.back());
    idle_.pop_back();
    return client;
}

void BlockingClient::give_back(std::unique_ptr<Client> client) {
    const std::scoped_lock lock(mutex_);
    if (idle_.size() < kIdleMax) idle_.push_back(std::move(client));
}

}  // namespace messaging::http
