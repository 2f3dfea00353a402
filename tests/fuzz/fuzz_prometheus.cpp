// Whatever Prometheus answers: as many rows as the window has steps, with numbers or nothing.
#include "bot/sources/prometheus.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    const bot::sources::Prometheus server{.url = "http://h", .query = "q", .label = "code"};
    const resilience::Clock::WallTime now{std::chrono::seconds{1'795'774'050}};
    if (bot::sources::refusal_in(text).size() > 1'000) std::abort();
    const auto samples = bot::sources::read_range(server, text, now);
    if (!samples.ok()) return samples.error().message.empty() ? (std::abort(), 0) : 0;
    const auto& table = samples.value().table;
    if (table.rows.size() != 25 || table.columns.front() != "time") std::abort();
    for (const auto& row : table.rows) {
        if (row.size() != table.columns.size()) std::abort();
        for (std::size_t i = 1; i < row.size(); ++i) {
            if (!row[i].empty() && !bot::sources::parse_number(row[i])) std::abort();
        }
    }
    return 0;
}
