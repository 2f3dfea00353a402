#pragma once

#include <string>
#include <string_view>

namespace bot::config {

/// Says what is wrong with `url` as the address of a service, or nothing when all is well: http or
/// https, a host, no user name, no query, no blanks. Plain http is allowed for loopback alone,
/// because a bearer token would travel readable.
std::string url_mistake(std::string_view url);

/// True when a usable address names this machine's loopback.
bool is_loopback_url(std::string_view url);

}  // namespace bot::config
