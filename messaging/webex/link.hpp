#pragma once

#include "messaging/http/client.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace messaging::webex {

/// The target of rel="next" in a Link header (RFC 8288). It is to be followed verbatim: Webex puts
/// keys without values into it (developer.webex.com, "REST API Basics", pagination).
std::optional<std::string> next_link(std::string_view header);
/// The same over all Link headers of a response.
std::optional<std::string> next_link(const http::Headers& headers);

/// The address to ask next: `next` as it is, save for two defects that the service had in its links
/// (WebexPythonSDK issues 84 and 85). "max=null" gets the number, and a lost "mentionedPeople"
/// comes back, both from `asked`, the address whose answer named `next`; else a bot would be
/// refused.
std::string mended_next(std::string next, std::string_view asked);

/// May the bearer token be sent to `url`, an address that a response has named? True for the origin
/// of `base_url`, and for Webex hosts over https where the base is one itself: file addresses may
/// lie on another of its hosts.
bool may_carry_token(std::string_view base_url, std::string_view url);

}  // namespace messaging::webex
