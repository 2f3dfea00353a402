#include "messaging/receive/webhook_registration.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using messaging::receive::Hook;
using messaging::receive::HookCalls;
using messaging::receive::plan_registration;
using messaging::receive::register_hooks;
using messaging::receive::wanted_hooks;
using messaging::receive::WantedHooks;
using resilience::Done;
using resilience::permanent_error;
using resilience::Result;

namespace {

const WantedHooks kWanted{
    .instance = "prod", .target_url = "https://bot.test/webhook", .secret = "s3cret"};

std::vector<Hook> in_order() {
    auto hooks = wanted_hooks(kWanted);
    for (std::size_t i = 0; i < hooks.size(); ++i)
        hooks[i].id = "H" + std::to_string(i);
    return hooks;
}

// A Webex that keeps hooks in memory and fails where told.
struct Service {
    std::vector<Hook> hooks;
    std::vector<std::string> log;
    std::string failing;

    HookCalls calls() {
        return {.list = [this]() -> Result<std::vector<Hook>> {
                    if (failing == "list") return permanent_error("HTTP 502");
                    return hooks;
                },
                .create = [this](const Hook& hook) -> Result<Hook> {
                    if (failing == "create") return permanent_error("HTTP 400");
                    hooks.push_back(hook);
                    hooks.back().id = "new" + std::to_string(hooks.size());
                    log.push_back("create " + hook.name);
                    return hooks.back();
                },
                .update = [this](const Hook& hook) -> Result<Hook> {
                    if (failing == "update") return permanent_error("HTTP 404");
                    for (auto& h : hooks) {
                        if (h.id == hook.id) h = hook;
                    }
                    log.push_back("update " + hook.id);
                    return hook;
                },
                .remove = [this](const std::string& id) -> Result<Done> {
                    if (failing == "remove") return permanent_error("HTTP 500");
                    hooks.erase(std::remove_if(hooks.begin(), hooks.end(),
                                               [&](const Hook& h) { return h.id == id; }),
                                hooks.end());
                    log.push_back("remove " + id);
                    return Done{};
                }};
    }
};

}  // namespace

TEST_CASE("registration stops at the first failure that leaves us deaf", "[registration]") {
    for (const auto* step : {"list", "create", "update"}) {
        CAPTURE(step);
        Service service;
        service.hooks = in_order();
        service.hooks[0].status = "inactive";
        service.hooks.pop_back();
        service.failing = step;
        const auto report = register_hooks(service.calls(), kWanted);
        REQUIRE_FALSE(report.ok());
        CHECK_THAT(report.error().message, Catch::Contains("HTTP"));
        CHECK(report.error().message.find("s3cret") == std::string::npos);
    }
}

TEST_CASE("a stale hook that cannot be removed is reported, nothing more", "[registration]") {
    Service service;
    service.hooks = in_order();
    service.hooks.push_back({.id = "old", .name = "stentor-prod/rooms/all", .resource = "rooms"});
    service.failing = "remove";
    const auto report = register_hooks(service.calls(), kWanted);
    REQUIRE(report.ok());
    CHECK(report.value().not_removed == std::vector<std::string>{"stentor-prod/rooms/all"});
}

TEST_CASE("hooks of others are left alone, whatever they are called", "[registration]") {
    auto hooks = in_order();
    const auto count = hooks.size();
    for (const auto* name : {"", "mine", "stentor-", "stentor-prod", "stentor-prod-2/messages/all",
                             "stentor-test/messages/created", "Stentor-prod/messages/created"}) {
        hooks.push_back({.id = "X",
                         .name = name,
                         .target_url = kWanted.target_url,
                         .resource = "messages",
                         .event = "created"});
    }
    REQUIRE(hooks.size() > count);
    CHECK(plan_registration(hooks, kWanted).empty());
}

TEST_CASE("an account without hooks gets all of them, active and signed", "[registration]") {
    const auto plan = plan_registration({}, kWanted);
    REQUIRE(plan.create.size() == 3);
    CHECK(plan.update.empty());
    CHECK(plan.remove.empty());
    for (const auto& hook : plan.create) {
        CHECK(hook.target_url == kWanted.target_url);
        CHECK(hook.secret == kWanted.secret);
        CHECK(hook.name.starts_with("stentor-prod/"));
    }
    CHECK(plan.create[1].resource == "attachmentActions");
}

TEST_CASE("a hook that is off, moved or signed otherwise is set right in place", "[registration]") {
    auto hooks = in_order();
    hooks[0].status = "inactive";
    hooks[1].target_url = "https://old.test/webhook";
    hooks[2].secret = "old";
    const auto plan = plan_registration(hooks, kWanted);
    CHECK(plan.create.empty());
    CHECK(plan.remove.empty());
    CHECK(plan.update == in_order());
}

TEST_CASE("of two hooks with one purpose the second goes", "[registration]") {
    auto hooks = in_order();
    hooks.push_back(hooks[0]);
    hooks.back().id = "double";
    const auto plan = plan_registration(hooks, kWanted);
    REQUIRE(plan.remove.size() == 1);
    CHECK(plan.remove[0].id == "double");
    CHECK(plan.create.empty());
}

TEST_CASE("registration leaves exactly the wanted hooks and changes nothing twice",
          "[registration]") {
    Service service;
    service.hooks = in_order();
    service.hooks[0].status = "inactive";
    service.hooks[1] = {.id = "old", .name = "stentor-prod/rooms/all", .resource = "rooms"};
    const auto report = register_hooks(service.calls(), kWanted);
    REQUIRE(report.ok());
    CHECK(report.value().created == 1);
    CHECK(report.value().updated == 1);
    CHECK(report.value().removed == 1);
    CHECK(service.log == std::vector<std::string>{"update H0",
                                                  "create stentor-prod/attachmentActions/created",
                                                  "remove old"});
    CHECK(plan_registration(service.hooks, kWanted).empty());
}
