#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace messaging::sandbox {

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
    /// So long from now, sent as a date in the place of `retry_after`.
    std::optional<std::chrono::seconds> retry_date = std::nullopt;
    std::optional<std::size_t> cut_after = std::nullopt;       ///< Bytes of the answer to send.
    std::optional<std::size_t> cut_body_after = std::nullopt;  ///< … of its body, behind the head.
    bool reset = false;                                        ///< RST instead of FIN.
    bool hang = false;                                         ///< Never answer.
};

/// An answer that comes so many bytes at a time; 0: at once.
struct FaultDrip {
    std::size_t bytes = 0;
    std::chrono::milliseconds pause{0};
};

/// How a page of a list goes wrong, seen in the real service (WebexPythonSDK issues 84 and 85) or
/// documented (developer.webex.com, "REST API Basics": a page may be empty and have a next one).
struct PagingFault {
    bool max_null = false;     ///< The next link says "max=null".
    bool drop_filter = false;  ///< The next link has lost "mentionedPeople".
    bool empty = false;        ///< No items, and a next link to where this page should have been.
};

/// Which of the things that a rule matches it applies to.
struct FaultTiming {
    std::uint64_t first = 1;  ///< From the n-th match …
    std::uint64_t count = 0;  ///< … so many times; 0: without end …
    std::uint64_t every = 1;  ///< … to each k-th match from there.
    bool per_path = false;    ///< Count for each path by itself.
    double probability = 1.0;
    std::chrono::milliseconds start{0};  ///< Window, measured from when the plan was set.
    std::chrono::milliseconds end{0};    ///< 0: without end.
};

/// A misfortune of requests to the API.
struct FaultRule {
    enum class Action : std::uint8_t {
        kFail,            ///< Not carried out, and answered as `shape` says.
        kCommitThenFail,  ///< Carried out, and answered as `shape` says.
        kDelay,           ///< Carried out and answered, later or slowly.
        kRateLimit,       ///< 429 beyond `rate_requests` in `rate_period`.
        kTokenRefused,    ///< 401.
        kCutRequest,      ///< The connection ends inside the request's body.
        kPaging,          ///< Lists are answered with the oddities of `paging`.
        kScan             ///< Files are looked through for malware first.
    };
    enum class Verdict : std::uint8_t { kClean, kInfected, kUnscannable };

    std::string name;
    Action action = Action::kFail;
    FaultShape shape = {};
    std::chrono::milliseconds delay{0};
    FaultDrip drip = {};

    std::string method = {};  ///< Empty: all.
    std::string path = {};    ///< "*" stands for any characters; empty: all.
    std::string room = {};    ///< Room id; empty: all.
    std::string email = {};   ///< Of the caller; empty: all.
    bool bots_only = false;
    std::string unless_query = {};  ///< Does not apply when the query contains this.
    FaultTiming timing = {};

    std::uint64_t rate_requests = 0;
    std::chrono::milliseconds rate_period{1'000};
    bool rate_by_room = false;
    PagingFault paging = {};
    Verdict verdict = Verdict::kClean;
    std::chrono::milliseconds scan_time{0};  ///< Of each file, from when it is first asked for.
};

/// A misfortune of deliveries to webhooks. All rules that apply to a delivery are combined.
struct HookRule {
    enum class Action : std::uint8_t {
        kDelay,           ///< Sent `delay` later.
        kDrop,            ///< Lost inside of Webex: nothing is sent and nothing counted.
        kFail,            ///< Not sent, and counted as a failed delivery.
        kDisable,         ///< Not sent; the webhook becomes inactive, as after too many failures.
        kDuplicate,       ///< Sent `times` times, one after the other.
        kReorder,         ///< Sent after the webhook's next delivery, or `delay` later.
        kWrongSignature,  ///< Signed with another secret.
        kNoSignature,
        kReformat,  ///< Other blanks and escapes, the same JSON, signed as sent.
        kRetry      ///< If it fails, sent again after `delay`, at most `times` times.
    };

    std::string name;
    Action action = Action::kDelay;
    std::string resource = {};  ///< Empty: all. So are the next three.
    std::string event = {};
    std::string room = {};   ///< Room id.
    std::string email = {};  ///< Of the webhook's owner.
    FaultTiming timing = {};
    std::chrono::milliseconds delay{0};
    std::uint32_t times = 2;
};

}  // namespace messaging::sandbox
