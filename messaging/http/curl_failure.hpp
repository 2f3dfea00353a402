#pragma once

#include "messaging/http/client.hpp"

#include <cstdint>
#include <string>

namespace messaging::http {

/// What libcurl knows about a transfer that ended without a usable response, in plain numbers.
struct CurlFacts {
    int result = 0;                ///< The CURLcode.
    int os_errno = 0;              ///< CURLINFO_OS_ERRNO: of the failed connect.
    int verify_result = 0;         ///< CURLINFO_SSL_VERIFYRESULT: an X509_V_ERR_… of OpenSSL.
    int proxy_status = 0;          ///< CURLINFO_HTTP_CONNECTCODE.
    int status = 0;                ///< Status line that was read, 0: none.
    bool sending = false;          ///< A connection was ready for this request.
    std::uint64_t bytes_sent = 0;  ///< Of the request; a lower bound, 0 is exact.
    std::uint64_t body_sent = 0;   ///< Of its body.
    std::uint64_t body_size = 0;   ///< Of its body, whole.
    bool stream_refused = false;   ///< HTTP/2: the peer said that it did nothing.
    bool going_away = false;       ///< HTTP/2: the peer announced the end of the connection …
    bool unprocessed = false;      ///< … and that our request is not among those it works on.
    bool repeat_refused = false;   ///< curl wanted to send the request a second time.
    bool over_limit = false;       ///< We stopped reading a response that was too large.
    int local_errno = 0;           ///< A file of ours could not be read or written.
    std::string local_path = {};   ///< Which.
    std::string text = {};         ///< curl's error text.
};

/// The failure these facts amount to. Pure; never contains request headers.
Failure explain(const CurlFacts& facts);

}  // namespace messaging::http
