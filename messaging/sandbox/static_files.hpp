#pragma once

#include "messaging/http/server.hpp"

#include <string>
#include <string_view>

namespace messaging::sandbox {

/// Serves "/" (index.html), "/<file>" and "/vendor/<file>" from `root`, with a Content-Security-
/// Policy that allows nothing but these files and connections to `bot_url` (may be empty). Names
/// may hold letters, digits, '.', '-', '_' and not begin with a dot: no path leads out of `root`.
http::ServerResponse serve_static(const std::string& root,
                                  std::string_view path,
                                  std::string_view bot_url);

}  // namespace messaging::sandbox
