#include "messaging/sandbox/fault_plan.hpp"

#include <algorithm>

namespace messaging::sandbox {

using resilience::Clock;
using std::chrono::milliseconds;

bool glob_match(std::string_view pattern, std::string_view path) {
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = std::string_view::npos;
    std::size_t resume = 0;
    while (t < path.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.size() && pattern[p] == path[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

void FaultPlan::add(FaultRule rule) {
    State state;
    state.rule = std::move(rule);
    rules_.push_back(std::move(state));
}

// splitmix64: the plan must decide alike everywhere, which the standard distributions do not.
bool FaultPlan::draw(double probability) {
    if (probability >= 1.0) return true;
    random_state_ += 0x9E3779B97F4A7C15U;
    auto mixed = random_state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
    mixed ^= mixed >> 31U;
    return static_cast<double>(mixed >> 11U) * 0x1.0p-53 < probability;
}

bool FaultPlan::applies(State& state, const RequestFacts& facts, Clock::Instant now) {
    const auto& rule = state.rule;
    const auto age = now - started_;
    if (age < rule.start || (rule.end > milliseconds{0} && age >= rule.end)) return false;
    if (!rule.method.empty() && rule.method != facts.method) return false;
    if (!rule.path.empty() && !glob_match(rule.path, facts.path)) return false;
    if (rule.bots_only && !facts.is_bot) return false;
    if (!rule.email.empty() && rule.email != facts.email) return false;
    if (!rule.unless_query.empty() && facts.query.find(rule.unless_query) != std::string::npos) {
        return false;
    }
    if (!rule.room.empty() && rule.room != facts.room()) return false;
    const auto match = ++state.matches;
    if (match < rule.first || (match - rule.first) % rule.every != 0) return false;
    if (rule.count != 0 && state.applied >= rule.count) return false;
    if (!draw(rule.probability)) return false;
    ++state.applied;
    return true;
}

// A fixed window: simple, and the client is told exactly when it ends.
bool FaultPlan::over_rate(State& state,
                          const RequestFacts& facts,
                          Clock::Instant now,
                          FaultDecision& decision) {
    const auto& rule = state.rule;
    auto& bucket = state.buckets[rule.rate_by_room ? facts.room() : std::string(facts.email)];
    if (bucket.used == 0 || now - bucket.window >= rule.rate_period) bucket = {now, 0};
    if (++bucket.used <= rule.rate_requests) return false;
    const auto left = bucket.window + rule.rate_period - now;
    decision.shape = rule.shape;
    decision.shape.status = 429;
    if (decision.shape.retry_after.empty()) {
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(left).count();
        decision.shape.retry_after = std::to_string(seconds);
    }
    return true;
}

FaultDecision FaultPlan::decide(const RequestFacts& facts, Clock::Instant now) {
    FaultDecision decision;
    for (auto& state : rules_) {
        if (!applies(state, facts, now)) continue;
        const auto& rule = state.rule;
        if (rule.action == FaultRule::Action::kRateLimit) {
            if (!over_rate(state, facts, now, decision)) continue;
        }
        decision.rule = rule.name;
        decision.delay += rule.delay;
        if (rule.action == FaultRule::Action::kDelay) continue;
        decision.fail = true;
        decision.commit = rule.action == FaultRule::Action::kCommitThenFail;
        if (rule.action != FaultRule::Action::kRateLimit) decision.shape = rule.shape;
        if (rule.action == FaultRule::Action::kTokenRefused) decision.shape.status = 401;
        return decision;
    }
    return decision;
}

}  // namespace messaging::sandbox
