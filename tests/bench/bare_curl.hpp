#pragma once

#include <cstdint>
#include <string>

namespace bench {

/// The baseline: nothing but libcurl, posting the same body `count` times to `url`, with up to
/// `in_flight` requests at once on kept connections. Returns the seconds it took.
double bare_curl(const std::string& url, std::uint64_t count, std::uint32_t in_flight);

}  // namespace bench
