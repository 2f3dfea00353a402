#include "bot/schedule/time_zone.hpp"

#include "bot/text/closest.hpp"

#include <date/tz.h>

#include <exception>

namespace bot::schedule {
namespace {

std::string closest_zone(std::string_view name) {
    std::vector<std::string> names;
    for (const auto& zone : date::get_tzdb().zones)
        names.push_back(zone.name());
    return text::closest(name, names);
}

std::chrono::sys_seconds to_std(date::sys_seconds instant) {
    return std::chrono::sys_seconds(instant.time_since_epoch());
}

}  // namespace

resilience::Result<TimeZone> TimeZone::find(std::string_view name) {
    if (const auto unusable = why_unusable(name)) {
        return resilience::permanent_error(unusable->what + ". " + unusable->cure);
    }
    return TimeZone(*date::locate_zone(name));
}

std::optional<TimeZone::Unusable> TimeZone::why_unusable(std::string_view name) {
    const std::string what = "time zone \"" + std::string(name.substr(0, 60)) + "\"";
    try {
        date::locate_zone(name);
        return std::nullopt;
    } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): the reason is sought below.
    }
    try {
        const auto closest = closest_zone(name);
        return Unusable{what + " is not known",
                        closest.empty() ? "Write an IANA name such as Europe/Tallinn or UTC"
                                        : "Did you mean " + closest + "?"};
    } catch (const std::exception& error) {
        return Unusable{what + " cannot be read: " + error.what(),
                        "Install the zone files: apt-get install tzdata"};
    }
}

const std::string& TimeZone::name() const {
    return zone_->name();
}

std::chrono::local_seconds TimeZone::to_local(std::chrono::sys_seconds instant) const {
    return std::chrono::local_seconds(instant.time_since_epoch() + span_at(instant).offset);
}

std::chrono::sys_seconds TimeZone::first_instant(std::chrono::local_seconds local) const {
    const auto info = zone_->get_info(date::local_seconds(local.time_since_epoch()));
    if (info.result == date::local_info::nonexistent) return to_std(info.first.end);
    return std::chrono::sys_seconds(local.time_since_epoch() - info.first.offset);
}

TimeZone::Span TimeZone::span_at(std::chrono::sys_seconds instant) const {
    const auto info = zone_->get_info(date::sys_seconds(instant.time_since_epoch()));
    return Span{to_std(info.begin), to_std(info.end), info.offset};
}

}  // namespace bot::schedule
