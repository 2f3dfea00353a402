#include "messaging/sandbox/model.hpp"

#include "messaging/sandbox/records.hpp"
#include "messaging/sandbox/wire.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
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
std::string wait_key(const ServerRequest& request, const Person& caller) {
    const auto& path = request.path;
    const auto end = path.find('/', 4);  // after "/v1/"
    return caller.email + " " + request.method + " " + path.substr(0, end);
}

// A locked file says nothing about others.
std::string file_wait_key(const ServerRequest& request, const Person& caller) {
    return caller.email + " " + request.path;
}

std::uint64_t file_hash(const Files& files, const Message& message) {
    if (message.files.empty()) return 0;
    const auto bytes = files.get(message.uuid);
    return bytes ? std::hash<std::string_view>{}(*bytes) : 1;
}

std::string_view outcome_text(const FaultDecision& decision, int status, bool stored) {
    if (!decision.fail) return status < 400 ? "ok" : "refused";
    if (decision.shape.hang) return stored ? "stored, never answered" : "never answered";
    if (stored) return "stored, answer lost";
    return decision.shape.status == 0 ? "not stored, answer lost" : "refused";
}

std::string note_text(const FaultDecision& decision) {
    auto note = decision.rule;
    if (decision.delay > std::chrono::milliseconds{0}) {
        note += " (after " + std::to_string(decision.delay.count()) + " ms)";
    }
    if (decision.drip.bytes != 0) {
        note += " (" + std::to_string(decision.drip.bytes) + " bytes each " +
                std::to_string(decision.drip.pause.count()) + " ms)";
    }
    return note;
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
    count_arrival(request, *person, now);
    return handle_authorised(call, now);
}

void Model::count_arrival(const ServerRequest& request, const Person& caller, const Moment& now) {
    if (!caller.is_bot) return;
    oracle_.arrived(wait_key(request, caller), now);
    oracle_.arrived(file_wait_key(request, caller), now);
}

std::optional<http::RequestCut> Model::cut_request(const ServerRequest& head, const Moment& now) {
    const auto* person = world_.by_token(bearer_token(head));
    if (faults_.empty() || person == nullptr) return std::nullopt;
    const auto decision = faults_.decide_cut(facts_of(head, *person), now.steady);
    if (!decision) return std::nullopt;
    oracle_.count_request();
    count_arrival(head, *person, now);
    if (person->is_bot) {
        const auto call = make_call(head, *person, now, {});
        report(call, {.outcome = "cut while it was sent", .note = decision->rule}, now);
    }
    return decision->cut;
}

// Trouble is for bots alone, but a plan may name anybody.
ServerResponse Model::handle_authorised(Call& call, const Moment& now) {
    auto decision = decide(call, now);
    call.paging = decision.paging;
    ServerResponse response;
    bool hidden = false;  // carried out, and the caller will not learn of it
    if (!decision.fail || decision.commit) {
        response = handle_rest(call);
        hidden = decision.fail && succeeded(response) && hides_answer(decision.shape, response);
        const auto stored = judge(call, hidden);
        const bool is_slow = decision.delay.count() > 0 || decision.drip.bytes > 0;
        if (is_slow && !hidden) effects_.slow_answer = stored;
        apply(call.changes, now);
    } else if (decision.shape.status == 0) {
        response = plausible_answer(call, random_);
    }
    // A refusal by the rules is not turned into a lost answer: nothing happened that could be lost.
    decision.fail = decision.fail && (hidden || !decision.commit);
    if (decision.fail) {
        response = fault_response(decision.shape, std::move(response), call.tracking, now.wall);
    }
    response.misbehaviour.delay += decision.delay;
    response.misbehaviour.drip_bytes = decision.drip.bytes;
    response.misbehaviour.drip_pause = decision.drip.pause;
    if (call.caller.is_bot) tell(call, decision, response, now);
    return response;
}

