#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace resilience {

/// What broke, as far as the caller of the failed operation knows. Filled by adapters (the HTTP
/// client, the file reader); the classifier turns it into a class, a scope and a rule name.
enum class FailureKind : std::uint8_t {
    kHttpStatus,      ///< A complete response with a status that is not a success.
    kDns,             ///< Host name not resolved; `code` EAI_NONAME, EAI_AGAIN …
    kConnect,         ///< No TCP connection; `code` ECONNREFUSED, ENETUNREACH …
    kConnectTimeout,  ///< No TCP (or TLS) connection within the time limit.
    kTls,             ///< Handshake or verification failed; `code` names which (see classify.hpp).
    kSend,            ///< The request could not be sent whole; see `bytes_sent`.
    kReceive,         ///< The request was sent; reading the answer failed.
    kReadTimeout,     ///< The request was sent; no (whole) answer within the time limit.
    kHttp2,           ///< HTTP/2 error; `code` REFUSED_STREAM, GOAWAY …
    kProxy,           ///< The proxy refused the tunnel; `status` is the proxy's.
    kMalformedResponse,  ///< `status` is that of the response, its body could not be read.
    kLocalIo,            ///< A file of ours; `code` ENOENT, EACCES, EMFILE …
    kProgramming,        ///< Invalid argument or state: a bug or a bad request of ours.
    kCancelled,          ///< The caller asked to stop, or the deadline had passed.
    kCircuitOpen,        ///< Not tried: a breaker was open.
    kException           ///< Only a text is known.
};

/// One failure, as views into memory of the caller. Cheap to build, valid only during the call.
struct FailureInfo {
    FailureKind kind = FailureKind::kException;
    /// Symbolic error code such as "ECONNREFUSED" or "CERT_HOSTNAME_MISMATCH"; may be empty.
    std::string_view code = {};
    /// HTTP status, 0 when there was none.
    int status = 0;
    /// Request bytes that left this process, where known. 0 makes a send failure certain.
    std::optional<std::uint64_t> bytes_sent = std::nullopt;
    /// Value of the Retry-After header, raw.
    std::string_view retry_after = {};
    /// Error text, or the body of the error response.
    std::string_view message = {};
};

}  // namespace resilience
