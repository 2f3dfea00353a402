// Whatever an operator writes: an expression is refused with a reason, or it comes due on a minute
// and a day that it names, with nothing skipped on the way there.
#include "bot/schedule/next_after.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace std::chrono;
    const auto parsed = bot::schedule::parse_cron(std::string(data, data + size));
    if (!parsed.ok() && parsed.error().message.rfind("cron expression ", 0) != 0) std::abort();
    if (!parsed.ok()) return 0;
    const auto& cron = parsed.value();
    static const auto zone = bot::schedule::TimeZone::find("Etc/UTC").value();
    const bot::schedule::WallTime now{seconds{1'795'312'800}};
    const auto next = bot::schedule::next_after(cron, zone, now);
    if (!next || *next <= now) std::abort();
    const auto day = floor<days>(*next);
    const auto minute = static_cast<std::size_t>((*next - day) / minutes{1});
    if (!cron.runs_on(day)) std::abort();
    if (!cron.hours[minute / 60] || !cron.minutes[minute % 60]) std::abort();
    if (bot::schedule::next_after(cron, zone, *next - nanoseconds{1}) != next) std::abort();
    return 0;
}
