#pragma once

#include "messaging/http/server.hpp"

#include <string>
#include <string_view>

namespace messaging::http {

/// What the head of a response depends on besides the response itself.
struct HeadOptions {
    bool close = false;    ///< The connection ends after this response.
    bool chunked = false;  ///< A streamed body in HTTP/1.1 chunks: no Content-Length.
    bool unsized = false;  ///< A streamed body that ends with the connection (HTTP/1.0).
};

/// The reason phrase of a status code ("Not Found"), or "Status" for an unknown one.
std::string_view reason_phrase(int status);

/// Do these headers announce that the connection ends ("Connection: close")?
bool announces_close(const Headers& headers);

/// Status line and headers with the closing blank line. Control characters in header values are
/// left out, so that no value can end its line. A Content-Length that the handler set is kept.
std::string head_text(const ServerResponse& response, const HeadOptions& options);

/// One chunk of a chunked body. `bytes` must not be empty: an empty chunk ends the body.
std::string chunk_text(std::string_view bytes);

}  // namespace messaging::http
