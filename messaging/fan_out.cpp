#include "messaging/fan_out.hpp"

#include "messaging/outbox/dead_letters.hpp"
#include "messaging/outbox/outbox.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <new>
#include <string>
#include <utility>

namespace messaging {

using outbox::DeadReason;
using outbox::Delivery;
using outbox::State;
using resilience::Result;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kYear = std::chrono::hours{24 * 365};

// The batch's key for one target. Behind a control character, so that no caller chooses the same.
std::string key_for(const std::string& batch_key, const Target& to) {
    if (batch_key.empty()) return {};
    constexpr std::array<std::string_view, 3> kKinds{"room", "person", "email"};
    return batch_key + "\x1fto " + std::string(kKinds.at(static_cast<std::size_t>(to.kind))) + " " +
           to.value;
}

// Neither a person nor the service has the last word about these: the caller asks again.
bool may_go_again(const Delivery& delivery) {
    return delivery.state == State::kDead &&
           (delivery.reason == DeadReason::kRejected || delivery.reason == DeadReason::kExpired);
}

}  // namespace

std::string_view to_string(FanOutState state) {
    constexpr std::array<std::string_view, 3> kNames{"complete", "partial", "failed"};
    return kNames.at(static_cast<std::size_t>(state));
}

SendState state_of(const FanOut::Item& item) {
    return item.receipt.ok() ? item.receipt.value().state : SendState::kFailed;
}

FanOutState fan_out_state(const std::vector<FanOut::Item>& items) {
    const auto all = [&items](SendState state) {
        return std::all_of(items.begin(), items.end(),
                           [state](const auto& item) { return state_of(item) == state; });
    };
    if (all(SendState::kDelivered)) return FanOutState::kComplete;
    return all(SendState::kFailed) ? FanOutState::kFailed : FanOutState::kPartial;
}

Result<FanOut> Messenger::send_to_many(const std::vector<Target>& to,
                                       const Message& message,
                                       const SendOptions& options) {
    if (to.empty()) return resilience::permanent_error("a message to many needs a target");
    const auto until = clock_.now() + std::clamp(options.wait, milliseconds{0}, kYear);
    try {
        FanOut batch;
        batch.group = options.group != 0 ? options.group : outbox_.new_group();
        auto own = options;
        for (const auto& target : to) {
            const bool twice = std::any_of(batch.items.begin(), batch.items.end(),
                                           [&](const auto& item) { return item.to == target; });
            if (twice) continue;
            own.group = batch.group;
            own.key = key_for(options.key, target);
            batch.items.push_back({target, accept(target, message, own, true)});
            auto& receipt = batch.items.back().receipt;
            if (!receipt.ok() || !receipt.value().duplicate) continue;
            take_up(receipt.value(), options, batch.items.size() == 1 ? &batch.group : nullptr);
        }
        for (auto& item : batch.items) {
            if (!item.receipt.ok()) continue;
            item.receipt = await(std::move(item.receipt).value(), until).receipt;
        }
        batch.state = fan_out_state(batch.items);
        return batch;
    } catch (const std::exception& e) {
        // Some targets may have been accepted; with a key the call can be repeated without harm.
        resilience::Error error{
            .cls = resilience::ErrorClass::kAmbiguous, .message = {}, .rule = "exception"};
        error.message = e.what();
        return error;
    }
}

// The call is a repetition: what has ended without arriving is sent again, and nothing else. Where
// that cannot be written down the old result stands.
void Messenger::take_up(const Receipt& known, const SendOptions& options, std::uint64_t* group) {
    const auto now = resilience::since_epoch(clock_.wall_now());
    outbox::Batch again;
    for (const auto id : known.ids) {
        const auto found = outbox_.read([id](outbox::Store& store) { return store.get(id); });
        if (!found.ok() || !found.value()) continue;
        if (group != nullptr && found.value()->group != 0) *group = found.value()->group;
        if (!may_go_again(*found.value())) continue;
        again.transitions.push_back(outbox::redrive_of(
            *found.value(), now, now + std::clamp(options.deadline, milliseconds{0}, kYear)));
    }
    if (again.transitions.empty()) return;
    if (outbox_.apply(std::move(again)).ok()) outbox_.poke();
}

}  // namespace messaging
