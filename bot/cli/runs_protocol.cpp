#include "bot/cli/runs_protocol.hpp"

#include "bot/cli/json_reader.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace bot::cli {

namespace outbox = messaging::outbox;
using Json = nlohmann::json;
using resilience::Result;

namespace {

// Ids are beyond what JavaScript counts exactly, so they travel as text.
std::string id_text(std::uint64_t id) {
    return id == 0 ? "" : outbox::to_string(outbox::DeliveryId{id});
}

void read_id(JsonReader& reader, const char* name, std::uint64_t& into) {
    std::string text;
    reader.text(name, text);
    if (text.empty()) return;
    if (const auto id = outbox::parse_delivery_id(text)) {
        into = id->value;
    } else {
        reader.refuse(name, "is not an id");
    }
}

Json object_of(const outbox::Run& run) {
    return {{"id", id_text(run.id)},
            {"kind", to_string(run.kind)},
            {"name", run.name},
            {"who", run.who},
            {"where", run.where},
            {"what", run.what},
            {"started_ms", run.started.count()},
            {"took_ms", run.took.count()},
            {"end", to_string(run.end)},
            {"reason", run.reason}};
}

outbox::Run read_run(JsonReader& reader) {
    outbox::Run run;
    read_id(reader, "id", run.id);
    reader.named<outbox::RunKind>("kind", run.kind, outbox::parse_run_kind);
    reader.text("name", run.name);
    reader.text("who", run.who);
    reader.text("where", run.where);
    reader.text("what", run.what);
    reader.time("started_ms", run.started);
    reader.time("took_ms", run.took);
    reader.named<outbox::RunEnd>("end", run.end, outbox::parse_run_end);
    reader.text("reason", run.reason);
    return run;
}

}  // namespace

std::string to_json(const RunsRequest& request) {
    const auto& filter = request.filter;
    Json json{{"limit", filter.limit}};
    if (filter.kind) json["kind"] = to_string(*filter.kind);
    if (!filter.name.empty()) json["name"] = filter.name;
    if (filter.before != 0) json["before"] = id_text(filter.before);
    return dump(json);
}

Result<RunsRequest> runs_request_from_json(std::string_view body) {
    constexpr const char* kWhat = "request for runs";
    const auto json = parse_json_object(body, kWhat);
    if (!json.ok()) return json.error();
    JsonReader reader(json.value());
    RunsRequest request;
    auto& filter = request.filter;
    outbox::RunKind kind{};
    reader.named<outbox::RunKind>("kind", kind, outbox::parse_run_kind);
    if (reader.field("kind") != nullptr) filter.kind = kind;
    reader.text("name", filter.name);
    read_id(reader, "before", filter.before);
    reader.number("limit", filter.limit);
    if (filter.limit < 1 || filter.limit > kRunsMax) {
        reader.refuse("limit", "is not a number from 1 to " + std::to_string(kRunsMax));
    }
    reader.refuse_others();
    return reader.result(kWhat, std::move(request));
}

std::string to_json(const RunsReply& reply) {
    auto runs = Json::array();
    for (const auto& run : reply.runs)
        runs.push_back(object_of(run));
    return dump({{"runs", std::move(runs)}});
}

Result<RunsReply> runs_reply_from_json(std::string_view body) {
    constexpr const char* kWhat = "list of runs";
    const auto json = parse_json_object(body, kWhat);
    if (!json.ok()) return json.error();
    JsonReader reader(json.value());
    RunsReply reply;
    const auto* runs = reader.field("runs");
    if (runs == nullptr || !runs->is_array()) reader.refuse("runs", "is not a list");
    for (std::size_t i = 0; reader.wrong().empty() && i < runs->size(); ++i) {
        if (!(*runs)[i].is_object()) {
            reader.refuse("runs", "holds something else than runs");
            break;
        }
        JsonReader one((*runs)[i]);
        reply.runs.push_back(read_run(one));
        if (!one.wrong().empty()) reader.refuse("runs", "holds a run whose " + one.wrong());
    }
    return reader.result(kWhat, std::move(reply));
}

std::string run_line(const outbox::Run& run) {
    return dump(object_of(run));
}

}  // namespace bot::cli
