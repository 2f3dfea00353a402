#pragma once

#include "messaging/http/server.hpp"
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

enum class FaultBody : std::uint8_t {
    kJson,  ///< Webex's error body.
    kHtml,  ///< A gateway's page.
    kText,  ///< A proxy's line.
    kEmpty,
    kTruncated,   ///< JSON that ends in the middle, with the length of the whole.
    kMislabelled  ///< A gateway's page that claims to be JSON.
};

/// How a request ends that was not simply answered.
struct FaultShape {
    int status = 0;  ///< 0: the connection ends without a (whole) answer.
    FaultBody body = FaultBody::kJson;
    std::string message = {};      ///< Text of a JSON body; empty: Webex's own for the status.
    std::string retry_after = {};  ///< Header value, any text; empty: no header.
    std::optional<std::size_t> cut_after = std::nullopt;  ///< Bytes of the answer to send.
    bool reset = false;                                   ///< RST instead of FIN.
    bool hang = false;                                    ///< Never answer.
};

struct FaultRule {
    enum class Action : std::uint8_t {
        kFail,            ///< Not carried out, and answered as `shape` says.
        kCommitThenFail,  ///< Carried out, and answered as `shape` says.
        kDelay,           ///< Carried out and answered, later.
        kRateLimit,       ///< 429 beyond `rate_requests` in `rate_period`.
        kTokenRefused     ///< 401.
    };

    std::string name;
    Action action = Action::kFail;
    FaultShape shape = {};
    std::chrono::milliseconds delay{0};

    std::string method = {};  ///< Empty: all.
    std::string path = {};    ///< "*" stands for any characters; empty: all.
    std::string room = {};    ///< Room id; empty: all.
    std::string email = {};   ///< Of the caller; empty: all.
    bool bots_only = false;
    std::string unless_query = {};  ///< Does not apply when the query contains this.
    std::uint64_t first = 1;        ///< Applies from the n-th match …
    std::uint64_t count = 0;        ///< … so many times; 0: without end.
    std::uint64_t every = 1;        ///< … to each k-th match from there.
    double probability = 1.0;
    std::chrono::milliseconds start{0};  ///< Window, measured from when the plan was set.
    std::chrono::milliseconds end{0};    ///< 0: without end.

    std::uint64_t rate_requests = 0;
    std::chrono::milliseconds rate_period{1'000};
    bool rate_by_room = false;
};

/// What the plan wants for one request.
struct FaultDecision {
    std::string rule;  ///< Name of the rule that decided; empty: none, all goes well.
    bool commit = true;
    bool fail = false;
    FaultShape shape = {};
    std::chrono::milliseconds delay{0};
};

/// A scripted series of misfortunes. Rules are tried in order; the first one that applies decides,
/// except that delays add up and go on. The same plan, seed and requests give the same misfortunes.
///
///     {"seed": 7, "rules": [
///       {"name": "lost", "method": "POST", "path": "/v1/messages", "first": 3, "count": 1,
///        "action": {"kind": "commitThenFail", "status": 502, "body": "html"}}]}
///
/// Fields of a rule: name, method, path, room, person (e-mail), bots, unlessQuery, first, count,
/// every, probability, startMs, endMs, action. Fields of an action: kind ("fail",
/// "commitThenFail", "delay", "hang", "rateLimit", "tokenRefused"), status (0: no answer), body
/// ("json", "html", "text", "empty", "truncated", "mislabelled"), message, retryAfter (text or
/// number), delayMs, cutAfter, reset, requests, periodMs, byRoom.
class FaultPlan {
public:
    /// Reads a plan. The error names the rule and the field.
    static resilience::Result<FaultPlan> parse(std::string_view json);

    /// The plan as it was read, "{"rules":[]}" for an empty one.
    const std::string& json() const { return json_; }
    std::uint64_t seed() const { return seed_; }
    bool empty() const { return rules_.empty(); }

    void add(FaultRule rule);
    /// Sets the time that windows count from.
    void start(resilience::Clock::Instant now) { started_ = now; }
    /// Decides about one request, and counts it.
    FaultDecision decide(const RequestFacts& facts, resilience::Clock::Instant now);

private:
    struct Bucket {
        resilience::Clock::Instant window{};
        std::uint64_t used = 0;
    };
    struct State {
        FaultRule rule;
        std::uint64_t matches = 0;
        std::uint64_t applied = 0;
        std::unordered_map<std::string, Bucket> buckets = {};
    };

    bool applies(State& state, const RequestFacts& facts, resilience::Clock::Instant now);
    bool draw(double probability);
    static bool over_rate(State& state,
                          const RequestFacts& facts,
                          resilience::Clock::Instant now,
                          FaultDecision& decision);

    std::string json_ = R"({"rules":[]})";
    std::uint64_t seed_ = 1;
    std::uint64_t random_state_ = 1;
    resilience::Clock::Instant started_{};
    std::vector<State> rules_;
};

/// Does `path` match `pattern`, in which "*" stands for any characters? Linear time.
bool glob_match(std::string_view pattern, std::string_view path);

/// The answer that a shape describes. `normal` is what the request would have been answered with.
http::ServerResponse fault_response(const FaultShape& shape,
                                    http::ServerResponse normal,
                                    std::string_view tracking);

}  // namespace messaging::sandbox
