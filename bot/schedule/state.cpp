#include "bot/schedule/scheduler.hpp"

#include <nlohmann/json.hpp>

#include <unordered_map>

namespace bot::schedule {
namespace {

using nlohmann::json;
using resilience::Done;
using resilience::Result;

// Of version 1 were neither pauses nor intervals.
constexpr int kVersion = 2;

// Milliseconds of the years 1970 to 2261, which wall time can hold as nanoseconds.
constexpr std::int64_t kMillisecondsMax = 9'200'000'000'000;

void put(json& object, const char* name, const std::optional<WallTime>& time) {
    if (time) object[name] = resilience::since_epoch(*time).count();
}

/// False if there is something else than a time.
bool take(const json& object, const char* name, std::optional<WallTime>& time) {
    const auto found = object.find(name);
    if (found == object.end()) return true;
    if (!found->is_number_integer()) return false;
    const auto value = found->get<std::int64_t>();
    if (value < 0 || value > kMillisecondsMax) return false;
    time = WallTime(std::chrono::milliseconds(value));
    return true;
}

struct Stored {
    std::string cron;
    std::string time_zone;
    std::int64_t every = 0;
    std::optional<WallTime> decided;
    Status last;
};

std::optional<Stored> read(const std::string& name, const json& object) {
    Stored stored;
    stored.last.name = name;
    if (!object.is_object()) return std::nullopt;
    const auto cron = object.find("cron");
    const auto zone = object.find("time_zone");
    if (cron == object.end() || !cron->is_string()) return std::nullopt;
    if (zone == object.end() || !zone->is_string()) return std::nullopt;
    stored.cron = cron->get<std::string>();
    stored.time_zone = zone->get<std::string>();
    if (!take(object, "decided_ms", stored.decided) || !stored.decided ||
        !take(object, "due_ms", stored.last.due) ||
        !take(object, "started_ms", stored.last.started) ||
        !take(object, "finished_ms", stored.last.finished) ||
        !take(object, "lacking_ms", stored.last.lacking)) {
        return std::nullopt;
    }
    const auto paused = object.value("paused", json(false));
    const auto every = object.value("every_s", json(0));
    if (!paused.is_boolean() || !every.is_number_integer()) return std::nullopt;
    stored.last.paused = paused.get<bool>();
    stored.every = every.get<std::int64_t>();
    const auto ok = object.find("ok");
    if (ok == object.end()) return stored;
    if (!ok->is_boolean()) return std::nullopt;
    stored.last.ok = ok->get<bool>();
    return stored;
}

}  // namespace

std::string Scheduler::state() const {
    json schedules = json::object();
    for (const auto& entry : entries_) {
        json object{{"cron", entry.spec.cron}, {"time_zone", entry.spec.time_zone}};
        put(object, "decided_ms", entry.decided);
        put(object, "due_ms", entry.last.due);
        put(object, "started_ms", entry.last.started);
        put(object, "finished_ms", entry.last.finished);
        put(object, "lacking_ms", entry.last.lacking);
        if (entry.last.ok) object["ok"] = *entry.last.ok;
        if (entry.last.paused) object["paused"] = true;
        if (entry.spec.every.count() > 0) object["every_s"] = entry.spec.every.count();
        schedules[entry.spec.name] = std::move(object);
    }
    const json all{{"version", kVersion}, {"schedules", std::move(schedules)}};
    return all.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<Done> Scheduler::restore(std::string_view state, WallTime now) {
    const auto wrong = [](const std::string& what) {
        return resilience::permanent_error("stored state of the schedules: " + what +
                                           "; schedules start anew, runs missed before are lost");
    };
    const auto all = json::parse(state, nullptr, false);
    if (!all.is_object()) return wrong("not a JSON object");
    const auto version = all.value("version", json());
    if (version != json(1) && version != json(kVersion)) {
        return wrong("of a version that this program does not know");
    }
    const auto schedules = all.find("schedules");
    if (schedules == all.end() || !schedules->is_object()) return wrong("no \"schedules\" in it");

    std::unordered_map<std::string, Stored> known;
    for (const auto& item : schedules->items()) {
        auto stored = read(item.key(), item.value());
        if (!stored) return wrong("schedule \"" + item.key() + "\" is damaged");
        known.emplace(item.key(), std::move(*stored));
    }
    for (auto& entry : entries_) {
        const auto found = known.find(entry.spec.name);
        if (found == known.end()) continue;
        const auto& stored = found->second;
        entry.last = stored.last;
        entry.cut_off = stored.last.started && !stored.last.finished;
        const bool same = stored.cron == entry.spec.cron &&
                          stored.time_zone == entry.spec.time_zone &&
                          stored.every == entry.spec.every.count();
        const bool from_future = now + kClockStepMax < *stored.decided;
        decide_until(entry, same && !from_future ? *stored.decided : now);
    }
    return Done{};
}

}  // namespace bot::schedule
