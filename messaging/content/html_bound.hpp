#pragma once

#include <cstddef>
#include <string_view>

namespace messaging {

/// Never less than the bytes of html that are derived from `markdown`.
///
/// Webex keeps the html beside the markdown, and the length of each is limited (webex/limits.hpp).
/// The bound is that of the rules that are documented for Webex (developer.webex.com, "REST API
/// Basics"): CommonMark without raw html. For each mention it allows 512 bytes for the person's id
/// and name, which are not known here. It is near the true length for prose, code and flat lists,
/// and further above it the more markup there is.
///
/// Pure, allocates nothing, takes time in proportion to the text.
std::size_t html_bound(std::string_view markdown);

}  // namespace messaging
