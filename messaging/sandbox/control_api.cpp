#include "messaging/sandbox/control_api.hpp"

#include "messaging/sandbox/query.hpp"
#include "messaging/sandbox/wire.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace messaging::sandbox {

using http::ServerRequest;
using http::ServerResponse;
using Json = nlohmann::json;

namespace {

constexpr std::string_view kRooms = "/sandbox/rooms/";
constexpr std::string_view kMessages = "/messages";
constexpr std::string_view kContents = "/sandbox/contents/";
constexpr std::uint64_t kTroubleSecondsMax = 86'400;

ServerResponse answer(int status, std::string body) {
    ServerResponse response;
    response.status = status;
    response.headers = {{"Content-Type", "application/json;charset=UTF-8"},
                        {"Cache-Control", "no-store"},
                        {"X-Content-Type-Options", "nosniff"}};
    response.body = std::move(body);
    return response;
}

ServerResponse refusal(int status, std::string_view message) {
    JsonText json;
    json.open('{').field("message", message).close('}');
    return answer(status, json.take());
}

std::string text_of(const Json& body, const char* name) {
    const auto found = body.find(name);
    return found != body.end() && found->is_string() ? found->get<std::string>() : std::string();
}

void write_person_summary(JsonText& json, const Person& person) {
    json.open('{').field("id", person.id).field("email", person.email);
    json.field("displayName", person.display_name).close('}');
}

ServerResponse messages_of(const ServerRequest& request, const Room& room) {
    const auto limit = Query(request.query).number("limit", 200);
    const auto count = std::min(limit, room.messages.size());
    JsonText json;
    json.open('{').key("items").open('[');
    for (auto i = room.messages.size() - count; i < room.messages.size(); ++i) {
        json.raw(page_message_json(*room.messages[i]));
    }
    json.close(']').close('}');
    return answer(200, json.take());
}

}  // namespace

std::optional<ServerResponse> refuse_foreign(const ServerRequest& request) {
    if (!is_loopback_host(http::find_header(request.headers, "Host"))) {
        return refusal(403, "The sandbox answers to loopback addresses only.");
    }
    if (request.method == "GET" || request.method == "HEAD") return std::nullopt;
    const auto type = http::find_header(request.headers, "Content-Type");
    if (type.substr(0, type.find(';')) != "application/json") {
        return refusal(415, "Content-Type must be application/json.");
    }
    return std::nullopt;
}

ServerResponse ControlApi::handle(const ServerRequest& request, const Moment& now) {
    model_.tick(now);
    const auto& path = request.path;
    const auto is = [&](std::string_view method, std::string_view wanted) {
        return request.method == method && path == wanted;
    };
    if (is("GET", "/sandbox/state")) return answer(200, state_json(now));
    if (is("GET", "/sandbox/trouble")) return answer(200, model_.trouble().json(now));
    if (is("PUT", "/sandbox/trouble")) return set_trouble(request, now);
    if (is("GET", "/sandbox/faults")) return answer(200, model_.faults().json());
    if (is("PUT", "/sandbox/faults")) return set_faults(request, now);
    if (is("GET", "/sandbox/oracle")) return answer(200, model_.oracle().json());
    if (is("POST", "/sandbox/oracle/reset")) {
        model_.oracle().reset();
        return answer(200, "{}");
    }
    if (is("POST", "/sandbox/reset")) {
        model_.reset(now);
        return answer(200, "{}");
    }
    if (is("POST", "/sandbox/actions")) return press(request, now);
    if (request.method == "GET" && path.rfind(kContents, 0) == 0) return content(request);
    if (auto response = room_call(request, now)) return *std::move(response);
    return refusal(404, "There is no " + request.method + " " + path + " in the sandbox.");
}

std::optional<ServerResponse> ControlApi::room_call(const ServerRequest& request,
                                                    const Moment& now) {
    const std::string_view path = request.path;
    const bool fits = path.size() > kRooms.size() + kMessages.size() &&
                      path.substr(0, kRooms.size()) == kRooms &&
                      path.substr(path.size() - kMessages.size()) == kMessages;
    if (!fits) return std::nullopt;
    const auto id =
        percent_decode(path.substr(kRooms.size(), path.size() - kRooms.size() - kMessages.size()));
    auto* room = id ? model_.world().room(*id) : nullptr;
    if (room == nullptr) return refusal(404, "There is no such room.");
    if (request.method == "GET") return messages_of(request, *room);
    if (request.method == "POST") return say(request, *room, now);
    return std::nullopt;
}

