#pragma once

#include <string>
#include <string_view>

namespace messaging::webex {

/// The signature Webex puts on a webhook call: HMAC-SHA1 of the raw body bytes under the hook's
/// secret, as 40 lower-case hex digits (developer.webex.com, "Webhooks", authenticating requests).
/// Sign the bytes as they came: JSON that was parsed and written again has another signature.
std::string webhook_signature(std::string_view secret, std::string_view body);

/// True when `header`, the value of X-Spark-Signature, is the signature of `body`. Takes the same
/// time wherever the first difference is. Always false for an empty secret: anybody could make
/// that signature.
bool webhook_signature_matches(std::string_view secret,
                               std::string_view body,
                               std::string_view header);

}  // namespace messaging::webex
