#include "messaging/sandbox/model.hpp"

#include "messaging/sandbox/records.hpp"
#include "messaging/sandbox/wire.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <utility>

namespace messaging::sandbox {

using http::ServerRequest;
using http::ServerResponse;

namespace {

constexpr std::string_view kIncomingPath = "/v1/webhooks/incoming/";
constexpr std::string_view kBearer = "Bearer ";
constexpr std::string_view kNoToken =
    "The request requires a valid access token set in the Authorization request header.";

std::string bearer_token(const ServerRequest& request) {
    const auto value = http::find_header(request.headers, "Authorization");
    if (value.substr(0, kBearer.size()) != kBearer) return {};
    return std::string(value.substr(kBearer.size()));
}

// What a Retry-After is about: the same caller, method and kind of resource.
std::string wait_key(const Call& call) {
    const auto& path = call.request.path;
    const auto end = path.find('/', 4);  // after "/v1/"
    return call.caller.email + " " + call.request.method + " " + path.substr(0, end);
}

std::uint64_t file_hash(const Files& files, const Message& message) {
    if (message.files.empty()) return 0;
    const auto bytes = files.get(message.uuid);
    return bytes ? std::hash<std::string_view>{}(*bytes) : 1;
}

std::string outcome_text(const FaultDecision& decision, int status, bool committed) {
    if (!decision.fail) return status < 400 ? "ok" : "refused";
    if (decision.shape.hang) return committed ? "stored, never answered" : "never answered";
    if (committed) return "stored, answer lost";
    return decision.shape.status == 0 ? "not stored, answer lost" : "refused";
}

const Message* message_in(const Call& call) {
    for (const auto& change : call.changes) {
        if (change.message != nullptr) return change.message;
    }
    return nullptr;
}

// For a connection that is cut inside the answer to a message that was not stored: from outside it
// must look like one that was.
ServerResponse plausible_answer(const Call& call, const Random& random) {
    JsonText json;
    json.open('{').field("id", encode_id(call.world.cluster(), "MESSAGE", random_uuid(random)));
    const auto* room = room_of(call.world, call.request);
    if (room != nullptr) json.field("roomId", room->id).field("roomType", room_type(*room));
    json.field("created", iso_time(call.now_ms)).close('}');
    return json_response(200, json.take(), call.tracking);
}

bool succeeded(const ServerResponse& response) {
    return response.status < 300;
}

}  // namespace

Model::Model(ModelOptions options, World& world, Files& files, Random random, const Moment& now)
    : options_(options),
      world_(world),
      files_(files),
      random_(std::move(random)),
      events_(static_cast<std::uint64_t>(resilience::since_epoch(now.wall).count())) {
    faults_.start(now.steady);
}

Call Model::make_call(const ServerRequest& request,
                      const Person& person,
                      const Moment& now,
                      std::string tracking) {
    const auto host = http::find_header(request.headers, "Host");
    return Call{world_,
                files_,
                options_.rest,
                random_,
                request,
                person,
                resilience::since_epoch(now.wall).count(),
                host.empty() ? base_ : "http://" + std::string(host),
                std::move(tracking)};
}

ServerResponse Model::handle(const ServerRequest& request,
                             const Moment& now,
                             const RemoteFile* remote_file) {
    oracle_.count_request();
    tick(now);
    if (request.path.rfind(kIncomingPath, 0) == 0) return handle_incoming(request, now);
    auto tracking = "ROUTERGW_" + random_uuid(random_);
    const auto* person = world_.by_token(bearer_token(request));
    if (person == nullptr) return error_response(401, kNoToken, tracking);
    auto call = make_call(request, *person, now, std::move(tracking));
    call.remote_file = remote_file;
    if (person->is_bot) oracle_.arrived(wait_key(call), now);
    return handle_bot(call, now);
}

// Trouble is for bots alone, but a plan may name anybody.
ServerResponse Model::handle_bot(Call& call, const Moment& now) {
    const auto decision = decide(call, now);
    ServerResponse response;
    bool committed = false;
    if (!decision.fail || decision.commit) {
        response = handle_rest(call);
        committed = decision.fail && succeeded(response);
        judge(call, committed);
        apply(call.changes, now);
    } else if (decision.shape.status == 0) {
        response = plausible_answer(call, random_);
    }
    // A refusal by the rules is not turned into a lost answer: nothing happened that could be lost.
    const bool spoilt = decision.fail && (committed || !decision.commit);
    if (spoilt) response = fault_response(decision.shape, std::move(response), call.tracking);
    response.misbehaviour.delay += decision.delay;
    if (call.caller.is_bot) {
        const auto wait = http::find_header(response.headers, "Retry-After");
        if (!wait.empty()) oracle_.refused(wait_key(call), wait, now);
        report(call,
               spoilt ? decision : FaultDecision{.rule = decision.rule, .delay = decision.delay},
               response, committed, now);
    }
    return response;
}

FaultDecision Model::decide(const Call& call, const Moment& now) {
    RequestFacts facts;
    facts.method = call.request.method;
    facts.path = call.request.path;
    facts.query = call.request.query;
    facts.email = call.caller.email;
    facts.is_bot = call.caller.is_bot;
    facts.room = [&call] {
        const auto* room = room_of(call.world, call.request);
        return room == nullptr ? std::string() : room->id;
    };
    auto decision = trouble_.decide(facts, now);
    if (decision.fail || faults_.empty()) return decision;
    auto planned = faults_.decide(facts, now.steady);
    planned.delay += decision.delay;
    if (planned.rule.empty()) planned.rule = decision.rule;
    return planned;
}

// Counts what a bot stored, whatever it will be told.
void Model::judge(const Call& call, bool answer_lost) {
    if (!call.caller.is_bot) return;
    for (const auto& change : call.changes) {
        if (change.kind != Change::Kind::kMessageCreated) continue;
        oracle_.stored(*change.message, file_hash(files_, *change.message), answer_lost);
    }
}

void Model::apply(const std::vector<Change>& changes, const Moment& now) {
    for (const auto& change : changes) {
        if (options_.journal) effects_.records.push_back(record_of(change));
        if (!world_.webhooks().empty()) {
            auto posts = hook_posts(world_, change, options_.echo_own, base_);
            for (auto& post : posts)
                effects_.hooks.push_back(std::move(post));
        }
        if (change.kind == Change::Kind::kWebhookDeleted) hook_health_.removed(change.id);
        if (change.reactivated) hook_health_.reactivated(change.webhook->id, now.steady);
        apply_to_page(change);
    }
    for (const auto& uuid : world_.take_orphaned_files())
        files_.remove(uuid);
}

void Model::apply_to_page(const Change& change) {
    const auto message_event = [&](std::string_view verb) {
        JsonText json;
        json.open('{').field("verb", verb);
        json.raw_field("message", page_message_json(*change.message)).close('}');
        add_event("message", json.take());
    };
    switch (change.kind) {
        case Change::Kind::kMessageCreated:
            return message_event("created");
        case Change::Kind::kMessageUpdated:
            return message_event("updated");
        case Change::Kind::kMessageDeleted:
            return message_event("deleted");
        default:
            return;
    }
}

void Model::add_event(std::string_view type, std::string_view json) {
    effects_.events += events_.add(type, json);
}

// Tells the page what a bot did, and how it went, where that is of interest.
void Model::report(const Call& call,
                   const FaultDecision& decision,
                   const ServerResponse& response,
                   bool committed,
                   const Moment& now) {
    const bool changes_messages =
        call.request.method != "GET" && call.request.path.rfind("/v1/messages", 0) == 0;
    if (!changes_messages && !decision.fail && response.status < 400) return;
    const bool answered = !decision.fail || (decision.shape.status != 0 && !decision.shape.hang);
    JsonText json;
    json.open('{').number("id", ++request_count_);
    json.field("time", iso_time(resilience::since_epoch(now.wall).count()));
    json.field("method", call.request.method).field("path", call.request.path);
    json.key("status").raw(answered ? std::to_string(response.status) : "null");
    json.field("outcome", outcome_text(decision, response.status, committed));
    const auto* message = message_in(call);
    const auto* room = message != nullptr ? message->room : room_of(world_, call.request);
    if (room != nullptr) json.field("roomId", room->id);
    if (message != nullptr) json.field("messageId", message->id);
    json.optional("retryAfter", http::find_header(response.headers, "Retry-After"));
    auto note = decision.rule;
    if (decision.delay > std::chrono::milliseconds{0}) {
        note += " (after " + std::to_string(decision.delay.count()) + " ms)";
    }
    json.field("note", note).close('}');
    add_event("request", json.take());
}

ServerResponse Model::handle_incoming(const ServerRequest& request, const Moment& now) {
    const auto tracking = "ROUTERGW_" + random_uuid(random_);
    const auto found = incoming_.find(request.path.substr(kIncomingPath.size()));
    if (found == incoming_.end()) {
        return error_response(404, "The requested resource could not be found.", tracking);
    }
    const auto body = nlohmann::json::parse(request.body, nullptr, false);
    const auto field = [&body](const char* name) {
        const auto value = body.find(name);
        return value != body.end() && value->is_string() ? value->get<std::string>() : "";
    };
    JsonText json;
    json.open('{').field("roomId", found->second.room->id);
    if (body.is_object())
        json.optional("markdown", field("markdown")).optional("text", field("text"));
    json.close('}');
    ServerRequest post = request;
    post.path = "/v1/messages";
    post.method = "POST";
    post.body = json.take();
    auto response = act(post, *found->second.person, now);
    if (!succeeded(response)) return response;
    ServerResponse empty;
    empty.status = 204;
    empty.headers = {{"trackingid", tracking}};
    return empty;
}

ServerResponse Model::act(const ServerRequest& request, const Person& person, const Moment& now) {
    auto call = make_call(request, person, now, "ROUTERGW_" + random_uuid(random_));
    auto response = handle_rest(call);
    apply(call.changes, now);
    return response;
}

void Model::hook_delivered(const std::string& webhook_id, bool ok, const Moment& now) {
    auto* webhook = world_.webhook(webhook_id);
    if (ok || webhook == nullptr || !webhook->active) return;
    if (!hook_health_.failed(webhook_id, now.steady)) return;
    webhook->active = false;
    Change change{Change::Kind::kWebhookSaved};
    change.actor = webhook->owner;
    change.webhook = webhook;
    apply({change}, now);
}

void Model::tick(const Moment& now) {
    if (trouble_.expire(now)) add_event("trouble", trouble_.json(now));
}

bool Model::set_trouble(std::string_view mode, std::chrono::milliseconds time, const Moment& now) {
    if (!trouble_.set(mode, time, now)) return false;
    add_event("trouble", trouble_.json(now));
    return true;
}

void Model::set_faults(FaultPlan plan, const Moment& now) {
    faults_ = std::move(plan);
    faults_.start(now.steady);
}

void Model::reset(const Moment& now) {
    world_.clear_messages();
    for (const auto& uuid : world_.take_orphaned_files())
        files_.remove(uuid);
    if (options_.journal) effects_.records.push_back(cleared_record());
    oracle_.reset();
    set_faults({}, now);
    set_trouble("none", std::chrono::milliseconds{0}, now);
    add_event("reset", "{}");
}

}  // namespace messaging::sandbox