std::string ControlApi::state_json(const Moment& now) const {
    const auto& world = model_.world();
    JsonText json;
    json.open('{').key("person");
    if (person_ == nullptr) {
        json.raw("null");
    } else {
        write_person_summary(json, *person_);
    }
    json.key("bots").open('[');
    for (const auto& person : world.people()) {
        if (person->is_bot) write_person_summary(json, *person);
    }
    json.close(']').key("rooms").open('[');
    for (const auto* room : world.rooms()) {
        if (person_ == nullptr || !room->has(*person_)) continue;
        json.open('{').field("id", room->id).field("title", room_title(*room, *person_));
        json.field("type", room_type(*room));
        json.field("lastActivity", iso_time(room->activity_ms)).close('}');
    }
    json.close(']').raw_field("trouble", model_.trouble().json(now));
    json.raw_field("faults", model_.faults().size_json()).key("botUrl");
    if (bot_url_.empty()) {
        json.raw("null");
    } else {
        json.text(bot_url_);
    }
    json.optional("problem", problem_);
    json.number("lastEventId", model_.events().last_id()).close('}');
    return json.take();
}

ServerResponse ControlApi::say(const ServerRequest& request, Room& room, const Moment& now) {
    if (person_ == nullptr) return refusal(409, "The sandbox has no person who could speak.");
    const auto body = Json::parse(request.body, nullptr, false);
    if (!body.is_object()) return refusal(400, R"(The body must be a JSON object with "text".)");
    const Message* stored = nullptr;
    return model_.say(*person_, room, text_of(body, "text"), text_of(body, "parentId"), now,
                      &stored);
}

ServerResponse ControlApi::press(const ServerRequest& request, const Moment& now) {
    if (person_ == nullptr) return refusal(409, "The sandbox has no person who could press.");
    if (!is_shallow_json(request.body)) return refusal(400, "The body is nested too deeply.");
    auto body = Json::parse(request.body, nullptr, false);
    if (!body.is_object()) {
        return refusal(400, R"(The body must be a JSON object with "messageId" and "inputs".)");
    }
    body["type"] = "submit";
    ServerRequest action = request;
    action.method = "POST";
    action.path = "/v1/attachment/actions";
    action.body = body.dump();
    auto response = model_.act(action, *person_, now);
    if (response.status < 300) response.status = 200;
    return response;
}

ServerResponse ControlApi::set_trouble(const ServerRequest& request, const Moment& now) {
    const auto body = Json::parse(request.body, nullptr, false);
    if (!body.is_object()) return refusal(400, R"(The body must be a JSON object with "mode".)");
    std::uint64_t seconds = 0;
    if (const auto found = body.find("seconds"); found != body.end()) {
        if (!found->is_number_unsigned() || found->get<std::uint64_t>() > kTroubleSecondsMax) {
            return refusal(400, "seconds must be a whole number from 0 to 86400.");
        }
        seconds = found->get<std::uint64_t>();
    }
    if (!model_.set_trouble(text_of(body, "mode"), std::chrono::seconds{seconds}, now)) {
        return refusal(400,
                       "mode must be none, unavailable, throttled, answers_lost, slow or "
                       "token_refused.");
    }
    return answer(200, model_.trouble().json(now));
}

ServerResponse ControlApi::set_faults(const ServerRequest& request, const Moment& now) {
    auto plan = FaultPlan::parse(request.body);
    if (!plan) return refusal(400, plan.error().message);
    model_.set_faults(std::move(plan).value(), now);
    return answer(200, model_.faults().json());
}

ServerResponse ControlApi::content(const ServerRequest& request) const {
    const auto id = percent_decode(std::string_view(request.path).substr(kContents.size()));
    const auto* message = id ? model_.world().message_of_file(*id) : nullptr;
    if (message == nullptr) return refusal(404, "There is no such file.");
    auto response = content_response(model_.files(), *message, "sandbox");
    response.headers.emplace_back("X-Content-Type-Options", "nosniff");
    return response;
}

}  // namespace messaging::sandbox
