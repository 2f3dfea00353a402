#include "bot/cli/schedule_protocol.hpp"

#include "bot/cli/json_reader.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <chrono>
#include <optional>
#include <utility>

namespace bot::cli {

using Json = nlohmann::json;
using resilience::Result;
using schedule::Status;
using schedule::WallTime;
using ScheduleVerb = ScheduleRequest::Verb;

namespace {

constexpr std::array kScheduleVerbs{ScheduleVerb::kList, ScheduleVerb::kRun, ScheduleVerb::kPause,
                                    ScheduleVerb::kResume};

void put(Json& object, const char* name, const std::optional<WallTime>& time) {
    if (time) object[name] = resilience::since_epoch(*time).count();
}

void take(JsonReader& reader, const char* name, std::optional<WallTime>& time) {
    if (reader.field(name) == nullptr) return;
    std::chrono::milliseconds since{0};
    reader.time(name, since);
    time = WallTime(since);
}

Json object_of(const Status& status) {
    Json object{{"name", status.name}, {"running", status.running}, {"paused", status.paused}};
    put(object, "next_ms", status.next);
    put(object, "due_ms", status.due);
    put(object, "started_ms", status.started);
    put(object, "finished_ms", status.finished);
    put(object, "lacking_ms", status.lacking);
    if (status.ok) object["ok"] = *status.ok;
    return object;
}

Status status_of(JsonReader& reader) {
    Status status;
    reader.text("name", status.name);
    reader.flag("running", status.running);
    reader.flag("paused", status.paused);
    take(reader, "next_ms", status.next);
    take(reader, "due_ms", status.due);
    take(reader, "started_ms", status.started);
    take(reader, "finished_ms", status.finished);
    take(reader, "lacking_ms", status.lacking);
    if (reader.field("ok") != nullptr) {
        bool ok = false;
        reader.flag("ok", ok);
        status.ok = ok;
    }
    return status;
}

}  // namespace

std::string_view to_string(ScheduleVerb verb) {
    constexpr std::array<std::string_view, 4> kNames{"list", "run", "pause", "resume"};
    return kNames.at(static_cast<std::size_t>(verb));
}

std::string to_json(const ScheduleRequest& request) {
    Json object{{"verb", to_string(request.verb)}};
    if (!request.name.empty()) object["name"] = request.name;
    return dump(object);
}

Result<ScheduleRequest> schedule_request_from_json(std::string_view body) {
    constexpr const char* kWhat = "request";
    const auto json = parse_json_object(body, kWhat);
    if (!json.ok()) return json.error();
    JsonReader reader(json.value());
    ScheduleRequest request;
    reader.named<ScheduleVerb>("verb", request.verb, [](std::string_view name) {
        return find_name(kScheduleVerbs, name);
    });
    reader.text("name", request.name);
    if (request.verb != ScheduleVerb::kList && request.name.empty()) {
        reader.refuse("name", "names no schedule");
    }
    reader.refuse_others();
    return reader.result(kWhat, std::move(request));
}

std::string to_json(const ScheduleReply& reply) {
    Json object{{"schedules", Json::array()}, {"refusal", reply.refusal}};
    for (const auto& status : reply.schedules)
        object["schedules"].push_back(object_of(status));
    return dump(object);
}

Result<ScheduleReply> schedule_reply_from_json(std::string_view body) {
    constexpr const char* kWhat = "answer";
    const auto json = parse_json_object(body, kWhat);
    if (!json.ok()) return json.error();
    JsonReader reader(json.value());
    ScheduleReply reply;
    reader.text("refusal", reply.refusal);
    const auto* schedules = reader.field("schedules");
    if (schedules == nullptr || !schedules->is_array()) {
        reader.refuse("schedules", "is not a list");
        return reader.result(kWhat, std::move(reply));
    }
    for (const auto& entry : *schedules) {
        if (!entry.is_object()) {
            reader.refuse("schedules", "holds something else than objects");
            break;
        }
        JsonReader fields(entry);
        reply.schedules.push_back(status_of(fields));
        if (!fields.wrong().empty()) {
            reader.refuse("schedules", "holds one whose " + fields.wrong());
        }
    }
    return reader.result(kWhat, std::move(reply));
}

std::string schedule_line(const Status& status) {
    return dump(object_of(status));
}

}  // namespace bot::cli
