#include "bot/config/quiet_section.hpp"

#include "bot/schedule/time_zone.hpp"

#include <utility>

namespace bot::config {

std::optional<schedule::QuietHours> read_quiet(const YamlEntry& entry,
                                               const std::string& room,
                                               ProblemList& problems) {
    const YamlMapping fields(entry.value, "room " + room + ", quiet", {"from", "to", "time_zone"},
                             problems);
    schedule::QuietHours quiet;
    bool whole = true;
    const auto read = [&](const char* key, std::chrono::minutes& into) {
        const auto text = fields.required_text(key);
        const auto time = schedule::parse_time_of_day(text);
        whole = whole && time.has_value();
        if (time) into = *time;
        if (time || text.empty()) return;
        problems.add(fields.line(key),
                     "The quiet hours of the room " + room + " have \"" + text +
                         "\", which is no time of day",
                     "Write it like \"22:00\"");
    };
    read("from", quiet.from);
    read("to", quiet.to);
    quiet.time_zone = fields.text("time_zone", quiet.time_zone);
    if (auto unusable = schedule::TimeZone::why_unusable(quiet.time_zone)) {
        problems.add(fields.line("time_zone"),
                     "The quiet hours of the room " + room + ": " + unusable->what,
                     std::move(unusable->cure));
        return std::nullopt;
    }
    if (!whole) return std::nullopt;
    if (quiet.from == quiet.to) {
        problems.add(fields.line("to"),
                     "The quiet hours of the room " + room + " end when they begin",
                     "Write two times, or leave the key out");
        return std::nullopt;
    }
    return quiet;
}

}  // namespace bot::config
