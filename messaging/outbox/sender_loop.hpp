#pragma once

#include "messaging/outbox/room_watch.hpp"
#include "messaging/outbox/sender.hpp"
#include "messaging/webex/errors.hpp"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace messaging::outbox {

/// A Sender from the inside: the state of the sending thread. What other threads bring lies in
/// `inbox_` until the thread looks.
class Sender::Loop {
public:
    Loop(Sender& face, Environment environment, SenderOptions options)
        : face_(face),
          env_(std::move(environment)),
          options_(std::move(options)),
          dispatcher_(options_.dispatcher, now(), env_.random) {
        env_.outbox.set_claimant([this](std::vector<Intent>& intents, Millis next_due) {
            bring([&](Inbox& inbox) {
                inbox.claimed.reserve(inbox.claimed.size() + intents.size());
                std::move(intents.begin(), intents.end(), std::back_inserter(inbox.claimed));
                inbox.next_due = next_due;
                inbox.claim_seen = true;
            });
        });
    }

    resilience::Result<resilience::Done> run(const std::stop_token& stop);

    template <class Change>
    void bring(Change change) {
        {
            const std::scoped_lock lock(mutex_);
            change(inbox_);
        }
        // What the loop brings itself between two polls it sees before the next one.
        const bool own = std::this_thread::get_id() == thread_ && !polling_;
        if (!own) env_.client.wake();
    }

    struct Inbox {
        std::vector<Intent> claimed = {};
        Millis next_due{0};
        bool claim_seen = false;
        std::vector<OwnPost> own_posts = {};
        std::vector<std::string> releases = {};
        std::optional<std::string> self = std::nullopt;
        bool probe = false;
        std::optional<bool> stored = std::nullopt;
    };

private:
    Now now() const { return {env_.clock.now(), resilience::since_epoch(env_.clock.wall_now())}; }
    void read_inbox();
    void carry_out(Actions actions);
    void store_waiting();
    void on_stored(bool done);
    void send(Intent intent);
    void answered(const Intent& intent, const http::Request& asked, const http::Outcome& outcome);
    void look_for_instead(const Intent& intent, webex::Refusal refusal, Answer& answer) const;
    void look(const Intent& intent);
    void looked(const Intent& intent, const http::Outcome& outcome);
    void hear_wait(const http::Outcome& outcome);
    void probe();
    void check_own_posts();
    void fetched(const std::string& message_id, const http::Outcome& outcome);
    bool known(const std::string& message_id);
    void publish_hold();

    Sender& face_;
    Environment env_;
    const SenderOptions options_;
    Dispatcher dispatcher_;
    RoomWatch watch_;

    // What the store is writing, and what is to follow. One batch at a time, so that a refused one
    // is written again before anything that builds upon it.
    std::optional<Batch> storing_;
    Batch waiting_;
    resilience::Instant store_again_{};

    std::mutex mutex_;  // guards inbox_
    Inbox inbox_;
    std::atomic<std::thread::id> thread_{};
    bool polling_ = false;  // of that thread
};

}  // namespace messaging::outbox
