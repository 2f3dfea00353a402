#pragma once

#include "messaging/http/server.hpp"
#include "messaging/sandbox/fault_rule.hpp"
#include "messaging/sandbox/ids.hpp"
#include "resilience/clock.hpp"
#include "resilience/result.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace messaging::sandbox {

/// What a rule looks at.
struct RequestFacts {
    std::string_view method;
    std::string_view path;
    std::string_view query;
    std::string_view email;  ///< Of the caller; empty for an unknown token.
    bool is_bot = false;
    /// Id of the room concerned, or empty. Called only if a rule asks.
    std::function<std::string()> room;
};

/// What the plan wants for one request.
struct FaultDecision {
    std::string rule;  ///< Name of the rule that decided; empty: none, all goes well.
    bool commit = true;
    bool fail = false;
    FaultShape shape = {};
    std::chrono::milliseconds delay{0};
    FaultDrip drip = {};
    PagingFault paging = {};
};

/// What the plan wants for a request whose body is on its way.
struct RequestCutDecision {
    std::string rule;
    http::RequestCut cut = {};
};

/// What a rule for webhooks looks at.
struct HookFacts {
    std::string_view resource;
    std::string_view event;
    std::string_view room;   ///< Id, or empty.
    std::string_view email;  ///< Of the webhook's owner.
};

/// What the plan wants for one delivery to a webhook.
struct HookFate {
    std::chrono::milliseconds delay{0};
    bool drop = false;
    bool fail = false;
    bool disable = false;
    bool reorder = false;
    bool wrong_signature = false;
    bool no_signature = false;
    bool reformat = false;
    std::uint32_t copies = 1;
    std::uint32_t retries = 0;
    std::chrono::milliseconds retry_delay{0};

    bool is_sent() const { return !drop && !fail && !disable; }
};

/// A scripted series of misfortunes, given as a file, over PUT /sandbox/faults or from the page.
/// docs/sandbox.md has every field with examples:
///
///     {"seed": 7,
///      "rules": [{"name": "lost", "method": "POST", "path": "/v1/messages", "first": 3, "count":
///      1,
///                 "action": {"kind": "commitThenFail", "status": 502, "body": "html"}}],
///      "hooks": [{"resource": "messages", "every": 2, "action": {"kind": "duplicate"}}]}
///
/// `rules` are about requests: tried in order, and the first one that applies decides, except that
/// delays add up and oddities of paging join, and both go on. `hooks` are about deliveries to
/// webhooks; all that apply are combined. The same plan, seed and requests give the same
/// misfortunes.
class FaultPlan {
public:
    /// Reads a plan. The error names the rule and the field.
    static resilience::Result<FaultPlan> parse(std::string_view json);

    /// The plan as it was read, "{"rules":[]}" for an empty one.
    const std::string& json() const { return json_; }
    std::uint64_t seed() const { return seed_; }
    /// No rules about requests?
    bool empty() const { return rules_.empty(); }
    /// How much there is of it: {"rules":2,"hooks":1}.
    std::string size_json() const;

    void add(FaultRule rule);
    void add(HookRule rule);
    /// Sets the time that windows count from.
    void start(resilience::Clock::Instant now) { started_ = now; }
    /// Decides about one request, and counts it.
    FaultDecision decide(const RequestFacts& facts, resilience::Clock::Instant now);
    /// Should the request end before its body is there? Asked first, with the head alone.
    std::optional<RequestCutDecision> decide_cut(const RequestFacts& facts,
                                                 resilience::Clock::Instant now);
    /// Decides about one delivery to a webhook, and counts it.
    HookFate decide_hook(const HookFacts& facts, resilience::Clock::Instant now);

private:
    struct Bucket {
        resilience::Clock::Instant window{};
        std::uint64_t used = 0;
    };
    struct Turns {
        std::uint64_t matches = 0;
        std::uint64_t applied = 0;
    };
    struct State {
        FaultRule rule;
        std::unordered_map<std::string, Turns> turns = {};  ///< By path, or all under "".
        std::unordered_map<std::string, Bucket> buckets = {};
        std::unordered_map<std::string, resilience::Clock::Instant> scans = {};  ///< By path.
    };
    struct HookState {
        HookRule rule;
        Turns turns = {};
    };

    bool applies(State& state, const RequestFacts& facts, resilience::Clock::Instant now);
    bool is_open(const FaultTiming& timing, resilience::Clock::Instant now) const;
    bool take_turn(const FaultTiming& timing, Turns& turns);
    bool draw(double probability);
    /// True if the request is done with.
    static bool use(State& state,
                    const RequestFacts& facts,
                    resilience::Clock::Instant now,
                    FaultDecision& decision);
    static bool over_rate(State& state,
                          const RequestFacts& facts,
                          resilience::Clock::Instant now,
                          FaultDecision& decision);
    static bool is_held_back(State& state,
                             const RequestFacts& facts,
                             resilience::Clock::Instant now,
                             FaultDecision& decision);

    std::string json_ = R"({"rules":[]})";
    std::uint64_t seed_ = 1;
    std::uint64_t random_state_ = 1;
    resilience::Clock::Instant started_{};
    std::vector<State> rules_;
    std::vector<HookState> hooks_;
};

/// Does `path` match `pattern`, in which "*" stands for any characters? Linear time.
bool glob_match(std::string_view pattern, std::string_view path);

/// The answer that a shape describes. `normal` is what the request would have been answered with,
/// `wall` the time that dates count from.
http::ServerResponse fault_response(const FaultShape& shape,
                                    http::ServerResponse normal,
                                    std::string_view tracking,
                                    resilience::Clock::WallTime wall = {});

/// Does an answer of this shape keep the sender from learning what became of the request? (A cut
/// behind the end of the answer does not.)
bool hides_answer(const FaultShape& shape, const http::ServerResponse& normal);

}  // namespace messaging::sandbox