// Tells the oracle and the page how a request of a bot ended.
void Model::tell(const Call& call,
                 const FaultDecision& decision,
                 const ServerResponse& response,
                 const Moment& now) {
    const std::string wait(http::find_header(response.headers, "Retry-After"));
    if (!wait.empty()) {
        const bool file = response.status == 423;
        const auto key =
            file ? file_wait_key(call.request, call.caller) : wait_key(call.request, call.caller);
        oracle_.refused(key, wait, now);
    }
    const bool changes_messages =
        call.request.method != "GET" && call.request.path.rfind("/v1/messages", 0) == 0;
    if (!changes_messages && !decision.fail && response.status < 400) return;
    const bool answered = !decision.fail || (decision.shape.status != 0 && !decision.shape.hang);
    RequestReport told;
    if (answered) told.status = response.status;
    told.outcome = outcome_text(decision, response.status, !call.changes.empty());
    told.retry_after = wait;
    told.note = note_text(decision);
    report(call, told, now);
}

RequestFacts Model::facts_of(const ServerRequest& request, const Person& caller) const {
    RequestFacts facts;
    facts.method = request.method;
    facts.path = request.path;
    facts.query = request.query;
    facts.email = caller.email;
    facts.is_bot = caller.is_bot;
    facts.room = [this, &request] {
        const auto* room = room_of(world_, request);
        return room == nullptr ? std::string() : room->id;
    };
    return facts;
}

FaultDecision Model::decide(const Call& call, const Moment& now) {
    const auto facts = facts_of(call.request, call.caller);
    auto decision = trouble_.decide(facts, now);
    if (decision.fail || faults_.empty()) return decision;
    auto planned = faults_.decide(facts, now.steady);
    planned.delay += decision.delay;
    if (planned.rule.empty()) planned.rule = decision.rule;
    return planned;
}

// Counts what a bot stored, whatever it will be told; gives the oracle's number of the last.
std::optional<std::uint64_t> Model::judge(const Call& call, bool answer_lost) {
    std::optional<std::uint64_t> last;
    if (!call.caller.is_bot) return last;
    for (const auto& change : call.changes) {
        if (change.kind != Change::Kind::kMessageCreated) continue;
        last = oracle_.stored(*change.message, file_hash(files_, *change.message), answer_lost);
    }
    return last;
}

void Model::apply(const std::vector<Change>& changes, const Moment& now) {
    for (const auto& change : changes) {
        if (options_.journal) effects_.records.push_back(record_of(change));
        if (!world_.webhooks().empty()) {
            for (auto& post : hook_posts(world_, change, options_.echo_own, base_))
                owe(std::move(post), change, now);
        }
        if (change.kind == Change::Kind::kWebhookDeleted) hook_health_.removed(change.id);
        if (change.reactivated) hook_health_.reactivated(change.webhook->id, now.steady);
        apply_to_page(change);
    }
    send_due_hooks(now);
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

void Model::tick(const Moment& now) {
    if (trouble_.expire(now)) add_event("trouble", trouble_.json(now));
    send_due_hooks(now);
}

std::optional<std::chrono::milliseconds> Model::next_tick(const Moment& now) const {
    const auto trouble = trouble_.remaining(now);
    const auto hook = hook_queue_.next();
    if (!hook) return trouble;
    const auto wait = std::max(std::chrono::milliseconds{0},
                               std::chrono::ceil<std::chrono::milliseconds>(*hook - now.steady));
    return trouble ? std::min(wait, *trouble) : wait;
}

bool Model::set_trouble(std::string_view mode, std::chrono::milliseconds time, const Moment& now) {
    if (!trouble_.set(mode, time, now)) return false;
    add_event("trouble", trouble_.json(now));
    return true;
}

void Model::set_faults(FaultPlan plan, const Moment& now) {
    faults_ = std::move(plan);
    faults_.start(now.steady);
    add_event("faults", faults_.size_json());
}

void Model::reset(const Moment& now) {
    world_.clear_messages();
    for (const auto& uuid : world_.take_orphaned_files())
        files_.remove(uuid);
    if (options_.journal) effects_.records.push_back(cleared_record());
    oracle_.reset();
    hook_queue_.clear();
    set_faults({}, now);
    set_trouble("none", std::chrono::milliseconds{0}, now);
    add_event("reset", "{}");
}

}  // namespace messaging::sandbox
