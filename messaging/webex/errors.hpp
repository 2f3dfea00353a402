#pragma once

#include "messaging/http/client.hpp"
#include "resilience/classify.hpp"
#include "resilience/clock.hpp"
#include "resilience/result.hpp"

#include <string>
#include <string_view>

namespace messaging::webex {

/// What the service said when it refused:
/// {"message":…,"errors":[{"description":…}],"trackingId":…}.
struct ErrorBody {
    std::string message;
    std::string tracking_id;
};

/// Reads an error body. Gateways answer with HTML, plain text or nothing: then the message is the
/// text without tags, shortened, or empty. Always one line.
ErrorBody parse_error_body(std::string_view body);

/// A call that did not succeed: what it means and what to tell people.
struct CallFailure {
    resilience::Error error;
    int status = 0;                ///< 0: no response came.
    std::string tracking_id = {};  ///< For Cisco's support; empty when none came.
};

/// Judges an outcome that is not a success. `asked` supplies method and path for the text.
/// `error.message` is one line: what was tried, what came back, a cure where one is known, and the
/// tracking id. Never holds a token or a query.
CallFailure call_failure(const http::Request& asked,
                         const http::Outcome& outcome,
                         const resilience::Classifier& classifier,
                         resilience::Clock::WallTime wall_now);

}  // namespace messaging::webex
