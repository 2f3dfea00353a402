#include "messaging/sandbox/rest_api.hpp"

#include "messaging/sandbox/multipart.hpp"
#include "messaging/sandbox/rest_handlers.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace messaging::sandbox {

using http::ServerRequest;
using http::ServerResponse;
using Json = nlohmann::json;

namespace {

using Handler = ServerResponse (*)(Call&);

/// A path below /v1; "*" is one segment of any content.
struct Route {
    std::string_view method;
    std::array<std::string_view, 3> path;
    Handler handler;
};

constexpr std::array kRoutes = {
    Route{"POST", {"messages"}, create_message},
    Route{"GET", {"messages"}, list_messages},
    Route{"GET", {"messages", "direct"}, list_direct_messages},
    Route{"GET", {"messages", "*"}, get_message},
    Route{"PUT", {"messages", "*"}, edit_message},
    Route{"DELETE", {"messages", "*"}, delete_message},
    Route{"GET", {"people", "me"}, get_me},
    Route{"GET", {"people", "*"}, get_person},
    Route{"GET", {"people"}, list_people},
    Route{"GET", {"rooms"}, list_rooms},
    Route{"POST", {"rooms"}, create_room},
    Route{"GET", {"rooms", "*"}, get_room},
    Route{"PUT", {"rooms", "*"}, edit_room},
    Route{"DELETE", {"rooms", "*"}, delete_room},
    Route{"GET", {"memberships"}, list_memberships},
    Route{"POST", {"memberships"}, create_membership},
    Route{"GET", {"memberships", "*"}, get_membership},
    Route{"DELETE", {"memberships", "*"}, delete_membership},
    Route{"GET", {"webhooks"}, list_webhooks},
    Route{"POST", {"webhooks"}, create_webhook},
    Route{"GET", {"webhooks", "*"}, get_webhook},
    Route{"PUT", {"webhooks", "*"}, edit_webhook},
    Route{"DELETE", {"webhooks", "*"}, delete_webhook},
    Route{"GET", {"contents", "*"}, get_content},
    Route{"HEAD", {"contents", "*"}, get_content},
    Route{"POST", {"attachment", "actions"}, create_action},
    Route{"GET", {"attachment", "actions", "*"}, get_action},
};

bool matches(const Route& route, const std::vector<std::string>& path) {
    for (std::size_t i = 0; i < route.path.size(); ++i) {
        const bool ends = route.path[i].empty();
        if (ends || i >= path.size()) return ends && i >= path.size();
        if (route.path[i] != "*" && route.path[i] != path[i]) return false;
    }
    return path.size() <= route.path.size();
}

// Decoded segments after "/v1".
std::vector<std::string> segments(std::string_view path) {
    std::vector<std::string> all;
    while (!path.empty()) {
        path.remove_prefix(1);
        const auto end = std::min(path.find('/'), path.size());
        all.push_back(percent_decode(path.substr(0, end)).value_or(""));
        path.remove_prefix(end);
    }
    if (!all.empty()) all.erase(all.begin());
    return all;
}

std::string next_link(const Call& call, std::size_t max, const std::string& last_id) {
    std::string url = call.base + call.request.path + "?";
    for (const auto* name :
         {"type", "sortBy", "roomId", "personId", "personEmail", "displayName", "email"}) {
        if (const auto value = call.query.get(name)) {
            url += std::string(name) + "=" + percent_encode(*value) + "&";
        }
    }
    // Webex sends a key without value in real links; clients must not repair it.
    return "<" + url + max_parameter(call, max) + "&before&after=" + last_id + ">; rel=\"next\"";
}

}  // namespace

ServerResponse json_response(int status, std::string body, std::string_view tracking) {
    ServerResponse response;
    response.status = status;
    response.headers = {{"trackingid", std::string(tracking)},
                        {"Cache-Control", "no-cache"},
                        {"Content-Type", "application/json;charset=UTF-8"}};
    response.body = std::move(body);
    return response;
}

ServerResponse error_response(int status, std::string_view message, std::string_view tracking) {
    return json_response(status, error_json(message, tracking), tracking);
}

ServerResponse not_found(const Call& call) {
    return fail(call, 404, kNoResource);
}

ServerResponse handle_rest(Call& call) {
    call.path = segments(call.request.path);
    call.query = Query(call.request.query);
    bool path_known = false;
    for (const auto& route : kRoutes) {
        if (!matches(route, call.path)) continue;
        if (route.method == call.request.method) return route.handler(call);
        path_known = true;
    }
    if (!path_known) return not_found(call);
    return fail(call, 405, "Request method '" + call.request.method + "' not supported");
}

bool is_json(const ServerRequest& request) {
    const auto type = http::find_header(request.headers, "Content-Type");
    return type.substr(0, type.find(';')) == "application/json";
}

std::string JsonFields::get(std::string_view name) const {
    for (const auto& [key, value] : values) {
        if (key == name) return value;
    }
    return {};
}

