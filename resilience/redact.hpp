#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace resilience {

/// The longest text that `redact` returns, in bytes, without the mark of the cut.
inline constexpr std::size_t kRedactedLengthMax = 500;

/// A text of unknown origin made fit for a log: one line, of limited length, without credentials.
///
/// Replaced by "[redacted]" are: what follows "Authorization" up to the end of the line or quote,
/// and "Bearer", "Basic" or "Token" up to the next blank; user and password in URLs; query strings;
/// values of keys such as token, password, secret, api_key, signature (key=value, key: value,
/// JSON); and runs of 60 or more letters and digits that look like an access token. Webex ids,
/// which begin with Y2lzY29zcGFyaz, and hexadecimal digests stay. Control characters are escaped.
///
/// A net, not a proof: whoever knows a secret must keep it out of texts in the first place.
std::string redact(std::string_view text);

}  // namespace resilience
