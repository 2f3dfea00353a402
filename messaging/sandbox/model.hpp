#pragma once

#include "messaging/http/server.hpp"
#include "messaging/sandbox/event_log.hpp"
#include "messaging/sandbox/fault_plan.hpp"
#include "messaging/sandbox/files.hpp"
#include "messaging/sandbox/moment.hpp"
#include "messaging/sandbox/oracle.hpp"
#include "messaging/sandbox/rest_api.hpp"
#include "messaging/sandbox/trouble.hpp"
#include "messaging/sandbox/webhook_rules.hpp"
#include "messaging/sandbox/world.hpp"

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace messaging::sandbox {

struct ModelOptions {
    RestOptions rest = {};
    /// Do bots hear their own messages in group rooms over webhooks, unmentioned? (Unknown.)
    bool echo_own = true;
    /// Collect records for a journal?
    bool journal = false;
};

/// What the shell has to do after a request.
struct Effects {
    std::vector<HookPost> hooks = {};
    std::vector<std::string> records = {};  ///< For the journal.
    std::string events = {};                ///< For the open event streams of pages.
};

/// The whole sandbox without sockets, threads or a clock: requests and `now` go in, responses and
/// effects come out, the same ones for the same requests, times and random numbers. One thread at
/// a time.
class Model {
public:
    Model(ModelOptions options, World& world, Files& files, Random random, const Moment& now);

    /// Answers a call below /v1: token, misfortunes, then Webex's rules. The response may carry a
    /// misbehaviour for the server.
    http::ServerResponse handle(const http::ServerRequest& request,
                                const Moment& now,
                                const RemoteFile* remote_file = nullptr);

    /// A call with a person's rights, and without misfortunes: how the page acts.
    http::ServerResponse act(const http::ServerRequest& request,
                             const Person& person,
                             const Moment& now);

    /// Posts what a person typed: "@Name" of a member becomes a mention. The response is Webex's;
    /// `stored` is set when there is a message.
    http::ServerResponse say(const Person& person,
                             Room& room,
                             std::string_view text,
                             std::string_view parent_id,
                             const Moment& now,
                             const Message** stored);

    /// The outcome of a delivery that `Effects::hooks` asked for.
    void hook_delivered(const std::string& webhook_id, bool succeeded, const Moment& now);

    /// Ends a trouble whose time is up. To be called at `next_tick` or later.
    void tick(const Moment& now);
    std::optional<std::chrono::milliseconds> next_tick(const Moment& now) const {
        return trouble_.remaining(now);
    }

    bool set_trouble(std::string_view mode, std::chrono::milliseconds time, const Moment& now);
    const Trouble& trouble() const { return trouble_; }
    void set_faults(FaultPlan plan, const Moment& now);
    const FaultPlan& faults() const { return faults_; }
    Oracle& oracle() { return oracle_; }
    const EventLog& events() const { return events_; }
    World& world() { return world_; }
    Files& files() { return files_; }

    /// A token for POST /v1/webhooks/incoming/{token}: posts to `room` as `person`.
    void add_incoming(const std::string& token, const Person& person, Room& room) {
        incoming_[token] = {&person, &room};
    }
    /// Forgets messages, misfortunes and counts.
    void reset(const Moment& now);
    /// Webhook deliveries name files by this address.
    void set_base(std::string base) { base_ = std::move(base); }

    Effects take_effects() { return std::exchange(effects_, {}); }

private:
    struct Incoming {
        const Person* person = nullptr;
        Room* room = nullptr;
    };

    Call make_call(const http::ServerRequest& request,
                   const Person& person,
                   const Moment& now,
                   std::string tracking);
    http::ServerResponse handle_bot(Call& call, const Moment& now);
    http::ServerResponse handle_incoming(const http::ServerRequest& request, const Moment& now);
    FaultDecision decide(const Call& call, const Moment& now);
    void apply(const std::vector<Change>& changes, const Moment& now);
    void apply_to_page(const Change& change);
    void add_event(std::string_view type, std::string_view json);
    void judge(const Call& call, bool answer_lost);
    void report(const Call& call,
                const FaultDecision& decision,
                const http::ServerResponse& response,
                bool committed,
                const Moment& now);

    ModelOptions options_;
    World& world_;
    Files& files_;
    Random random_;
    std::string base_;
    Oracle oracle_;
    FaultPlan faults_;
    Trouble trouble_;
    HookHealth hook_health_;
    EventLog events_;
    Effects effects_;
    std::unordered_map<std::string, Incoming> incoming_;
    std::uint64_t request_count_ = 0;
};

/// A message as the chat page shows it.
std::string page_message_json(const Message& message);

}  // namespace messaging::sandbox
