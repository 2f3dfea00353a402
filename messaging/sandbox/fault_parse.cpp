#include "messaging/sandbox/fault_fields.hpp"
#include "messaging/sandbox/fault_plan.hpp"
#include "messaging/sandbox/json_text.hpp"

#include <utility>

namespace messaging::sandbox {

using Json = nlohmann::json;
using resilience::Result;
using std::chrono::milliseconds;

namespace {

using Action = FaultRule::Action;

constexpr std::size_t kRulesMax = 1'000;
constexpr std::uint64_t kTurnsMax = 1'000'000'000;
constexpr std::uint64_t kBytesMax = 1U << 30U;
constexpr std::uint64_t kWaitSecondsMax = 10'000'000;
constexpr std::uint64_t kTimesMax = 100;
constexpr milliseconds kReorderDelay{1'000};

void read_shape(Fields& fields, FaultShape& shape) {
    fields.number("status", shape.status, 0, 599);
    if (shape.status != 0 && shape.status < 200) {
        fields.wrong("status", "must be 0 (no answer) or from 200 to 599");
    }
    fields.word("body", shape.body,
                {{"json", FaultBody::kJson},
                 {"html", FaultBody::kHtml},
                 {"text", FaultBody::kText},
                 {"empty", FaultBody::kEmpty},
                 {"truncated", FaultBody::kTruncated},
                 {"mislabelled", FaultBody::kMislabelled}});
    fields.text("message", shape.message);
    if (const auto* retry = fields.find("retryAfter")) {
        shape.retry_after = retry->is_string() ? retry->get<std::string>() : retry->dump();
    }
    const auto optional_number = [&fields](const char* name, auto& out, std::uint64_t max) {
        std::uint64_t value = 0;
        fields.number(name, value, 0, max);
        if (fields.find(name) != nullptr) out.emplace(value);
    };
    optional_number("retryDateS", shape.retry_date, kWaitSecondsMax);
    optional_number("cutAfter", shape.cut_after, kBytesMax);
    optional_number("cutBodyAfter", shape.cut_body_after, kBytesMax);
    fields.flag("reset", shape.reset);
}

// What only makes sense together with something else.
void check_together(Fields& fields, const FaultRule& rule) {
    const auto& shape = rule.shape;
    if (fields.find("kind") == nullptr) fields.wrong("kind", "is missing");
    if ((rule.drip.bytes == 0) != (rule.drip.pause == milliseconds{0})) {
        fields.wrong("dripBytes", "and dripMs must be given together, neither of them 0");
    }
    if (shape.cut_after && shape.cut_body_after) {
        fields.wrong("cutBodyAfter", "cannot be given together with cutAfter");
    }
    // No service begins to answer 200 to what it did not carry out; no client could survive it.
    if (rule.action == Action::kFail && shape.status == 0 && shape.cut_body_after) {
        fields.wrong("cutBodyAfter", "needs a status, or the kind commitThenFail");
    }
    if (rule.action != Action::kCutRequest) return;
    if (!rule.room.empty()) {
        fields.wrong("kind",
                     "cutRequest cannot choose by room: the body that names it is not read");
    }
    if (shape.status != 0) fields.wrong("status", "has no place in a cutRequest");
}

std::string read_action(const Json& action, const std::string& where, FaultRule& rule) {
    if (!action.is_object()) return where + ": action must be an object";
    Fields fields(action, where + ".action");
    fields.word("kind", rule.action,
                {{"fail", Action::kFail},
                 {"commitThenFail", Action::kCommitThenFail},
                 {"delay", Action::kDelay},
                 {"hang", Action::kFail},
                 {"rateLimit", Action::kRateLimit},
                 {"tokenRefused", Action::kTokenRefused},
                 {"cutRequest", Action::kCutRequest},
                 {"paging", Action::kPaging},
                 {"scan", Action::kScan}});
    rule.shape.hang = action.value("kind", Json()) == "hang";
    read_shape(fields, rule.shape);
    fields.duration("delayMs", rule.delay);
    fields.number("dripBytes", rule.drip.bytes, 0, kBytesMax);
    fields.duration("dripMs", rule.drip.pause);
    fields.number("requests", rule.rate_requests, 0, 1'000'000);
    fields.duration("periodMs", rule.rate_period);
    fields.flag("byRoom", rule.rate_by_room);
    fields.flag("maxNull", rule.paging.max_null);
    fields.flag("dropFilter", rule.paging.drop_filter);
    fields.flag("emptyPage", rule.paging.empty);
    fields.word("verdict", rule.verdict,
                {{"clean", FaultRule::Verdict::kClean},
                 {"infected", FaultRule::Verdict::kInfected},
                 {"unscannable", FaultRule::Verdict::kUnscannable}});
    fields.duration("scanMs", rule.scan_time);
    check_together(fields, rule);
    return fields.finish({"kind",         "body",       "status",    "message",  "retryAfter",
                          "retryDateS",   "delayMs",    "dripBytes", "dripMs",   "cutAfter",
                          "cutBodyAfter", "reset",      "requests",  "periodMs", "byRoom",
                          "maxNull",      "dropFilter", "emptyPage", "verdict",  "scanMs"});
}

void read_timing(Fields& fields, FaultTiming& timing) {
    fields.number("first", timing.first, 1, kTurnsMax);
    fields.number("count", timing.count, 0, kTurnsMax);
    fields.number("every", timing.every, 1, kTurnsMax);
    fields.share("probability", timing.probability);
    fields.duration("startMs", timing.start);
    fields.duration("endMs", timing.end);
}

std::string read_rule(const Json& object, const std::string& where, FaultRule& rule) {
    if (!object.is_object()) return where + " must be an object";
    Fields fields(object, where);
    rule.name = where;
    fields.text("name", rule.name);
    fields.text("method", rule.method);
    fields.text("path", rule.path);
    fields.text("room", rule.room);
    fields.text("person", rule.email);
    fields.flag("bots", rule.bots_only);
    fields.text("unlessQuery", rule.unless_query);
    fields.flag("perPath", rule.timing.per_path);
    read_timing(fields, rule.timing);
    const auto* action = fields.find("action");
    if (action == nullptr) return where + ": action is missing";
    auto problem = read_action(*action, where, rule);
    if (!problem.empty()) return problem;
    if (rule.action == Action::kScan && rule.path.empty()) rule.path = "/v1/contents/*";
    return fields.finish({"name", "method", "path", "room", "person", "bots", "unlessQuery",
                          "perPath", "first", "count", "every", "probability", "startMs", "endMs",
                          "action"});
}

std::string read_hook_action(const Json& action, const std::string& where, HookRule& rule) {
    using HookAction = HookRule::Action;
    if (!action.is_object()) return where + ": action must be an object";
    Fields fields(action, where + ".action");
    if (fields.find("kind") == nullptr) fields.wrong("kind", "is missing");
    fields.word("kind", rule.action,
                {{"delay", HookAction::kDelay},
                 {"drop", HookAction::kDrop},
                 {"fail", HookAction::kFail},
                 {"disable", HookAction::kDisable},
                 {"duplicate", HookAction::kDuplicate},
                 {"reorder", HookAction::kReorder},
                 {"wrongSignature", HookAction::kWrongSignature},
                 {"noSignature", HookAction::kNoSignature},
                 {"reformat", HookAction::kReformat},
                 {"retry", HookAction::kRetry}});
    if (rule.action == HookAction::kReorder) rule.delay = kReorderDelay;
    fields.duration("delayMs", rule.delay);
    fields.number("times", rule.times, 1, kTimesMax);
    return fields.finish({"kind", "delayMs", "times"});
}

std::string read_rule(const Json& object, const std::string& where, HookRule& rule) {
    if (!object.is_object()) return where + " must be an object";
    Fields fields(object, where);
    rule.name = where;
    fields.text("name", rule.name);
    fields.text("resource", rule.resource);
    fields.text("event", rule.event);
    fields.text("room", rule.room);
    fields.text("person", rule.email);
    read_timing(fields, rule.timing);
    const auto* action = fields.find("action");
    if (action == nullptr) return where + ": action is missing";
    auto problem = read_hook_action(*action, where, rule);
    if (!problem.empty()) return problem;
    return fields.finish({"name", "resource", "event", "room", "person", "first", "count", "every",
                          "probability", "startMs", "endMs", "action"});
}

// Reads "rules" or "hooks" into the plan; gives the first problem.
template <class Rule>
std::string read_rules(const Json& root, const char* name, const char* each, FaultPlan& plan) {
    const auto rules = root.find(name);
    if (rules == root.end()) return {};
    if (!rules->is_array() || rules->size() > kRulesMax) {
        return std::string(name) + " must be a list of at most " + std::to_string(kRulesMax);
    }
    for (std::size_t i = 0; i < rules->size(); ++i) {
        Rule rule;
        auto problem = read_rule((*rules)[i], each + std::to_string(i + 1), rule);
        if (!problem.empty()) return problem;
        plan.add(std::move(rule));
    }
    return {};
}

resilience::Error plan_error(const std::string& problem) {
    return resilience::permanent_error("cannot use the fault plan: " + problem);
}

}  // namespace

Result<FaultPlan> FaultPlan::parse(std::string_view json) {
    if (!is_shallow_json(json)) return plan_error("it is nested too deeply");
    const auto root = Json::parse(json, nullptr, false);
    if (!root.is_object()) return plan_error("it must be a JSON object with \"rules\"");
    FaultPlan plan;
    Fields fields(root, "plan");
    fields.number("seed", plan.seed_, 0, UINT64_MAX);
    plan.random_state_ = plan.seed_;
    auto problem = fields.finish({"seed", "rules", "hooks"});
    if (problem.empty()) problem = read_rules<FaultRule>(root, "rules", "rule ", plan);
    if (problem.empty()) problem = read_rules<HookRule>(root, "hooks", "hook rule ", plan);
    if (!problem.empty()) return plan_error(problem);
    plan.json_ = root.dump();
    return plan;
}

}  // namespace messaging::sandbox