bool JsonFields::has(std::string_view name) const {
    return std::any_of(values.begin(), values.end(),
                       [name](const auto& pair) { return pair.first == name; });
}

JsonFields read_fields(const ServerRequest& request, const std::vector<std::string_view>& wanted) {
    JsonFields fields;
    const auto body = Json::parse(request.body, nullptr, false);
    if (!body.is_object()) {
        fields.invalid = true;
        return fields;
    }
    for (const auto name : wanted) {
        const auto found = body.find(std::string(name));
        if (found == body.end() || found->is_null()) continue;
        if (!found->is_string()) {
            fields.invalid = true;
            continue;
        }
        fields.values.emplace_back(name, found->get<std::string>());
    }
    return fields;
}

std::string max_parameter(const Call& call, std::size_t max) {
    return "max=" + (call.paging.max_null ? "null" : std::to_string(max));
}

ServerResponse empty_page(const Call& call) {
    // Counted, because a page that names itself as the next one is another defect.
    constexpr std::string_view kPass = "&pass=";
    const auto& query = call.request.query;
    const auto pass = Query(query).number("pass", 0) + 1;
    auto response = json_response(200, R"({"items":[]})", call.tracking);
    response.headers.emplace_back(
        "Link", "<" + call.base + call.request.path + "?" + query.substr(0, query.rfind(kPass)) +
                    std::string(kPass) + std::to_string(pass) + ">; rel=\"next\"");
    return response;
}

ServerResponse page_response(Call& call,
                             const std::vector<std::string>& ids,
                             std::size_t max,
                             const std::function<void(JsonText&, std::size_t)>& write) {
    if (call.paging.empty) return empty_page(call);
    std::size_t first = 0;
    if (const auto after = call.query.get("after")) {
        const auto found = std::find(ids.begin(), ids.end(), *after);
        if (found != ids.end()) first = static_cast<std::size_t>(found - ids.begin()) + 1;
    }
    const auto last = std::min(ids.size(), first + max);
    JsonText json;
    json.open('{').key("items").open('[');
    for (auto i = first; i < last; ++i)
        write(json, i);
    json.close(']').close('}');
    auto response = json_response(200, json.take(), call.tracking);
    if (last < ids.size()) {
        response.headers.emplace_back("Link", next_link(call, max, ids[last - 1]));
    }
    return response;
}

const Room* room_of(const World& world, const ServerRequest& request) {
    const auto path = segments(request.path);
    if (path.size() >= 2 && path[0] == "messages") {
        const auto* message = world.message(path[1]);
        if (message != nullptr) return message->room;
    }
    if (path.size() >= 2 && path[0] == "rooms") return world.room(path[1]);
    if (const auto id = Query(request.query).get("roomId")) return world.room(*id);
    if (request.body.empty()) return nullptr;
    const auto type = http::find_header(request.headers, "Content-Type");
    const auto boundary = form_boundary(type);
    if (!boundary) return world.room(read_fields(request, {"roomId"}).get("roomId"));
    const auto parts = parse_form(request.body, *boundary);
    if (!parts) return nullptr;
    const auto part = std::find_if(parts->begin(), parts->end(),
                                   [](const FormPart& p) { return p.name == "roomId"; });
    return part == parts->end() ? nullptr : world.room(part->data);
}

bool can_see(const Person& person, const Message& message) {
    if (!message.room->has(person)) return false;
    if (!person.is_bot || message.room->direct || message.person == &person) return true;
    if (message.mentions_all) return true;
    const auto& mentioned = message.mentioned_people;
    return std::find(mentioned.begin(), mentioned.end(), person.id) != mentioned.end();
}

ServerResponse get_me(Call& call) {
    JsonText json;
    write_person(json, call.caller);
    return json_response(200, json.take(), call.tracking);
}

ServerResponse get_person(Call& call) {
    if (key_of(call.path[1], "PEOPLE").empty()) return fail(call, 400, kBadId);
    const auto* person = call.world.person(call.path[1]);
    if (person == nullptr) return not_found(call);
    JsonText json;
    write_person(json, *person);
    return json_response(200, json.take(), call.tracking);
}

ServerResponse list_people(Call& call) {
    const auto email = call.query.get("email");
    const auto name = call.query.get("displayName");
    const auto id = call.query.get("id");
    if (!email && !name && !id) {
        return fail(call, 400, "Email, displayName, or id list should be specified.");
    }
    std::vector<std::string> ids;
    std::vector<const Person*> found;
    for (const auto& person : call.world.people()) {
        const bool wanted = (!email || person->email == *email) && (!id || person->id == *id) &&
                            (!name || person->display_name.rfind(*name, 0) == 0);
        if (!wanted) continue;
        ids.push_back(person->id);
        found.push_back(person.get());
    }
    const auto max = std::clamp<std::size_t>(call.query.number("max", 100), 1, 1'000);
    return page_response(
        call, ids, max, [&found](JsonText& json, std::size_t i) { write_person(json, *found[i]); });
}

}  // namespace messaging::sandbox
