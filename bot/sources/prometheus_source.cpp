#include "bot/sources/attempt.hpp"
#include "bot/sources/prometheus.hpp"

#include <array>
#include <utility>

namespace bot::sources {

resilience::Result<Reading> read_prometheus(const Prometheus& server, const Attempt& attempt) {
    constexpr std::array<std::string_view, 1> kTypes = {"application/json"};
    const auto now = attempt.clock.wall_now();
    auto page = get(range_query_url(server, now), server.token_file, kTypes, kDataMax, attempt);
    if (!page.ok()) return page.error();
    auto samples = read_range(server, page.value().body, now);
    if (!samples.ok()) return samples.error();
    return Reading{std::move(samples.value().table), samples.value().newest};
}

}  // namespace bot::sources
