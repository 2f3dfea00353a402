#include "messaging/sandbox/model.hpp"

#include <utility>

namespace messaging::sandbox {
namespace {

void spoil(HookPost& post, const HookFate& fate, const std::string& secret) {
    if (fate.reformat) {
        post.body = reformatted_json(post.body);
        if (!secret.empty()) post.signature = hook_signature(secret, post.body);
    }
    if (fate.wrong_signature) post.signature = hook_signature(secret + " of another", post.body);
    if (fate.no_signature) post.signature.clear();
}

}  // namespace

// What the plan wants to happen to a delivery happens here, before it is on its way.
void Model::owe(HookPost post, const Change& change, const Moment& now) {
    auto& webhook = *world_.webhook(post.webhook_id);
    oracle_.hook_owed();
    HookFacts facts{post.resource, post.event, {}, webhook.owner->email};
    if (change.room != nullptr) facts.room = change.room->id;
    const auto fate = faults_.decide_hook(facts, now.steady);
    if (fate.disable) return switch_off(webhook, now);
    if (fate.fail) return hook_failed(webhook, now);
    if (!fate.is_sent()) return;
    spoil(post, fate, webhook.secret);
    hook_queue_.add(std::move(post), fate, now.steady);
}

void Model::send_due_hooks(const Moment& now) {
    for (auto& post : hook_queue_.take_due(now.steady)) {
        const auto* webhook = world_.webhook(post.webhook_id);
        if (webhook == nullptr || !webhook->active) continue;
        oracle_.hook_sent();
        effects_.hooks.push_back(std::move(post));
    }
}

void Model::hook_delivered(const HookPost& post, bool succeeded, const Moment& now) {
    hook_queue_.ended(post, succeeded, now.steady);
    auto* webhook = world_.webhook(post.webhook_id);
    if (!succeeded && webhook != nullptr) hook_failed(*webhook, now);
    send_due_hooks(now);
}

void Model::hook_failed(Webhook& webhook, const Moment& now) {
    oracle_.hook_failed();
    if (webhook.active && hook_health_.failed(webhook.id, now.steady)) switch_off(webhook, now);
}

void Model::switch_off(Webhook& webhook, const Moment& now) {
    webhook.active = false;
    Change change{Change::Kind::kWebhookSaved};
    change.actor = webhook.owner;
    change.webhook = &webhook;
    apply({change}, now);
}

}  // namespace messaging::sandbox
