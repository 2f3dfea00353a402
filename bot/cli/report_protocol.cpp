#include "bot/cli/report_protocol.hpp"

#include "bot/cli/exit_code.hpp"
#include "bot/cli/json_reader.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <utility>

namespace bot::cli {

namespace outbox = messaging::outbox;
using Json = nlohmann::json;
using reports::PartRun;
using reports::PartState;
using resilience::Result;
using ReportVerb = ReportRequest::Verb;

namespace {

constexpr std::array kVerbs{ReportVerb::kList, ReportVerb::kShow, ReportVerb::kRedrive};

// Ids are beyond what JavaScript counts exactly, so they travel as text.
Json object_of(const PartRun& part) {
    Json object{{"name", part.name},
                {"state", to_string(part.state)},
                {"reason", part.reason},
                {"round", part.round},
                {"ids", Json::array()}};
    for (const auto id : part.ids)
        object["ids"].push_back(outbox::to_string(id));
    return object;
}

Json object_of(const ReportReply::Item& item, outbox::Millis now) {
    const auto& run = item.run;
    const auto counts = count(run, now);
    Json object{{"id", run.id},
                {"group", outbox::to_string(outbox::DeliveryId{run.group})},
                {"report", run.report},
                {"state", to_string(outcome_of(run))},
                {"origin", run.origin},
                {"who", run.who},
                {"room", run.room},
                {"room_name", item.room_name},
                {"started_ms", run.started.count()},
                {"redriven", run.redriven},
                {"counts",
                 {{"parts", counts.all},
                  {"sent", counts.sent},
                  {"late", counts.late},
                  {"missing", counts.missing},
                  {"doubtful", counts.doubtful}}},
                {"parts", Json::array()}};
    for (const auto& part : run.parts)
        object["parts"].push_back(object_of(part));
    return object;
}

void read_part_ids(JsonReader& reader, std::vector<outbox::DeliveryId>& into) {
    const auto* ids = reader.field("ids");
    if (ids == nullptr || !ids->is_array()) return reader.refuse("ids", "is not a list");
    for (const auto& entry : *ids) {
        const auto* text = entry.get_ptr<const std::string*>();
        const auto id = text != nullptr ? outbox::parse_delivery_id(*text) : std::nullopt;
        if (!id) return reader.refuse("ids", "holds something that is not an id");
        into.push_back(*id);
    }
}

PartRun read_part(JsonReader& reader) {
    PartRun part;
    reader.text("name", part.name);
    reader.named<PartState>("state", part.state, reports::parse_part_state);
    reader.text("reason", part.reason);
    reader.number("round", part.round);
    read_part_ids(reader, part.ids);
    return part;
}

// Each element of a list of objects, read by `read`; what is wrong with one is told of the list.
template <class Thing, class Read>
void read_list(JsonReader& reader, const char* name, std::vector<Thing>& into, Read read) {
    const auto* list = reader.field(name);
    if (list == nullptr || !list->is_array()) return reader.refuse(name, "is not a list");
    for (const auto& entry : *list) {
        if (!entry.is_object()) return reader.refuse(name, "holds something else than objects");
        JsonReader fields(entry);
        into.push_back(read(fields));
        if (!fields.wrong().empty())
            return reader.refuse(name, "holds one whose " + fields.wrong());
    }
}

ReportReply::Item read_run_item(JsonReader& reader) {
    ReportReply::Item item;
    auto& run = item.run;
    reader.text("room_name", item.room_name);
    std::string group;
    reader.text("id", run.id);
    reader.text("group", group);
    const auto id = outbox::parse_delivery_id(group);
    if (!id) reader.refuse("group", "is not an id");
    run.group = id.value_or(outbox::DeliveryId{}).value;
    reader.text("report", run.report);
    reader.text("origin", run.origin);
    reader.text("who", run.who);
    reader.text("room", run.room);
    reader.time("started_ms", run.started);
    reader.number("redriven", run.redriven);
    read_list(reader, "parts", run.parts, read_part);
    return item;
}

}  // namespace

std::string_view to_string(ReportVerb verb) {
    constexpr std::array<std::string_view, 3> kNames{"list", "show", "redrive"};
    return kNames.at(static_cast<std::size_t>(verb));
}

int exit_code_for(const ReportReply& reply) {
    return reply.refusal.empty() ? kExitOk : kExitFailed;
}

std::string to_json(const ReportRequest& request) {
    Json json{{"verb", to_string(request.verb)}, {"limit", request.limit}};
    if (!request.run.empty()) json["run"] = request.run;
    return dump(json);
}

Result<ReportRequest> report_request_from_json(std::string_view body) {
    constexpr const char* kWhat = "request about reports";
    const auto json = parse_json_object(body, kWhat);
    if (!json.ok()) return json.error();
    JsonReader reader(json.value());
    ReportRequest request;
    reader.named<ReportVerb>("verb", request.verb,
                             [](std::string_view name) { return find_name(kVerbs, name); });
    reader.text("run", request.run);
    reader.number("limit", request.limit);
    if (request.limit < 1 || request.limit > kReportRunsMax) {
        reader.refuse("limit", "is not a number from 1 to " + std::to_string(kReportRunsMax));
    }
    if (request.run.empty() != (request.verb == ReportVerb::kList)) {
        reader.refuse("run", "is needed for all but a list, and for that has no meaning");
    }
    reader.refuse_others();
    return reader.result(kWhat, std::move(request));
}

std::string to_json(const ReportReply& reply) {
    Json json{{"runs", Json::array()},
              {"redriven", reply.redriven},
              {"refusal", reply.refusal},
              {"now_ms", reply.now.count()}};
    for (const auto& item : reply.runs)
        json["runs"].push_back(object_of(item, reply.now));
    return dump(json);
}

Result<ReportReply> report_reply_from_json(std::string_view body) {
    constexpr const char* kWhat = "answer about reports";
    const auto json = parse_json_object(body, kWhat);
    if (!json.ok()) return json.error();
    JsonReader reader(json.value());
    ReportReply reply;
    read_list(reader, "runs", reply.runs, read_run_item);
    reader.number("redriven", reply.redriven);
    reader.text("refusal", reply.refusal);
    reader.time("now_ms", reply.now);
    return reader.result(kWhat, std::move(reply));
}

std::string report_run_line(const ReportReply::Item& item, outbox::Millis now) {
    return dump(object_of(item, now));
}

}  // namespace bot::cli
