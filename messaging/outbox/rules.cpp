#include "messaging/outbox/rules.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <utility>

namespace messaging::outbox {

namespace {

Fingerprint cut(const std::string& bytes) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    // A std::string's bytes seen as unsigned char: allowed by the aliasing rules.
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
    Fingerprint fingerprint{};
    std::copy_n(digest.begin(), fingerprint.size(), fingerprint.begin());
    return fingerprint;
}

template <class T>
void append(std::vector<T>& to, std::vector<T>& from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

void merge(Batch& to, Batch from) {
    if (to.empty()) {
        to = std::move(from);
        return;
    }
    append(to.add, from.add);
    append(to.transitions, from.transitions);
    append(to.holds, from.holds);
    append(to.settings, from.settings);
    append(to.inbound, from.inbound);
    append(to.inbound_done, from.inbound_done);
    to.interrupt_runs = to.interrupt_runs || from.interrupt_runs;
    append(to.runs, from.runs);
}

std::size_t rows_of(const Batch& batch) {
    return batch.add.size() + batch.transitions.size() + batch.inbound.size() +
           batch.inbound_done.size() + batch.runs.size() + 1;
}

bool allowed(State from, State to) {
    switch (from) {
        case State::kSending:
            return to != State::kSending;
        case State::kUncertain:
            return to == State::kDelivered || to == State::kPending || to == State::kDead;
        case State::kPending:
            return to == State::kDead;
        case State::kDead:  // re-driven, or put away by a person
            return to == State::kPending || to == State::kDead;
        case State::kDelivered:
            return false;
    }
    return false;
}

DeadReason expiry_reason(std::uint32_t repeats) {
    return repeats > 0 ? DeadReason::kMaybeDelivered : DeadReason::kExpired;
}

AttemptNote expired_note() {
    return {.rule = "deadline", .detail = "the deadline passed before it could be sent"};
}

AttemptNote interrupted_note() {
    return {.rule = "restart", .detail = "the program ended while the request was under way"};
}

Fingerprint key_fingerprint(std::string_view key) {
    return cut(std::string{key});
}

Fingerprint content_fingerprint(const NewDelivery& delivery) {
    // Each part with its length, so that no two different contents run into the same bytes.
    std::string bytes;
    bytes.reserve(delivery.destination.size() + delivery.payload.size() + 96);
    const auto part = [&bytes](const std::string& text) {
        bytes += std::to_string(text.size());
        bytes += ':';
        bytes += text;
    };
    part(delivery.destination);
    part(delivery.payload);
    if (delivery.file) part(delivery.file->hash);
    if (delivery.together > 1) bytes += "of " + std::to_string(delivery.together);
    return cut(bytes);
}

std::span<const NewDelivery> set_at(const std::vector<NewDelivery>& added, std::size_t first) {
    const auto count = std::max<std::size_t>(added[first].together, 1);
    return std::span{added}.subspan(first, std::min(count, added.size() - first));
}

std::optional<Added> refusal(std::span<const NewDelivery> set,
                             const std::function<std::optional<Added>(const NewDelivery&)>& known,
                             std::uint64_t room) {
    if (set.size() == 1 && room > 0) return std::nullopt;  // its own answer will do
    std::uint64_t fresh = 0;
    std::optional<Added> duplicate;
    std::map<std::string_view, DeliveryId> keys;
    for (const auto& delivery : set) {
        const auto found = known(delivery);
        if (found && found->kind == Added::Kind::kKeyConflict) return found;
        if (found && found->kind == Added::Kind::kDuplicate && !duplicate) duplicate = found;
        if (!found) ++fresh;
        if (delivery.key.empty()) continue;
        const auto [same, first] = keys.emplace(delivery.key, delivery.id);
        if (!first) return Added{Added::Kind::kKeyConflict, same->second};
    }
    if (fresh > 0 && duplicate) return Added{Added::Kind::kKeyConflict, duplicate->id};
    if (fresh > room) return Added{Added::Kind::kFull, set.front().id};
    return std::nullopt;
}

resilience::Error disk_full_error(std::string_view where) {
    return {.cls = resilience::ErrorClass::kTransient,
            .scope = resilience::Scope::kBot,
            .message = "writing to the outbox " + std::string{where} +
                       " failed: no space left. Nothing was accepted and nothing is lost; "
                       "free some space and it goes on by itself",
            .rule = "store_full"};
}

}  // namespace messaging::outbox
