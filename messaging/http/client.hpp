#pragma once

#include "resilience/failure.hpp"
#include "resilience/result.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace messaging::http {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// Value of the first header called `name` (compared without case), or an empty view.
std::string_view find_header(const Headers& headers, std::string_view name);

/// One part of a multipart/form-data body. Either `content` or, when `file_path` is set, the bytes
/// of that file, streamed from disk and read anew for every attempt.
struct Part {
    std::string name;
    std::string content = {};
    std::string file_path = {};
    std::string file_name = {};     ///< Name shown to the receiver; set for file parts.
    std::string content_type = {};  ///< Empty: none is sent.
};

struct Request {
    std::string method = "GET";
    std::string url;
    Headers headers = {};
    /// Sent as `Authorization: Bearer …`; kept apart so that nothing prints it by accident.
    std::string bearer_token = {};
    /// Shared, so that a retry does not copy it. Ignored when `parts` is not empty.
    std::shared_ptr<const std::string> body = nullptr;
    std::string content_type = {};
    std::vector<Part> parts = {};
    /// Limit for DNS + TCP + TLS, and for the whole exchange.
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds timeout{30'000};
    /// Bytes of a response body that are accepted; beyond it the call fails as malformed.
    std::size_t response_limit = 8U << 20U;
    /// Where to write the body instead of memory (for downloads); empty: memory.
    std::string response_file = {};
};

struct Response {
    int status = 0;
    Headers headers = {};
    std::string body = {};
};

/// No (whole) response came. Owns its texts; `info()` gives the view the classifier takes.
struct Failure {
    resilience::FailureKind kind = resilience::FailureKind::kException;
    std::string code = {};
    /// Status of a response that was cut, or the proxy's; else 0.
    int status = 0;
    std::optional<std::uint64_t> bytes_sent = std::nullopt;
    std::string message = {};

    resilience::FailureInfo info() const;
};

using Outcome = std::variant<Response, Failure>;

/// Starts requests and reports each outcome exactly once. Never retries, never follows redirects.
///
/// One thread owns a client: `start`, `cancel` and `poll` belong to it, callbacks run inside its
/// `poll`, and a callback may call `start`. Only `wake` may be called from any thread.
/// Implementations: `CurlClient` (real), `SimulatedClient` (virtual time, in tests).
class Client {
public:
    using Id = std::uint64_t;
    using Done = std::function<void(Outcome)>;

    virtual ~Client() = default;

    /// Begins a request. Never blocks; `done` is called later, from `poll`.
    virtual Id start(Request request, Done done) = 0;

    /// Abandons a request; its `done` is not called. Unknown ids are ignored.
    virtual void cancel(Id id) = 0;

    /// Waits up to `limit` for something to happen and drives all transfers. Returns early when a
    /// request has ended or `wake` was called.
    virtual void poll(std::chrono::milliseconds limit) = 0;

    /// Ends a running or the next `poll` early. Any thread.
    virtual void wake() = 0;
};

/// Runs one request to its end on this thread. A stop request ends it as kCancelled within 50 ms.
/// Requires that no other request is under way on `client`.
Outcome fetch(Client& client, Request request, const std::stop_token& stop = {});

}  // namespace messaging::http
