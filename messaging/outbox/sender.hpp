#pragma once

#include "messaging/http/client.hpp"
#include "messaging/outbox/delivery.hpp"
#include "messaging/outbox/dispatcher.hpp"
#include "messaging/outbox/outbox.hpp"
#include "messaging/webex/requests.hpp"
#include "resilience/classify.hpp"
#include "resilience/clock.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

namespace messaging::outbox {

struct SenderOptions {
    DispatcherOptions dispatcher = {};
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds attempt_timeout{30'000};
    std::chrono::milliseconds upload_timeout{120'000};  ///< For messages with a file.
    /// Judges what comes back; may know rules of the operator.
    resilience::Classifier classifier{resilience::Profile::kWebex};
};

/// A post of the bot itself, as the receive path reports it.
struct OwnPost {
    std::string message_id;
    std::string room_id;
    bool group_room = false;
};

/// The only place that posts messages: carries out what the `Dispatcher` decides.
///
/// One thread in `run` owns the HTTP client and the dispatcher. The other functions may be called
/// from any thread.
class Sender {
public:
    struct Environment {
        Outbox& outbox;
        http::Client& client;
        /// Path of a spooled file by its hash; may be empty where no files are sent.
        std::function<std::string(const std::string& hash)> spool_path;
        const resilience::Clock& clock;
        std::function<webex::Endpoint()> endpoint;  ///< Called per request: tokens may change.
        std::function<double()> random;             ///< [0, 1), called from `run` only.
        /// Told what happened, on the sender's thread; may be empty. Must not block or throw.
        std::function<void(const Notice&)> notice;
        /// Puts a text into the spool, under this name; may be empty where no files are sent.
        std::function<resilience::Result<SpooledFile>(std::string_view text,
                                                      const std::string& name)>
            spool_text = {};
    };

    Sender(Environment environment, const SenderOptions& options);
    ~Sender();
    Sender(const Sender&) = delete;
    Sender& operator=(const Sender&) = delete;

    /// Recovers what a crash left, then sends until stopped. Requests in flight at the stop are
    /// abandoned: their deliveries are resolved as uncertain at the next start. Blocks.
    /// Once: the next start is another sender's. Fails only when the store cannot be read.
    resilience::Result<resilience::Done> run(const std::stop_token& stop);

    /// The bot's person id (people/me). Without it nothing counts as evidence.
    void set_self(std::string person_id);
    void own_post(OwnPost post);
    void release_room(std::string destination);
    /// Probes a held bot now instead of at its next turn: the token was replaced.
    void probe_now();

    bool held() const { return held_.load(std::memory_order_relaxed); }
    std::string hold_reason() const;
    /// When the loop in `run` last turned; it does so at least every second.
    resilience::Clock::Instant last_turn() const;

private:
    class Loop;
    std::atomic<bool> held_{false};
    std::atomic<resilience::Clock::Instant> last_turn_;
    mutable std::mutex mutex_;  // guards hold_reason_
    std::string hold_reason_;
    std::unique_ptr<Loop> loop_;
};

}  // namespace messaging::outbox
