#include "resilience/status_rules.hpp"

#include <array>
#include <span>

namespace resilience {

namespace {

struct StatusRule {
    int status;
    ErrorClass cls;
    Scope scope;
    std::string_view name;
};

using enum ErrorClass;
using enum Scope;

constexpr auto kCommonRules = std::to_array<StatusRule>({
    {401, kAuth, kBot, "http_401"},          {403, kAuth, kRoom, "http_403"},
    {407, kAuth, kBot, "http_407"},          {511, kAuth, kBot, "http_511"},
    {408, kTransient, kMessage, "http_408"}, {421, kTransient, kMessage, "http_421"},
    {425, kTransient, kMessage, "http_425"}, {521, kTransient, kMessage, "http_521"},
    {523, kTransient, kMessage, "http_523"}, {429, kRateLimited, kBot, "http_429"},
    {529, kRateLimited, kBot, "http_529"},   {499, kAmbiguous, kMessage, "http_499"},
    {500, kAmbiguous, kMessage, "http_500"}, {502, kAmbiguous, kMessage, "http_502"},
    {503, kAmbiguous, kMessage, "http_503"}, {504, kAmbiguous, kMessage, "http_504"},
    {520, kAmbiguous, kMessage, "http_520"}, {522, kAmbiguous, kMessage, "http_522"},
    {524, kAmbiguous, kMessage, "http_524"}, {400, kPermanent, kMessage, "http_400"},
    {404, kPermanent, kMessage, "http_404"}, {410, kPermanent, kMessage, "http_410"},
    {413, kPermanent, kMessage, "http_413"},
});

// developer.webex.com, REST API Basics: 423 "temporarily unavailable", 503 "overloaded"; both say
// that the request was not accepted.
constexpr auto kWebexRules = std::to_array<StatusRule>({
    {403, kPermanent, kRoom, "webex_403"},
    {404, kPermanent, kRoom, "webex_404"},
    {410, kPermanent, kRoom, "webex_410"},
    {423, kTransient, kMessage, "webex_423"},
    {503, kTransient, kMessage, "webex_503"},
});

const StatusRule* find(std::span<const StatusRule> rules, int status) noexcept {
    for (const auto& rule : rules) {
        if (rule.status == status) return &rule;
    }
    return nullptr;
}

std::string_view name_of_other(int status) noexcept {
    if (status >= 500 && status < 600) return "http_other_5xx";
    if (status >= 400 && status < 500) return "http_other_4xx";
    return "http_unexpected";
}

}  // namespace

Verdict verdict_of_status(Profile profile, int status) noexcept {
    const StatusRule* rule = profile == Profile::kWebex ? find(kWebexRules, status) : nullptr;
    if (rule == nullptr) rule = find(kCommonRules, status);
    if (rule == nullptr) return {kPermanent, kMessage, name_of_other(status)};
    return {rule->cls, rule->scope, rule->name};
}

bool may_be_refusal_with_date(int status) noexcept {
    switch (status) {
        case 403:
        case 413:
        case 423:
        case 429:
        case 503:
        case 529:
            return true;
        default:
            return false;
    }
}

}  // namespace resilience
