#pragma once

#include "bot/sources/csv.hpp"
#include "bot/sources/spec.hpp"
#include "resilience/clock.hpp"
#include "resilience/result.hpp"

#include <string>
#include <string_view>

namespace bot::sources {

// The HTTP API of Prometheus: https://prometheus.io/docs/prometheus/latest/querying/api/

/// The column of the rows' times; the others are series.
inline constexpr std::string_view kTimeColumn = "time";

/// The address that asks `query_range` for the newest whole steps before `now`.
std::string range_query_url(const Prometheus& server, resilience::Clock::WallTime now);

/// What such an answer says: a row per step, labelled in UTC as its range needs it ("14:00",
/// "Tue 14:00", "24 Nov"), and a column per series, sorted by name, empty where there is no sample.
struct Samples {
    Table table;
    resilience::Clock::WallTime newest;  ///< Time of the newest sample.
};

/// Reads an answer of `query_range` to the query made at `now`. Fails with a reason when it is no
/// such answer, holds no sample, or more than 31 series. Takes any bytes.
resilience::Result<Samples> read_range(const Prometheus& server,
                                       std::string_view answer,
                                       resilience::Clock::WallTime now);

/// Why Prometheus refused a query, as its error answer says; empty if the answer is none.
std::string refusal_in(std::string_view answer);

}  // namespace bot::sources
