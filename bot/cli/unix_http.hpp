#pragma once

#include "resilience/clock.hpp"
#include "resilience/result.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace bot::cli {

/// An answer to one request over a unix socket.
struct UnixResponse {
    int status = 0;
    std::string body = {};
};

struct UnixRequest {
    std::string socket_path;
    std::string method = "GET";
    std::string path = "/";
    std::string body = {};  ///< JSON, or empty.
    /// For the whole exchange.
    std::chrono::milliseconds timeout{10'000};
};

/// Largest head and body of an answer.
inline constexpr std::size_t kUnixHeadLimit = 16U << 10U;
inline constexpr std::size_t kUnixBodyLimit = 16U << 20U;

/// Name of the rule in the error when nobody listens on the socket: no bot is running.
inline constexpr std::string_view kNoOwner = "no_owner";

/// One HTTP/1.1 exchange over a unix socket on a connection of its own. Blocks up to the timeout.
/// Fails with rule kNoOwner when the socket is missing or dead; after that with class ambiguous,
/// since the request may have been heard.
resilience::Result<UnixResponse> unix_fetch(const UnixRequest& request,
                                            const resilience::Clock& clock);

/// Reads a whole answer from the bytes so far: empty while more are needed, an error when they can
/// no longer become one. Answers must carry Content-Length. Pure.
resilience::Result<std::optional<UnixResponse>> parse_response(std::string_view bytes);

}  // namespace bot::cli
