#include "bot/service/account.hpp"

#include "bot/log/log.hpp"
#include "bot/service/chance.hpp"
#include "resilience/backoff.hpp"

#include <utility>

namespace bot::service {

using messaging::receive::Hook;
using messaging::webex::WebhookSpec;
using resilience::Result;

namespace {

// Webex disables a hook after 100 failed calls in five minutes and never revives it
// (developer.webex.com, "Webhooks"); half of that finds it soon.
constexpr auto kCheckHooks = std::chrono::seconds{150};

constexpr std::size_t kRoomsMax = 1'000;

constexpr resilience::BackoffPolicy kAskAgain{.initial = std::chrono::seconds{1},
                                              .max = std::chrono::seconds{30}};

WebhookSpec spec_of(const Hook& hook) {
    WebhookSpec spec;
    spec.name = hook.name;
    spec.target_url = hook.target_url;
    spec.resource = hook.resource;
    spec.event = hook.event;
    spec.filter = hook.filter;
    spec.secret = hook.secret;
    return spec;
}

Hook hook_of(const messaging::webex::Webhook& webhook) {
    Hook hook;
    hook.id = webhook.id;
    hook.name = webhook.name;
    hook.target_url = webhook.target_url;
    hook.resource = webhook.resource;
    hook.event = webhook.event;
    hook.filter = webhook.filter;
    hook.status = webhook.status;
    return hook;
}

Result<Hook> hook_result(Result<messaging::webex::Webhook> made) {
    if (!made.ok()) return made.error();
    return hook_of(made.value());
}

}  // namespace

Account::Account(Parts parts) : parts_(std::move(parts)) {}

void Account::run(const std::stop_token& stop, const std::function<void()>& first_try) {
    std::uint32_t failures = 0;
    bool told = false;
    while (!stop.stop_requested()) {
        const bool well = check(stop);
        if (!std::exchange(told, true)) first_try();
        failures = well ? 0 : failures + 1;
        const auto wait = well ? resilience::Duration{kCheckHooks}
                               : resilience::backoff_delay(kAskAgain, failures,
                                                           resilience::Duration{0}, chance());
        parts_.clock.sleep_until(parts_.clock.now() + wait, stop);
    }
}

bool Account::check(const std::stop_token& stop) {
    if (!signed_in() && !sign_in(stop)) return false;
    const bool rooms = keep_rooms(stop);
    return keep_hooks(stop) && rooms;
}

bool Account::sign_in(const std::stop_token& stop) {
    const auto me = parts_.webex.me(stop);
    if (!me.ok()) {
        complain(me.error().message);
        return false;
    }
    parts_.sender.set_self(me.value().id);
    parts_.conversation.set_self(me.value());
    {
        const std::scoped_lock lock(mutex_);
        email_ = me.value().emails.empty() ? me.value().id : me.value().emails.front();
        complaint_.clear();
        log::info("signed in", {{"as", email_}});
    }
    signed_in_ = true;
    parts_.conversation.resume();
    return true;
}

// Lists the rooms until all that the configuration names by their titles are known: the bot may be
// added to one later.
bool Account::keep_rooms(const std::stop_token& stop) {
    if (rooms_listed_ && !parts_.rooms.incomplete()) return true;
    const auto rooms = parts_.webex.rooms("group", kRoomsMax, stop);
    if (!rooms.ok()) {
        log::warn("the rooms cannot be listed", {{"why", rooms.error().message}});
        return false;
    }
    parts_.rooms.learn(rooms.value());
    rooms_listed_ = true;
    return true;
}

bool Account::keep_hooks(const std::stop_token& stop) {
    if (!parts_.hooks) return true;
    messaging::receive::HookCalls calls;
    calls.list = [&]() -> Result<std::vector<Hook>> {
        auto listed = parts_.webex.webhooks(stop);
        if (!listed.ok()) return listed.error();
        std::vector<Hook> hooks;
        for (const auto& webhook : listed.value()) {
            auto hook = hook_of(webhook);
            // The client does not keep secrets, so whether the hook's is ours cannot be seen: the
            // first check of each run sets it.
            if (hooked_once_) hook.secret = parts_.hooks->secret;
            hooks.push_back(std::move(hook));
        }
        return hooks;
    };
    calls.create = [&](const Hook& hook) {
        return hook_result(parts_.webex.create_webhook(spec_of(hook), stop));
    };
    calls.update = [&](const Hook& hook) {
        return hook_result(parts_.webex.update_webhook(hook.id, spec_of(hook), stop));
    };
    calls.remove = [&](const std::string& id) { return parts_.webex.delete_webhook(id, stop); };
    const auto made = messaging::receive::register_hooks(calls, *parts_.hooks);
    hooked_ = made.ok();
    hooked_once_ = hooked_once_ || made.ok();
    if (!made.ok()) {
        complain("webhooks: " + made.error().message);
        return false;
    }
    const auto& report = made.value();
    if (report.created + report.updated + report.removed > 0) {
        log::info("webhooks registered", {{"created", report.created},
                                          {"updated", report.updated},
                                          {"removed", report.removed}});
    }
    complain({});
    return true;
}

void Account::complain(std::string text) {
    const std::scoped_lock lock(mutex_);
    if (!text.empty() && text != complaint_) log::error("not ready", {{"why", text}});
    complaint_ = std::move(text);
}

std::string Account::email() const {
    const std::scoped_lock lock(mutex_);
    return email_;
}

std::string Account::complaint() const {
    const std::scoped_lock lock(mutex_);
    return complaint_;
}

}  // namespace bot::service
