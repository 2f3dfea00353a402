#include "messaging/sandbox/fault_plan.hpp"

#include "messaging/sandbox/json_text.hpp"
#include "messaging/sandbox/query.hpp"

#include <algorithm>

namespace messaging::sandbox {

using resilience::Clock;
using std::chrono::milliseconds;

namespace {

// A plan that counts by path must not grow with the paths that strangers think of.
constexpr std::size_t kPathsMax = 10'000;

// "Come back when it is over", unless the rule says something else.
void tell_wait(FaultShape& shape, Clock::Instant::duration left) {
    if (!shape.retry_after.empty() || shape.retry_date) return;
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(left).count();
    shape.retry_after = std::to_string(seconds);
}

void join(HookFate& fate, const HookRule& rule) {
    using Action = HookRule::Action;
    switch (rule.action) {
        case Action::kDelay:
            fate.delay += rule.delay;
            break;
        case Action::kDrop:
            fate.drop = true;
            break;
        case Action::kFail:
            fate.fail = true;
            break;
        case Action::kDisable:
            fate.disable = true;
            break;
        case Action::kDuplicate:
            fate.copies = std::max(fate.copies, rule.times);
            break;
        case Action::kReorder:
            fate.reorder = true;
            fate.delay += rule.delay;
            break;
        case Action::kWrongSignature:
            fate.wrong_signature = true;
            break;
        case Action::kNoSignature:
            fate.no_signature = true;
            break;
        case Action::kReformat:
            fate.reformat = true;
            break;
        case Action::kRetry:
            fate.retries = rule.times;
            fate.retry_delay = rule.delay;
            break;
    }
}

}  // namespace

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

void FaultPlan::add(HookRule rule) {
    hooks_.push_back({std::move(rule)});
}

std::string FaultPlan::size_json() const {
    JsonText json;
    json.open('{').number("rules", rules_.size()).number("hooks", hooks_.size()).close('}');
    return json.take();
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

bool FaultPlan::is_open(const FaultTiming& timing, Clock::Instant now) const {
    const auto age = now - started_;
    return age >= timing.start && (timing.end == milliseconds{0} || age < timing.end);
}

bool FaultPlan::take_turn(const FaultTiming& timing, Turns& turns) {
    const auto match = ++turns.matches;
    if (match < timing.first || (match - timing.first) % timing.every != 0) return false;
    if (timing.count != 0 && turns.applied >= timing.count) return false;
    if (!draw(timing.probability)) return false;
    ++turns.applied;
    return true;
}

bool FaultPlan::applies(State& state, const RequestFacts& facts, Clock::Instant now) {
    const auto& rule = state.rule;
    if (!is_open(rule.timing, now)) return false;
    if (!rule.method.empty() && rule.method != facts.method) return false;
    if (!rule.path.empty() && !glob_match(rule.path, facts.path)) return false;
    if (rule.bots_only && !facts.is_bot) return false;
    if (!rule.email.empty() && rule.email != facts.email) return false;
    if (!rule.unless_query.empty() && facts.query.find(rule.unless_query) != std::string::npos) {
        return false;
    }
    if (!rule.room.empty() && rule.room != facts.room()) return false;
    const auto path = rule.timing.per_path ? facts.path : std::string_view();
    if (state.turns.size() >= kPathsMax) state.turns.clear();
    return take_turn(rule.timing, state.turns[std::string(path)]);
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
    decision.shape.status = 429;
    tell_wait(decision.shape, bucket.window + rule.rate_period - now);
    return true;
}

// Webex keeps a file back until it has been looked through. What comes out of that counts only
// where there is a file to be had, hence the commit.
bool FaultPlan::is_held_back(State& state,
                             const RequestFacts& facts,
                             Clock::Instant now,
                             FaultDecision& decision) {
    const auto& rule = state.rule;
    if (state.scans.size() >= kPathsMax) state.scans.clear();
    const auto asked = state.scans.emplace(facts.path, now).first->second;
    decision.commit = true;
    if (now < asked + rule.scan_time) {
        decision.shape.status = 423;
        tell_wait(decision.shape, asked + rule.scan_time - now);
        return true;
    }
    const bool allowed = Query(facts.query).get("allow").value_or("") == "unscannable";
    if (rule.verdict == FaultRule::Verdict::kClean) return false;
    if (rule.verdict == FaultRule::Verdict::kUnscannable && allowed) return false;
    decision.shape.status = rule.verdict == FaultRule::Verdict::kInfected ? 410 : 428;
    decision.shape.retry_after.clear();
    decision.shape.retry_date.reset();
    return true;
}

bool FaultPlan::use(State& state,
                    const RequestFacts& facts,
                    Clock::Instant now,
                    FaultDecision& decision) {
    using Action = FaultRule::Action;
    const auto& rule = state.rule;
    const bool decides = rule.action != Action::kDelay && rule.action != Action::kPaging;
    if (decides) decision.shape = rule.shape;
    decision.commit = rule.action == Action::kCommitThenFail || !decides;
    if (rule.action == Action::kRateLimit && !over_rate(state, facts, now, decision)) return false;
    if (rule.action == Action::kScan && !is_held_back(state, facts, now, decision)) return false;
    if (rule.action == Action::kTokenRefused) decision.shape.status = 401;
    decision.rule = rule.name;
    decision.delay += rule.delay;
    if (rule.drip.bytes != 0) decision.drip = rule.drip;
    auto& paging = decision.paging;
    paging.max_null = paging.max_null || rule.paging.max_null;
    paging.drop_filter = paging.drop_filter || rule.paging.drop_filter;
    paging.empty = paging.empty || rule.paging.empty;
    decision.fail = decides;
    return decides;
}

FaultDecision FaultPlan::decide(const RequestFacts& facts, Clock::Instant now) {
    FaultDecision decision;
    for (auto& state : rules_) {
        if (state.rule.action == FaultRule::Action::kCutRequest) continue;
        if (applies(state, facts, now) && use(state, facts, now, decision)) return decision;
    }
    decision.commit = true;
    decision.shape = {};
    return decision;
}

std::optional<RequestCutDecision> FaultPlan::decide_cut(const RequestFacts& facts,
                                                        Clock::Instant now) {
    for (auto& state : rules_) {
        const auto& rule = state.rule;
        if (rule.action != FaultRule::Action::kCutRequest || !applies(state, facts, now)) continue;
        return RequestCutDecision{
            rule.name, {.after = rule.shape.cut_after.value_or(0), .reset = rule.shape.reset}};
    }
    return std::nullopt;
}

HookFate FaultPlan::decide_hook(const HookFacts& facts, Clock::Instant now) {
    HookFate fate;
    for (auto& [rule, turns] : hooks_) {
        const auto fits = [](const std::string& wanted, std::string_view given) {
            return wanted.empty() || wanted == given;
        };
        const bool matches = is_open(rule.timing, now) && fits(rule.resource, facts.resource) &&
                             fits(rule.event, facts.event) && fits(rule.room, facts.room) &&
                             fits(rule.email, facts.email);
        if (matches && take_turn(rule.timing, turns)) join(fate, rule);
    }
    return fate;
}

}  // namespace messaging::sandbox
