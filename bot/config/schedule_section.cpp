#include "bot/config/schedule_section.hpp"

#include "bot/schedule/check.hpp"

#include <chrono>
#include <cstdint>
#include <utility>

namespace bot::config {
namespace {

constexpr std::uint32_t kMinutesMax = 366U * 24U * 60U;
constexpr std::uint32_t kJitterSecondsMax = 12U * 3600U;

}  // namespace

schedule::Spec read_schedule(const YamlEntry& entry, ProblemList& problems) {
    const YamlMapping fields(entry.value, "schedule " + entry.key,
                             {"cron", "every_minutes", "time_zone", "report", "room", "missed",
                              "max_lateness_minutes", "jitter_s", "dst"},
                             problems);
    schedule::Spec spec;
    spec.name = entry.key;
    const bool by_interval = fields.find("every_minutes") != nullptr;
    spec.cron = by_interval ? fields.text("cron") : fields.required_text("cron");
    spec.every = std::chrono::minutes(fields.number("every_minutes", 1, kMinutesMax, 0));
    spec.time_zone = fields.text("time_zone", spec.time_zone);
    spec.report = fields.required_text("report");
    spec.room = fields.required_text("room");
    spec.missed =
        static_cast<schedule::Missed>(fields.choice("missed", {"skip", "once", "all"}, 0));
    spec.max_lateness =
        std::chrono::minutes(fields.number("max_lateness_minutes", 1, kMinutesMax, 0));
    spec.jitter = std::chrono::seconds(fields.number("jitter_s", 0, kJitterSecondsMax, 0));
    if (fields.find("dst") != nullptr) {
        spec.gap = fields.choice("dst", {"run", "skip"}, 0) == 0 ? schedule::Gap::kRun
                                                                 : schedule::Gap::kSkip;
    }
    // What is missing or no number has been told.
    const bool told = spec.cron.empty() && spec.every.count() == 0;
    for (auto& mistake : schedule::check(spec)) {
        if (told && mistake.field == "cron") continue;
        problems.add(fields.line(mistake.field),
                     "The schedule " + entry.key + " cannot be kept: " + mistake.what,
                     std::move(mistake.cure));
    }
    return spec;
}

}  // namespace bot::config
