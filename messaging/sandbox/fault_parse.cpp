#include "messaging/sandbox/fault_plan.hpp"
#include "messaging/sandbox/json_text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace messaging::sandbox {

using Json = nlohmann::json;
using resilience::Result;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t kRulesMax = 1'000;
constexpr double kMillisecondsMax = 7 * 24 * 3'600'000.0;

/// Reads the fields of one JSON object and remembers the first that is wrong.
class Fields {
public:
    Fields(const Json& object, std::string where) : object_(object), where_(std::move(where)) {}

    void text(const char* name, std::string& out) {
        const auto* value = find(name);
        if (value == nullptr) return;
        if (!value->is_string()) return wrong(name, "must be a text");
        out = value->get<std::string>();
    }
    void flag(const char* name, bool& out) {
        const auto* value = find(name);
        if (value == nullptr) return;
        if (!value->is_boolean()) return wrong(name, "must be true or false");
        out = value->get<bool>();
    }
    template <class Integer>
    void number(const char* name, Integer& out, std::uint64_t min, std::uint64_t max) {
        const auto* value = find(name);
        if (value == nullptr) return;
        if (!value->is_number_unsigned() || value->get<std::uint64_t>() < min ||
            value->get<std::uint64_t>() > max) {
            return wrong(name, "must be a whole number from " + std::to_string(min) + " to " +
                                   std::to_string(max));
        }
        out = static_cast<Integer>(value->get<std::uint64_t>());
    }
    void duration(const char* name, milliseconds& out) {
        std::uint64_t value = static_cast<std::uint64_t>(out.count());
        number(name, value, 0, static_cast<std::uint64_t>(kMillisecondsMax));
        out = milliseconds{value};
    }
    void share(const char* name, double& out) {
        const auto* value = find(name);
        if (value == nullptr) return;
        const double number = value->is_number() ? value->get<double>() : -1.0;
        if (!(number >= 0.0 && number <= 1.0)) return wrong(name, "must be between 0 and 1");
        out = number;
    }
    const Json* find(const char* name) {
        const auto found = object_.find(name);
        return found == object_.end() ? nullptr : &*found;
    }
    void wrong(const std::string& name, const std::string& what) {
        if (problem_.empty()) problem_ = where_ + ": " + name + " " + what;
    }
    /// The first problem; a field that nobody asked for is one.
    std::string finish(std::initializer_list<const char*> names) {
        for (const auto& item : object_.items()) {
            const bool known = std::any_of(names.begin(), names.end(),
                                           [&](const char* name) { return item.key() == name; });
            if (!known) wrong(item.key(), "is not a known field");
        }
        return problem_;
    }

private:
    const Json& object_;
    std::string where_;
    std::string problem_;
};

bool set_kind(FaultRule& rule, const std::string& kind) {
    using Action = FaultRule::Action;
    if (kind == "fail" || kind == "hang") {
        rule.action = Action::kFail;
        rule.shape.hang = kind == "hang";
    } else if (kind == "commitThenFail") {
        rule.action = Action::kCommitThenFail;
    } else if (kind == "delay") {
        rule.action = Action::kDelay;
    } else if (kind == "rateLimit") {
        rule.action = Action::kRateLimit;
    } else if (kind == "tokenRefused") {
        rule.action = Action::kTokenRefused;
    } else {
        return false;
    }
    return true;
}

bool set_body(FaultShape& shape, const std::string& body) {
    constexpr std::pair<const char*, FaultBody> kBodies[] = {
        {"json", FaultBody::kJson},           {"html", FaultBody::kHtml},
        {"text", FaultBody::kText},           {"empty", FaultBody::kEmpty},
        {"truncated", FaultBody::kTruncated}, {"mislabelled", FaultBody::kMislabelled},
    };
    for (const auto& [name, value] : kBodies) {
        if (body != name) continue;
        shape.body = value;
        return true;
    }
    return false;
}

std::string read_action(const Json& action, const std::string& where, FaultRule& rule) {
    if (!action.is_object()) return where + ": action must be an object";
    Fields fields(action, where + ".action");
    std::string kind;
    std::string body = "json";
    fields.text("kind", kind);
    fields.text("body", body);
    if (!set_kind(rule, kind)) {
        fields.wrong("kind",
                     "must be fail, commitThenFail, delay, hang, rateLimit or tokenRefused");
    }
    if (!set_body(rule.shape, body)) {
        fields.wrong("body", "must be json, html, text, empty, truncated or mislabelled");
    }
    fields.number("status", rule.shape.status, 0, 599);
    if (rule.shape.status != 0 && rule.shape.status < 200) {
        fields.wrong("status", "must be 0 (no answer) or from 200 to 599");
    }
    fields.text("message", rule.shape.message);
    if (const auto* retry = fields.find("retryAfter")) {
        rule.shape.retry_after = retry->is_string() ? retry->get<std::string>() : retry->dump();
    }
    fields.duration("delayMs", rule.delay);
    if (fields.find("cutAfter") != nullptr) {
        std::size_t bytes = 0;
        fields.number("cutAfter", bytes, 0, 1U << 30U);
        rule.shape.cut_after = bytes;
    }
    fields.flag("reset", rule.shape.reset);
    fields.number("requests", rule.rate_requests, 0, 1'000'000);
    fields.duration("periodMs", rule.rate_period);
    fields.flag("byRoom", rule.rate_by_room);
    return fields.finish({"kind", "body", "status", "message", "retryAfter", "delayMs", "cutAfter",
                          "reset", "requests", "periodMs", "byRoom"});
}

std::string read_rule(const Json& object, std::size_t index, FaultRule& rule) {
    const auto where = "rule " + std::to_string(index + 1);
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
    fields.number("first", rule.first, 1, 1'000'000'000);
    fields.number("count", rule.count, 0, 1'000'000'000);
    fields.number("every", rule.every, 1, 1'000'000'000);
    fields.share("probability", rule.probability);
    fields.duration("startMs", rule.start);
    fields.duration("endMs", rule.end);
    const auto* action = fields.find("action");
    if (action == nullptr) return where + ": action is missing";
    auto problem = read_action(*action, where, rule);
    if (!problem.empty()) return problem;
    return fields.finish({"name", "method", "path", "room", "person", "bots", "unlessQuery",
                          "first", "count", "every", "probability", "startMs", "endMs", "action"});
}

resilience::Error plan_error(const std::string& problem) {
    return resilience::permanent_error("cannot use the fault plan: " + problem);
}

}  // namespace

Result<FaultPlan> FaultPlan::parse(std::string_view text) {
    if (!is_shallow_json(text)) return plan_error("it is nested too deeply");
    const auto root = Json::parse(text, nullptr, false);
    if (!root.is_object()) return plan_error("it must be a JSON object with \"rules\"");
    FaultPlan plan;
    Fields fields(root, "plan");
    fields.number("seed", plan.seed_, 0, UINT64_MAX);
    plan.random_state_ = plan.seed_;
    const auto* rules = fields.find("rules");
    if (auto problem = fields.finish({"seed", "rules"}); !problem.empty()) {
        return plan_error(problem);
    }
    if (rules != nullptr && (!rules->is_array() || rules->size() > kRulesMax)) {
        return plan_error("rules must be a list of at most " + std::to_string(kRulesMax));
    }
    for (std::size_t i = 0; rules != nullptr && i < rules->size(); ++i) {
        FaultRule rule;
        if (auto problem = read_rule((*rules)[i], i, rule); !problem.empty()) {
            return plan_error(problem);
        }
        plan.add(std::move(rule));
    }
    plan.json_ = root.dump();
    return plan;
}

}  // namespace messaging::sandbox
