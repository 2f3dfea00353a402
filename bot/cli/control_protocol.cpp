#include "bot/cli/control_protocol.hpp"

#include "bot/cli/exit_code.hpp"
#include "bot/cli/json_reader.hpp"
#include "bot/web/delivery_json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <set>
#include <utility>

namespace bot::cli {

namespace outbox = messaging::outbox;
using Json = nlohmann::json;
using resilience::permanent_error;
using resilience::Result;

namespace {

std::optional<SendOutcome> parse_outcome(std::string_view name) {
    using enum SendOutcome;
    return find_name(std::array{kDelivered, kQueued, kUncertain, kFailed, kAuth}, name);
}

void read_duration(JsonReader& reader,
                   const char* name,
                   std::chrono::seconds max,
                   std::optional<std::chrono::seconds>& into) {
    if (reader.field(name) == nullptr) return;
    std::chrono::seconds value{0};
    reader.time(name, value);
    if (value > max) reader.refuse(name, "is more than " + std::to_string(max.count()));
    into = value;
}

void read_files(JsonReader& reader, std::vector<std::string>& into) {
    const auto* list = reader.field("files");
    if (list == nullptr) return;
    if (!list->is_array() || list->size() > kFilesMax) {
        reader.refuse("files", "is not a list of at most " + std::to_string(kFilesMax) + " paths");
        return;
    }
    for (const auto& path : *list) {
        const auto* text = path.get_ptr<const std::string*>();
        if (text == nullptr || !text->starts_with('/')) {
            reader.refuse("files", "holds something that is not an absolute path");
            return;
        }
        into.push_back(*text);
    }
}

void check_whole(JsonReader& reader, const SendRequest& request) {
    const std::array<const std::string*, 3> targets{&request.room, &request.person, &request.email};
    const auto given = std::count_if(targets.begin(), targets.end(),
                                     [](const auto* target) { return !target->empty(); });
    if (given != 1) {
        reader.refuse("room", R"(or "person" or "email" must be given, and one only)");
    }
    if (request.text.empty() && request.markdown.empty() && request.files.empty() &&
        request.card.empty()) {
        reader.refuse("text", R"(or "markdown", "files" or "card" must be given)");
    }
}

outbox::JournalEntry read_entry(JsonReader& reader) {
    outbox::JournalEntry entry;
    reader.time("time", entry.time);
    reader.number("attempt", entry.attempt);
    reader.named<outbox::State>("to", entry.to, parse_state);
    reader.named<outbox::DeadReason>("reason", entry.reason, parse_reason);
    reader.time("next", entry.next);
    reader.number("status", entry.note.status);
    reader.text("rule", entry.note.rule);
    reader.text("trackingId", entry.note.tracking_id);
    reader.text("detail", entry.note.detail);
    return entry;
}

}  // namespace

std::string_view to_string(SendOutcome outcome) {
    constexpr std::array<std::string_view, 5> kNames{"delivered", "queued", "uncertain", "failed",
                                                     "auth"};
    return kNames.at(static_cast<std::size_t>(outcome));
}

int exit_code_for(SendOutcome outcome) {
    switch (outcome) {
        case SendOutcome::kDelivered:
            return kExitOk;
        case SendOutcome::kQueued:
        case SendOutcome::kUncertain:
            return kExitTryLater;
        case SendOutcome::kFailed:
            return kExitFailed;
        case SendOutcome::kAuth:
            return kExitAuth;
    }
    return kExitFailed;
}

std::string to_json(const SendRequest& request) {
    Json json{{"priority", to_string(request.priority)}};
    const std::array<std::pair<const char*, const std::string*>, 8> texts{
        {{"room", &request.room},
         {"person", &request.person},
         {"email", &request.email},
         {"text", &request.text},
         {"markdown", &request.markdown},
         {"card", &request.card},
         {"parent", &request.parent},
         {"key", &request.key}}};
    for (const auto& [name, value] : texts) {
        if (!value->empty()) json[name] = *value;
    }
    if (!request.files.empty()) json["files"] = request.files;
    if (request.policy) json["policy"] = to_string(*request.policy);
    if (request.wait) json["wait_s"] = request.wait->count();
    if (request.deadline) json["deadline_s"] = request.deadline->count();
    return dump(json);
}

Result<SendRequest> send_request_from_json(std::string_view body) {
    constexpr const char* kWhat = "send request";
    const auto json = parse_json_object(body, kWhat);
    if (!json.ok()) return json.error();
    JsonReader reader(json.value());
    SendRequest request;
    reader.text("room", request.room);
    reader.text("person", request.person);
    reader.text("email", request.email);
    reader.text("text", request.text);
    reader.text("markdown", request.markdown);
    reader.text("card", request.card);
    reader.text("parent", request.parent);
    reader.text("key", request.key);
    read_files(reader, request.files);
    reader.named<outbox::Priority>("priority", request.priority, outbox::parse_priority);
    if (reader.field("policy") != nullptr) {
        outbox::UncertainPolicy policy{};
        reader.named<outbox::UncertainPolicy>("policy", policy, parse_policy);
        request.policy = policy;
    }
    read_duration(reader, "wait_s", kWaitMax, request.wait);
    read_duration(reader, "deadline_s", kDeadlineMax, request.deadline);
    reader.refuse_others();
    check_whole(reader, request);
    return reader.result(kWhat, std::move(request));
}

std::string to_json(const SendReply& reply) {
    return dump({{"outcome", to_string(reply.outcome)},
                 {"id", reply.id},
                 {"message_id", reply.message_id},
                 {"detail", reply.detail}});
}

Result<SendReply> send_reply_from_json(std::string_view body) {
    constexpr const char* kWhat = "answer to send";
    const auto json = parse_json_object(body, kWhat);
    if (!json.ok()) return json.error();
    JsonReader reader(json.value());
    SendReply reply;
    if (reader.field("outcome") == nullptr) reader.refuse("outcome", "is missing");
    reader.named<SendOutcome>("outcome", reply.outcome, parse_outcome);
    reader.text("id", reply.id);
    reader.text("message_id", reply.message_id);
    reader.text("detail", reply.detail);
    return reader.result(kWhat, std::move(reply));
}

std::string to_json(const StatusReport& status) {
    return dump({{"version", status.version},
                 {"account", status.account},
                 {"receiving", status.receiving},
                 {"uptime_s", status.uptime.count()},
                 {"held", status.held},
                 {"hold_reason", status.hold_reason},
                 {"pending", status.pending},
                 {"sending", status.sending},
                 {"uncertain", status.uncertain},
                 {"delivered", status.delivered},
                 {"dead", status.dead},
                 {"oldest_s", status.oldest.count()}});
}

Result<StatusReport> status_from_json(std::string_view body) {
    constexpr const char* kWhat = "answer to status";
    const auto json = parse_json_object(body, kWhat);
    if (!json.ok()) return json.error();
    JsonReader reader(json.value());
    StatusReport status;
    reader.text("version", status.version);
    reader.text("account", status.account);
    reader.text("receiving", status.receiving);
    reader.time("uptime_s", status.uptime);
    reader.flag("held", status.held);
    reader.text("hold_reason", status.hold_reason);
    reader.number("pending", status.pending);
    reader.number("sending", status.sending);
    reader.number("uncertain", status.uncertain);
    reader.number("delivered", status.delivered);
    reader.number("dead", status.dead);
    reader.time("oldest_s", status.oldest);
    return reader.result(kWhat, std::move(status));
}

std::string to_json(const Timeline& timeline) {
    return web::timeline_json(timeline.delivery, timeline.journal);
}

Result<Timeline> timeline_from_json(std::string_view body) {
    constexpr const char* kWhat = "timeline";
    const auto json = parse_json_object(body, kWhat);
    if (!json.ok()) return json.error();
    const auto delivery = json.value().find("delivery");
    const auto journal = json.value().find("journal");
    if (delivery == json.value().end() || !delivery->is_object() || journal == json.value().end() ||
        !journal->is_array()) {
        return permanent_error(R"(timeline not understood: "delivery" or "journal" is missing)");
    }
    Timeline timeline;
    JsonReader reader(*delivery);
    timeline.delivery = read_delivery(reader);
    for (const auto& entry : *journal) {
        if (!entry.is_object()) {
            reader.refuse("journal", "holds something else than entries");
            break;
        }
        JsonReader entry_reader(entry);
        timeline.journal.push_back(read_entry(entry_reader));
        if (!entry_reader.wrong().empty()) reader.refuse("journal", entry_reader.wrong());
    }
    return reader.result(kWhat, std::move(timeline));
}

std::string error_json(std::string_view message) {
    return dump({{"error", message}});
}

std::string error_from_json(std::string_view body) {
    const auto json = Json::parse(body, nullptr, false);
    if (json.is_object()) {
        const auto found = json.find("error");
        if (found != json.end() && found->is_string()) return found->get<std::string>();
    }
    return std::string(body);
}

}  // namespace bot::cli
