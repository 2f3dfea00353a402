#include "messaging/sandbox/trouble.hpp"

#include "messaging/sandbox/json_text.hpp"

#include <algorithm>

namespace messaging::sandbox {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds kSlowness{3'000};

std::optional<FaultRule> rule_for(std::string_view mode) {
    FaultRule rule;
    rule.bots_only = true;
    rule.path = "/v1/*";
    if (mode == "unavailable") {
        rule.name = "unavailable";
        rule.shape.status = 503;
    } else if (mode == "throttled") {
        rule.name = "throttled";
        rule.method = "POST";
        rule.path = "/v1/messages";
        rule.shape.status = 429;
        rule.shape.retry_after = "3";
    } else if (mode == "answers_lost") {
        rule.name = "answers lost";
        rule.action = FaultRule::Action::kCommitThenFail;
        rule.method = "POST";
        rule.path = "/v1/messages";
    } else if (mode == "slow") {
        rule.name = "slow";
        rule.action = FaultRule::Action::kDelay;
        rule.delay = kSlowness;
    } else if (mode == "token_refused") {
        rule.name = "token refused";
        rule.action = FaultRule::Action::kTokenRefused;
    } else {
        return std::nullopt;
    }
    return rule;
}

}  // namespace

bool Trouble::set(std::string_view mode, milliseconds time, const Moment& now) {
    auto rule = rule_for(mode);
    if (!rule && mode != "none") return false;
    mode_ = mode;
    plan_ = FaultPlan();
    plan_.start(now.steady);
    ends_.reset();
    if (!rule) return true;
    plan_.add(*std::move(rule));
    if (time > milliseconds{0}) ends_ = Moment{now.steady + time, now.wall + time};
    return true;
}

bool Trouble::expire(const Moment& now) {
    if (!ends_ || now.steady < ends_->steady) return false;
    return set("none", milliseconds{0}, now);
}

FaultDecision Trouble::decide(const RequestFacts& facts, const Moment& now) {
    return plan_.decide(facts, now.steady);
}

std::optional<milliseconds> Trouble::remaining(const Moment& now) const {
    if (!ends_) return std::nullopt;
    return std::max(milliseconds{0}, std::chrono::ceil<milliseconds>(ends_->steady - now.steady));
}

std::string Trouble::json(const Moment& now) const {
    JsonText json;
    json.open('{').field("mode", mode_).key("endsAt");
    if (ends_) {
        json.text(iso_time(resilience::since_epoch(ends_->wall).count()));
    } else {
        json.raw("null");
    }
    json.number("remainingMs", remaining(now).value_or(milliseconds{0}).count()).close('}');
    return json.take();
}

}  // namespace messaging::sandbox
