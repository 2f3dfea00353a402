#pragma once

#include "messaging/http/server.hpp"
#include "messaging/sandbox/event_log.hpp"
#include "messaging/sandbox/fault_plan.hpp"
#include "messaging/sandbox/files.hpp"
#include "messaging/sandbox/hook_queue.hpp"
#include "messaging/sandbox/moment.hpp"
#include "messaging/sandbox/oracle.hpp"
#include "messaging/sandbox/rest_api.hpp"
#include "messaging/sandbox/trouble.hpp"
#include "messaging/sandbox/webhook_rules.hpp"
#include "messaging/sandbox/world.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
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
    /// The answer takes its time; `Model::answer_abandoned` wants this number if the caller does
    /// not wait for it.
    std::optional<std::uint64_t> slow_answer = std::nullopt;
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

    /// Asked with the head of a request below /v1 whose body is on its way: is it to be cut? One
    /// that is cut is not handled.
    std::optional<http::RequestCut> cut_request(const http::ServerRequest& head, const Moment& now);

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
    void hook_delivered(const HookPost& post, bool succeeded, const Moment& now);
    /// The caller went before it had the whole of an answer that took its time.
    void answer_abandoned(std::uint64_t slow_answer) { oracle_.answer_abandoned(slow_answer); }

    /// Ends a trouble whose time is up, and lets late deliveries go. To be called at `next_tick`
    /// or later.
    void tick(const Moment& now);
    std::optional<std::chrono::milliseconds> next_tick(const Moment& now) const;

    /// Is there a delivery that was put off?
    bool has_late_hooks() const { return hook_queue_.next().has_value(); }

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
    /// How a request of a bot ended, for the page.
    struct RequestReport {
        std::optional<int> status = std::nullopt;  ///< Nothing: no answer went out.
        std::string_view outcome = {};
        std::string retry_after = {};
        std::string note = {};
    };
    struct Incoming {
        const Person* person = nullptr;
        Room* room = nullptr;
    };

    Call make_call(const http::ServerRequest& request,
                   const Person& person,
                   const Moment& now,
                   std::string tracking);
    void count_arrival(const http::ServerRequest& request, const Person& caller, const Moment& now);
    http::ServerResponse handle_authorised(Call& call, const Moment& now);
    http::ServerResponse handle_incoming(const http::ServerRequest& request, const Moment& now);
    RequestFacts facts_of(const http::ServerRequest& request, const Person& caller) const;
    FaultDecision decide(const Call& call, const Moment& now);
    void owe(HookPost post, const Change& change, const Moment& now);
    void send_due_hooks(const Moment& now);
    void hook_failed(Webhook& webhook, const Moment& now);
    void switch_off(Webhook& webhook, const Moment& now);
    void apply(const std::vector<Change>& changes, const Moment& now);
    void apply_to_page(const Change& change);
    void add_event(std::string_view type, std::string_view json);
    std::optional<std::uint64_t> judge(const Call& call, bool answer_lost);
    void tell(const Call& call,
              const FaultDecision& decision,
              const http::ServerResponse& response,
              const Moment& now);
    void report(const Call& call, const RequestReport& told, const Moment& now);

    ModelOptions options_;
    World& world_;
    Files& files_;
    Random random_;
    std::string base_;
    Oracle oracle_;
    FaultPlan faults_;
    Trouble trouble_;
    HookHealth hook_health_;
    HookQueue hook_queue_;
    EventLog events_;
    Effects effects_;
    std::unordered_map<std::string, Incoming> incoming_;
    std::uint64_t request_count_ = 0;
};

/// A message as the chat page shows it.
std::string page_message_json(const Message& message);

}  // namespace messaging::sandbox
