#include "bot/schedule/time_zone.hpp"

#include <date/tz.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <optional>

namespace bot::schedule {
namespace {

using resilience::Done;
using resilience::Result;

/// Puts TZ back as it was.
class ZoneOfProcess {
public:
    ZoneOfProcess() {
        // NOLINTNEXTLINE(concurrency-mt-unsafe): called before threads start, as all of this.
        if (const char* value = std::getenv("TZ")) before_ = value;
    }
    ~ZoneOfProcess() {
        if (before_) {
            set(*before_);
        } else {
            ::unsetenv("TZ");  // NOLINT(concurrency-mt-unsafe)
            ::tzset();
        }
    }
    ZoneOfProcess(const ZoneOfProcess&) = delete;
    ZoneOfProcess& operator=(const ZoneOfProcess&) = delete;
    ZoneOfProcess(ZoneOfProcess&&) = delete;
    ZoneOfProcess& operator=(ZoneOfProcess&&) = delete;

    static void set(const std::string& zone) {
        ::setenv("TZ", zone.c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
        ::tzset();
    }

    /// The name of the zone the process started in, empty where it has none: TZ may hold a rule,
    /// /etc/localtime may be a plain file.
    std::string name() const {
        if (before_) return before_->starts_with(':') ? before_->substr(1) : *before_;
        try {
            return date::current_zone()->name();
        } catch (const std::exception&) {
            return {};
        }
    }

private:
    std::optional<std::string> before_;
};

std::chrono::seconds offset_by_system(std::chrono::sys_seconds instant) {
    const std::time_t seconds = instant.time_since_epoch().count();
    std::tm local{};
    ::localtime_r(&seconds, &local);
    return std::chrono::seconds(local.tm_gmtoff);
}

std::string offset_text(std::chrono::seconds offset) {
    const std::chrono::hh_mm_ss parts(offset);
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "UTC%c%02d:%02d", parts.is_negative() ? '-' : '+',
                  static_cast<int>(parts.hours().count()),
                  static_cast<int>(parts.minutes().count()));
    return text.data();
}

Result<Done> agrees(int year, const TimeZone& zone) {
    for (const auto month : {std::chrono::January, std::chrono::July}) {
        const std::chrono::sys_seconds middle =
            std::chrono::sys_days(std::chrono::year(year) / month / 15) + std::chrono::hours(12);
        const auto library = zone.span_at(middle).offset;
        const auto system = offset_by_system(middle);
        if (library == system) continue;
        return resilience::permanent_error(
            "time zone " + zone.name() + ": for " +
            (month == std::chrono::January ? "January " : "July ") + std::to_string(year) +
            " the zone library says " + offset_text(library) + " and the system " +
            offset_text(system) +
            ", so schedules would run at the wrong hour. Install complete zone files (apt-get "
            "install --reinstall tzdata); the library cannot read files made by \"zic -b slim\" "
            "nor years after 2037");
    }
    return Done{};
}

}  // namespace

Result<Done> zone_library_agrees(int year, const std::vector<std::string>& zones) {
    const ZoneOfProcess process;
    ::tzset();
    // A zone without a name cannot be asked for in the library, nor does any schedule use it.
    if (const auto own = TimeZone::find(process.name()); own.ok()) {
        auto checked = agrees(year, own.value());
        if (!checked.ok()) return checked;
    }
    for (const auto& name : zones) {
        auto zone = TimeZone::find(name);
        if (!zone.ok()) return std::move(zone).error();
        ZoneOfProcess::set(":" + name);
        auto checked = agrees(year, zone.value());
        if (!checked.ok()) return checked;
    }
    return Done{};
}

}  // namespace bot::schedule
