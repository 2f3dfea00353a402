#include "messaging/receive/webhook_registration.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace messaging::receive {

using resilience::Error;
using resilience::Result;

namespace {

std::string name_prefix(const WantedHooks& wanted) {
    return "stentor-" + wanted.instance + "/";
}

bool watches_the_same(const Hook& a, const Hook& b) {
    return a.name == b.name && a.resource == b.resource && a.event == b.event &&
           a.filter == b.filter;
}

// Webex returns secrets in clear; one that is missing or differs is set again.
bool is_in_order(const Hook& existing, const Hook& wanted) {
    return existing.target_url == wanted.target_url && existing.secret == wanted.secret &&
           existing.status == "active";
}

Error failed(const char* what, const Hook& hook, Error error) {
    error.message = std::string("webhook ") + hook.name + " not " + what + ": " + error.message;
    return error;
}

}  // namespace

std::vector<Hook> wanted_hooks(const WantedHooks& wanted) {
    constexpr std::array<std::pair<const char*, const char*>, 3> kEvents{
        {{"messages", "created"}, {"attachmentActions", "created"}, {"memberships", "all"}}};
    std::vector<Hook> hooks;
    hooks.reserve(kEvents.size());
    for (const auto& [resource, event] : kEvents) {
        hooks.push_back({.name = name_prefix(wanted) + resource + "/" + event,
                         .target_url = wanted.target_url,
                         .resource = resource,
                         .event = event,
                         .secret = wanted.secret,
                         .status = "active"});
    }
    return hooks;
}

RegistrationPlan plan_registration(const std::vector<Hook>& existing, const WantedHooks& wanted) {
    RegistrationPlan plan;
    const auto hooks = wanted_hooks(wanted);
    std::vector<bool> found(hooks.size(), false);
    for (const auto& hook : existing) {
        if (!hook.name.starts_with(name_prefix(wanted))) continue;
        const auto match = std::find_if(hooks.begin(), hooks.end(),
                                        [&](const Hook& h) { return watches_the_same(h, hook); });
        const auto index = static_cast<std::size_t>(match - hooks.begin());
        if (match == hooks.end() || found[index]) {
            plan.remove.push_back(hook);
            continue;
        }
        found[index] = true;
        if (is_in_order(hook, *match)) continue;
        plan.update.push_back(*match);
        plan.update.back().id = hook.id;
    }
    for (std::size_t i = 0; i < hooks.size(); ++i) {
        if (!found[i]) plan.create.push_back(hooks[i]);
    }
    return plan;
}

Result<RegistrationReport> register_hooks(const HookCalls& calls, const WantedHooks& wanted) {
    auto existing = calls.list();
    if (!existing.ok()) return std::move(existing).error();
    const auto plan = plan_registration(existing.value(), wanted);
    RegistrationReport report;
    for (const auto& hook : plan.update) {
        auto done = calls.update(hook);
        if (!done.ok()) return failed("updated", hook, std::move(done).error());
        ++report.updated;
    }
    for (const auto& hook : plan.create) {
        auto done = calls.create(hook);
        if (!done.ok()) return failed("created", hook, std::move(done).error());
        ++report.created;
    }
    for (const auto& hook : plan.remove) {
        if (calls.remove(hook.id).ok()) {
            ++report.removed;
        } else {
            report.not_removed.push_back(hook.name);
        }
    }
    return report;
}

}  // namespace messaging::receive
