#pragma once

#include "messaging/http/client.hpp"
#include "messaging/outbox/store.hpp"

#include <memory>

namespace crash {

/// Dies by SIGKILL, as from `kill -9` or a power cut of this process alone, when the point named in
/// the environment variable CRASH_AT ("name" or "name:3" for the third time) is passed. Any thread.
void pass(const char* point) noexcept;

/// A store that passes "enqueue.before", "enqueue.after", "intent.before", "intent.after",
/// "outcome.before" and "outcome.after" round the transactions of the one within.
std::unique_ptr<messaging::outbox::Store> with_points(
    std::unique_ptr<messaging::outbox::Store> store);

/// A client that passes "send.before" and "send.started" round the start of a POST, and
/// "answer.before" when its answer is there and nobody has been told.
std::unique_ptr<messaging::http::Client> with_points(
    std::unique_ptr<messaging::http::Client> client);

}  // namespace crash
