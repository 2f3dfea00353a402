#pragma once

#include "messaging/http/client.hpp"
#include "resilience/classify.hpp"
#include "resilience/clock.hpp"
#include "resilience/result.hpp"

#include <cstdint>
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

/// What a refusal of content is about, as far as something else can be sent instead.
enum class Refusal : std::uint8_t {
    kOther,        ///< Of the destination, or nothing that other content would change.
    kTooLong,      ///< A text is too long.
    kTooBig,       ///< The request is: its file or its card.
    kUnreachable,  ///< What it links to could not be fetched: a picture in a card.
    kContent,      ///< Some other fault of the content.
    kEditLimit     ///< The message was edited as often as Webex allows.
};

/// Reads what a refusal with this status and text is about. The texts were collected from public
/// clients; that of the edit limit is not known and recognised by its words.
Refusal refusal_of(int status, std::string_view message);

/// A call that did not succeed: what it means and what to tell people.
struct CallFailure {
    resilience::Error error;
    int status = 0;                ///< 0: no response came.
    std::string tracking_id = {};  ///< For Cisco's support; empty when none came.
    Refusal refusal = Refusal::kOther;
};

/// Judges an outcome that is not a success. `asked` supplies method and path for the text.
/// `error.message` is one line: what was tried, what came back, a cure where one is known, and the
/// tracking id. Never holds a token or a query.
CallFailure call_failure(const http::Request& asked,
                         const http::Outcome& outcome,
                         const resilience::Classifier& classifier,
                         resilience::Clock::WallTime wall_now);

}  // namespace messaging::webex
