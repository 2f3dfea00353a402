#pragma once

#include "bot/sources/reader.hpp"
#include "messaging/http/client_pool.hpp"
#include "resilience/clock.hpp"
#include "resilience/result.hpp"

#include <memory>

namespace tests {

/// A reader of files and programs; there is no network.
class LocalReader {
public:
    explicit LocalReader(resilience::Clock& clock) : reader_({.calls = calls_, .clock = clock}) {}

    // NOLINTNEXTLINE(google-explicit-constructor): stands in for what it holds.
    operator const bot::sources::Reader&() const { return reader_; }

private:
    messaging::http::BlockingClient calls_{
        []() -> resilience::Result<std::unique_ptr<messaging::http::Client>> {
            return resilience::permanent_error("no network here");
        }};
    bot::sources::Reader reader_;
};

}  // namespace tests
