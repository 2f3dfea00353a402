// What the ledger makes of everything that becomes durable.

#include "tests/simulation/ledger.hpp"

#include <algorithm>
#include <cstdlib>

namespace simulation {

using namespace std::chrono_literals;
using namespace messaging::outbox;

namespace {

std::string name(const PlannedMessage& message) {
    return "#" + std::to_string(message.number);
}

}  // namespace

void Ledger::on_applied(const Batch& batch, const Applied& applied, Store& store) {
    for (std::size_t i = 0; i < batch.add.size(); ++i) {
        const auto& answer = applied.added[i];
        const bool fresh = answer.kind == Added::Kind::kStored && answer.id == batch.add[i].id;
        if (fresh) add(batch.add[i]);
    }
    for (const auto& change : batch.transitions)
        apply(change);
    for (const auto& hold : batch.holds) {
        auto& room = rooms_[hold.destination];
        room.held = hold.held;
        room.release_ordered = false;
        note(hold.held ? "   a room is held" : "   a room is released");
    }
    for (const auto id : applied.expired) {
        const auto expired = store.get(id).value_or(std::nullopt);
        if (expired) expire(*expired);
    }
    for (const auto& intent : applied.intents)
        claim(intent);
}

// The origin says which of the planned messages it is.
void Ledger::add(const NewDelivery& added) {
    if (entries_.contains(added.id.value)) return;
    const auto index = static_cast<std::size_t>(std::atoi(added.origin.c_str()));
    Entry entry;
    entry.planned = &plan_.messages[index];
    entry.id = added.id;
    entry.destination = added.destination;
    entry.deadline = added.deadline;
    entry.accepted = clock_.now();
    entry.not_before = clock_.now() + entry.planned->not_before;
    const auto& planned = *entry.planned;
    texts_[planned.number].ids.push_back(added.id.value);
    lanes_[{planned.destination, static_cast<int>(planned.priority)}].push_back(added.id.value);
    if (promised_.erase(added.id.value) > 0) {
        entry.acknowledged = true;
        open_.insert(added.id.value);
    }
    entries_.emplace(added.id.value, entry);
    if (tracing_) note("   durable: " + name(planned));
    mix(added.id.value);
}

void Ledger::on_acknowledged(DeliveryId id) {
    ++accepted_;
    const auto found = entries_.find(id.value);
    if (found == entries_.end()) {
        promised_.insert(id.value);
        return;
    }
    auto& entry = found->second;
    entry.acknowledged = true;
    if (entry.state < State::kDelivered) open_.insert(id.value);
}

void Ledger::claim(const Intent& intent) {
    const auto found = entries_.find(intent.id.value);
    if (found == entries_.end()) return broken("nothing is sent that was not accepted", "?");
    auto& entry = found->second;
    const auto& who = name(*entry.planned);
    if (tracing_) note("   intent: " + who + ", attempt " + std::to_string(intent.attempt));
    if (intent.attempt != entry.attempts + 1) {
        broken("a refusal that says when to come back is no attempt, and all others are",
               who + " is at attempt " + std::to_string(intent.attempt) + " after " +
                   std::to_string(entry.attempts));
    }
    if (room_of(entry).held) broken("a held room is sent nothing", who);
    if (wall() > entry.deadline) broken("nothing is sent after its deadline", who);
    if (clock_.now() < entry.not_before) broken("nothing is sent before its time", who);
    entry.state = State::kSending;
    entry.row_attempts = intent.attempt;
    entry.last = Last::kNone;
}

void Ledger::apply(const Transition& change) {
    const auto found = entries_.find(change.id.value);
    if (found == entries_.end()) return;
    auto& entry = found->second;
    if (entry.state != change.from || entry.row_attempts != change.attempt) return;  // stale
    if (tracing_) {
        note("   " + name(*entry.planned) + " " + std::string(to_string(change.from)) + " -> " +
             std::string(to_string(change.to)) + " (" + change.note.rule + ")");
    }
    mix(change.id.value * 8 + static_cast<std::uint64_t>(change.to));
    const bool twin = entry.planned->twin;
    if (change.from == State::kSending) {
        const bool counts = twin ? !change.uncounted : entry.last == Last::kAttempt;
        if (counts) ++entry.attempts;
        if (change.uncounted) --entry.row_attempts;
    }
    if (change.to == State::kUncertain) entry.was_uncertain = true;
    if (change.repeat) ++entry.repeats;
    if (change.to >= State::kDelivered) {
        check_end(entry, change);
        end(entry, change.to, change.reason);
    } else {
        entry.state = change.to;
        if (change.from == State::kDead && entry.acknowledged) open_.insert(change.id.value);
    }
}

void Ledger::check_end(Entry& entry, const Transition& change) {
    const auto& text = texts_[entry.planned->number];
    const int there = text.copies + text.marked;
    const auto who = name(*entry.planned);
    if (change.to == State::kDelivered) {
        const auto delivered = std::count_if(text.ids.begin(), text.ids.end(), [this](auto id) {
            return entries_.at(id).state == State::kDelivered;
        });
        if (there <= delivered) broken("what is called delivered is in its room", who);
        return;
    }
    const bool gone_for_good =
        change.reason == DeadReason::kRejected || change.reason == DeadReason::kExpired;
    if (gone_for_good && there > 0 && !entry.planned->twin) {
        broken("what is called refused or expired is not in its room",
               who + " is " + std::string(to_string(change.reason)));
    }
    if (change.reason == DeadReason::kRejected && entry.planned->max_attempts == 0 &&
        !entry.refused && !entry.planned->twin) {
        broken("nothing is thrown away for a fault that is not its own", who);
    }
    if (change.reason == DeadReason::kMaybeDelivered && !entry.was_uncertain) {
        broken("maybe_delivered means that an answer was lost", who);
    }
}

void Ledger::expire(const Delivery& expired) {
    auto& entry = entries_.at(expired.id.value);
    if (wall() < entry.deadline) {
        broken("nothing expires before its deadline", name(*entry.planned));
    }
    Transition change;
    change.id = expired.id;
    change.to = State::kDead;
    change.reason = expired.reason;
    if (tracing_) note("   " + name(*entry.planned) + " expires");
    check_end(entry, change);
    end(entry, State::kDead, expired.reason);
}

void Ledger::end(Entry& entry, State state, DeadReason reason) {
    entry.state = state;
    entry.reason = reason;
    open_.erase(entry.id.value);
    back_off_.erase(entry.id.value);
    if (state == State::kDelivered) {
        ++counts_.delivered;
        counts_.last_delivered_at = std::chrono::floor<milliseconds>(clock_.now() - begin_);
    } else {
        ++counts_.dead;
    }
}

void Ledger::on_recovered(const std::vector<Intent>& uncertain) {
    for (const auto& intent : uncertain) {
        auto& entry = entries_.at(intent.id.value);
        if (entry.state == State::kSending) ++entry.attempts;
        entry.state = State::kUncertain;
        entry.was_uncertain = true;
        if (tracing_) note("   uncertain after the restart: " + name(*entry.planned));
    }
}

// A wait that had just been told may be forgotten with the process, but none that was known for
// long enough to be written down.
void Ledger::on_process_ended(Store& store) {
    note("the process has ended");
    const auto quiet_since = std::max(wait_told_, last_stop_);
    up_ = false;
    held_ = false;
    last_trouble_ = last_stop_ = clock_.now();
    check_kept(store);
    const auto kept = store.setting("pause_until").value_or("");
    const milliseconds until{std::strtoll(kept.c_str(), nullptr, 10)};
    const auto on_disk = clock_.now() + (until - wall());
    if (on_disk >= wait_until_) return;
    if (wait_until_ > clock_.now() + 1s && clock_.now() > quiet_since + 10s) {
        broken("a long Retry-After survives a restart", "it is not in the store");
    }
    wait_until_ = on_disk;
}

void Ledger::on_process_started(Store& store) {
    note("a process starts");
    up_ = true;
    last_trouble_ = last_stop_ = clock_.now();
    check_kept(store);
}

// Everything that was accepted is there, in the state that was made durable last.
void Ledger::check_kept(Store& store) {
    if (!promised_.empty()) broken("nothing accepted is lost", "accepted, and nowhere written");
    for (const auto& [id, entry] : entries_) {
        if (!entry.acknowledged) continue;
        const auto kept = store.get(entry.id);
        if (!kept.ok() || !kept.value()) {
            broken("nothing accepted is lost", name(*entry.planned));
        } else if (kept.value()->state != entry.state) {
            broken("what was made durable stays",
                   name(*entry.planned) + " was " + std::string(to_string(entry.state)) +
                       " and is " + std::string(to_string(kept.value()->state)));
        }
    }
}

void Ledger::close(Store& store) {
    if (failed()) return;
    check_kept(store);
    for (const auto id : open_) {
        broken("each accepted message ends by its deadline",
               name(*entries_.at(id).planned) + " has not ended");
    }
}

}  // namespace simulation
