#pragma once

#include "messaging/outbox/delivery.hpp"
#include "messaging/outbox/store.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace messaging::outbox {

/// What all stores decide alike. Pure functions and limits, no state.

/// Scheduled deliveries that one claim lets into their lanes, and heads that one claim ends as
/// expired: more than that would make one transaction long enough to be felt by everyone else.
inline constexpr std::size_t kPromotedPerClaim = 256;
inline constexpr std::size_t kExpiredPerClaim = 1000;
/// Rows that one transaction of `trim` deletes (measured: 2.5 ms; 5 000 would take 130 ms).
inline constexpr std::size_t kTrimmedPerTransaction = 1000;

/// True for the moves that `Transition` allows.
bool allowed(State from, State to);

/// True when `added` does not enter its lane at once.
inline bool scheduled_later(const NewDelivery& added) {
    return added.not_before > added.accepted;
}

/// Adds what `from` changes to the end of `to`; a claim is not part of it.
void merge(Batch& to, Batch from);

/// How many rows a batch is about, for the size of a transaction.
std::size_t rows_of(const Batch& batch);

/// How a delivery ends whose deadline passes while it waits. One that was to be repeated without
/// evidence may have arrived before.
DeadReason expiry_reason(std::uint32_t repeats);

/// What the journal says about a delivery that a claim ended, and one that a crash interrupted.
AttemptNote expired_note();
AttemptNote interrupted_note();

/// 128 bits that stand for an idempotency key or for a content.
using Fingerprint = std::array<std::uint8_t, 16>;

/// SHA-256 of the key, cut to 16 bytes.
Fingerprint key_fingerprint(std::string_view key);
/// The same of what would arrive: destination, payload and file, and how many come together.
Fingerprint content_fingerprint(const NewDelivery& delivery);

/// The deliveries of `batch` from `first` on that are accepted together.
std::span<const NewDelivery> set_at(const std::vector<NewDelivery>& added, std::size_t first);

/// Why none of a set is accepted; empty: all are. `known` says what the store has of a delivery
/// already (empty: nothing), `room` how many more it takes.
std::optional<Added> refusal(std::span<const NewDelivery> set,
                             const std::function<std::optional<Added>(const NewDelivery&)>& known,
                             std::uint64_t room);

/// The error of a store that has no room left on its disk.
resilience::Error disk_full_error(std::string_view where);

}  // namespace messaging::outbox
