#include "tests/simulation/far_side.hpp"

#include "messaging/outbox/evidence.hpp"
#include "messaging/sandbox/oracle.hpp"

#include <algorithm>
#include <utility>

namespace simulation {

using namespace std::chrono_literals;
using messaging::http::Request;
using messaging::http::ServerRequest;
using messaging::http::ServerResponse;
using messaging::sandbox::FaultRule;
using Kind = PlannedFault::Kind;

namespace {

constexpr std::size_t kKept = 50'000;

void act(FaultRule& rule, FaultRule::Action action, int status) {
    rule.action = action;
    rule.shape.status = status;
}

}  // namespace

int number_in(std::string_view text) {
    return static_cast<int>(messaging::sandbox::sequence_number(text).value_or(0));
}

FarSide::FarSide(const Plan& plan, const resilience::VirtualClock& clock)
    : clock_(clock),
      skew_(plan.skew),
      world_("us", kKept),
      bot_(world_.add_person("stentor@webex.bot", "Stentor", true, 0)),
      dice_(plan.seed ^ 0xFA57U),
      model_(
          {}, world_, files_, [this] { return dice_.roll(); }, now()) {
    using messaging::sandbox::name_uuid;
    world_.set_token(kToken, bot_);
    const auto& host = world_.add_person("host@example.com", "Host", false, 0);
    for (int i = 0; i < plan.groups; ++i) {
        const auto name = "group " + std::to_string(i);
        auto& room = world_.add_room(name_uuid(name), name, false, &host, 0);
        room.members = {&bot_, &host};
        rooms_.push_back(&room);
        destinations_.push_back("room:" + room.id);
    }
    for (int i = 0; i < kById + kByMail; ++i) {
        const auto email = "guest" + std::to_string(i) + "@example.com";
        const auto& guest = world_.add_person(email, "Guest", false, 0);
        rooms_.push_back(&world_.direct_room(bot_, guest, 0));
        destinations_.push_back(i < kById ? "person:" + guest.id : "email:" + email);
    }
    counts_.resize(rooms_.size());
    model_.set_base("http://webex.test");
    model_.set_faults(rules_of(plan), now());
}

messaging::sandbox::Moment FarSide::now() const {
    return {clock_.now(), clock_.wall_now() + skew_};
}

int FarSide::destination_index(std::string_view name) const {
    const auto found = std::find(destinations_.begin(), destinations_.end(), name);
    return static_cast<int>(found - destinations_.begin());
}

std::string FarSide::payload(const PlannedMessage& message) const {
    const auto& to = destination(message.destination);
    const auto value = to.substr(to.find(':') + 1);
    const char* const field = to[0] == 'r'   ? "roomId"
                              : to[0] == 'p' ? "toPersonId"
                                             : "toPersonEmail";
    const char* const format = message.markdown ? "markdown" : "text";
    return "{\"" + std::string(field) + "\":\"" + value + "\",\"" + format + "\":\"#" +
           std::to_string(message.number) + " the nightly figures\"}";
}

ServerResponse FarSide::handle(const Request& request, std::optional<Stored>& stored) {
    ServerRequest arrived;
    arrived.method = request.method;
    const std::string_view url{request.url};
    const auto path = url.substr(url.find("/v1"));
    const auto mark = std::min(path.find('?'), path.size());
    arrived.path = path.substr(0, mark);
    if (mark < path.size()) arrived.query = path.substr(mark + 1);
    arrived.headers = {{"Authorization", "Bearer " + request.bearer_token}};
    if (request.body) {
        arrived.headers.emplace_back("Content-Type", request.content_type);
        arrived.body = *request.body;
    }
    auto response = model_.handle(arrived, now());
    model_.take_effects();
    stored = newly_stored();
    return response;
}

std::optional<FarSide::Stored> FarSide::newly_stored() {
    for (std::size_t i = 0; i < rooms_.size(); ++i) {
        const auto& messages = rooms_[i]->messages;
        if (messages.size() == counts_[i]) continue;
        counts_[i] = messages.size();
        const auto& message = *messages.back();
        Stored stored;
        stored.number = number_in(message.text);
        stored.destination = static_cast<int>(i);
        stored.marked = message.text.find(messaging::outbox::kRepeatMark) != std::string::npos;
        stored.message_id = message.id;
        stored.room_id = message.room->id;
        stored.group = !message.room->direct;
        return stored;
    }
    return std::nullopt;
}

messaging::sandbox::FaultPlan FarSide::rules_of(const Plan& plan) const {
    messaging::sandbox::FaultPlan rules;
    for (const auto& fault : plan.faults) {
        if (auto rule = rule_of(fault)) rules.add(*std::move(rule));
    }
    return rules;
}

// What a misfortune is in the words of the sandbox; nothing where it is none of the service's.
std::optional<FaultRule> FarSide::rule_of(const PlannedFault& fault) const {
    using Action = FaultRule::Action;
    FaultRule rule;
    rule.name = describe(fault);
    rule.timing.start = fault.from;
    rule.timing.end = fault.to;
    const auto wait = std::chrono::ceil<std::chrono::seconds>(fault.wait).count();
    const auto posts_only = [&rule] {
        rule.method = "POST";
        rule.path = "/v1/messages";
    };
    switch (fault.kind) {
        case Kind::kOverloaded:
            act(rule, Action::kFail, 503);
            if (wait > 0) rule.shape.retry_after = std::to_string(wait);
            return rule;
        case Kind::kThrottled:
            act(rule, Action::kFail, 429);
            rule.shape.retry_after = std::to_string(wait);
            rule.timing.count = static_cast<std::uint64_t>(fault.count);
            return rule;
        case Kind::kRationed:
            posts_only();
            act(rule, Action::kRateLimit, 429);
            rule.rate_requests = static_cast<std::uint64_t>(fault.count);
            return rule;
        case Kind::kGatewayBefore:
        case Kind::kGatewayAfter:
            posts_only();
            act(rule, fault.kind == Kind::kGatewayAfter ? Action::kCommitThenFail : Action::kFail,
                fault.status);
            rule.timing.probability = 0.7;
            return rule;
        case Kind::kLostAfter:
        case Kind::kLostBefore:
            posts_only();
            act(rule, fault.kind == Kind::kLostAfter ? Action::kCommitThenFail : Action::kFail, 0);
            rule.shape.hang = true;
            rule.timing.probability = 0.7;
            return rule;
        case Kind::kResetAfter:
            posts_only();
            act(rule, Action::kCommitThenFail, 0);
            rule.shape.reset = true;
            rule.timing.probability = 0.7;
            return rule;
        case Kind::kSlow:
            act(rule, Action::kDelay, 0);
            rule.delay = fault.wait;
            return rule;
        case Kind::kTokenRefused:
            act(rule, Action::kTokenRefused, 401);
            return rule;
        case Kind::kRoomForbidden:
            posts_only();
            act(rule, Action::kFail, fault.status);
            rule.room = rooms_[static_cast<std::size_t>(fault.destination % kGroups)]->id;
            return rule;
        case Kind::kNoListing:
            rule.method = "GET";
            rule.path = "/v1/messages/direct";
            act(rule, Action::kFail, fault.status);
            return rule;
        default:
            return std::nullopt;
    }
}

}  // namespace simulation
