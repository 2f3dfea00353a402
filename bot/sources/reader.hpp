#pragma once

#include "bot/sources/reading.hpp"
#include "bot/sources/spec.hpp"
#include "messaging/http/client_pool.hpp"
#include "resilience/classify.hpp"
#include "resilience/clock.hpp"
#include "resilience/event.hpp"
#include "resilience/result.hpp"
#include "resilience/retry.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string_view>

namespace bot::sources {

/// An attempt failed and another will be made.
struct Repeat {
    std::uint32_t failed = 0;  ///< Number of the attempt that failed, from 1.
    std::uint32_t attempts_max = 0;
    resilience::Duration wait{0};  ///< Until the next attempt.
};

/// Who waits for a reading.
struct Watch {
    std::stop_token stop = {};                          ///< Ends attempts and waits.
    std::function<void(const Repeat&)> on_repeat = {};  ///< On the caller's thread.
};

/// Reads sources, again where that may help.
class Reader {
public:
    /// Everything referred to must outlive the reader and be safe to use from many threads.
    struct Parts {
        messaging::http::BlockingClient& calls;
        resilience::Clock& clock;
        /// Decides which failures are repeated. A 423 is repeated in any case: whoever checks a
        /// file before it gives it away will be done.
        resilience::Classifier classifier = resilience::Classifier{};
        /// The policy of that name; empty for unknown ones, which count as "standard".
        std::function<std::optional<resilience::RetryPolicy>(std::string_view)> policy = {};
        std::function<double()> random = {};  ///< In [0, 1), from any thread; empty: no jitter.
        std::function<void(const resilience::Event&)> on_event = {};  ///< For the log.
    };

    explicit Reader(Parts parts);

    /// Reads as often as the source's policy allows. Fails with a reason that may be shown in a
    /// room ("its source tickets.example.com answered HTTP 503, after 3 attempts"): it names files
    /// and hosts, but neither folders nor addresses. Blocks for at most the attempts' time limits
    /// and the waits between them; any thread.
    resilience::Result<Reading> read(const Spec& spec, const Watch& watch = {}) const;

private:
    resilience::Result<Reading> read_once(const Spec& spec, const std::stop_token& stop) const;

    Parts parts_;
};

}  // namespace bot::sources
