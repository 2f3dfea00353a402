#include "tests/simulation/ledger.hpp"

#include "messaging/sandbox/oracle.hpp"
#include "resilience/presets.hpp"

#include <algorithm>
#include <utility>

namespace simulation {

using namespace std::chrono_literals;
using namespace messaging::outbox;
using messaging::http::Failure;
using messaging::http::Outcome;
using messaging::http::Response;

namespace {

std::string text_of(const Outcome& outcome) {
    if (const auto* const response = std::get_if<Response>(&outcome)) {
        const auto wait = messaging::http::find_header(response->headers, "Retry-After");
        return std::to_string(response->status) +
               (wait.empty() ? "" : ", Retry-After " + std::string(wait));
    }
    return std::get<Failure>(outcome).message;
}

std::string what(const Asked& asked) {
    if (asked.probe) return "probe";
    if (!asked.post) return "look";
    return "post #" + std::to_string(asked.number) + (asked.marked ? " (marked)" : "");
}

}  // namespace

Ledger::Ledger(const Plan& plan, const resilience::VirtualClock& clock)
    : plan_(plan), clock_(clock), begin_(clock.now()) {}

void Ledger::note(const std::string& text) {
    if (!tracing_) return;
    trace_ += clock_text(std::chrono::floor<milliseconds>(clock_.now() - begin_)) + "  " + text;
    trace_ += '\n';
}

void Ledger::broken(const char* rule, const std::string& what) {
    note("BROKEN: " + std::string(rule) + ": " + what);
    if (finding_) return;
    finding_ = Finding{rule, what, std::chrono::floor<milliseconds>(clock_.now() - begin_)};
}

void Ledger::mix(std::uint64_t value) {
    value += static_cast<std::uint64_t>((clock_.now() - begin_).count());
    fingerprint_ = (fingerprint_ ^ value) * 0x9E3779B97F4A7C15U + (fingerprint_ >> 29U);
}

// Null where two messages have this text: then nobody can say which of them it was.
Ledger::Entry* Ledger::only_entry(int number) {
    const auto text = texts_.find(number);
    if (text == texts_.end() || text->second.ids.empty()) return nullptr;
    auto& entry = entries_.at(text->second.ids.front());
    return entry.planned->twin ? nullptr : &entry;
}

void Ledger::on_asked(const Asked& asked) {
    if (tracing_) note("-> " + what(asked));
    mix(static_cast<std::uint64_t>(asked.number) * 4 + (asked.post ? 1 : 2));
    if (clock_.now() < wait_until_) {
        broken("a request before a Retry-After had passed", what(asked));
    }
    if (held_ && !asked.probe) broken("a held bot sends nothing but its probe", what(asked));
    if (asked.post) check_post(asked);
}

void Ledger::check_post(const Asked& asked) {
    ++counts_.posts;
    check_rate();
    const auto text = texts_.find(asked.number);
    if (text == texts_.end()) {
        return broken("nothing is sent that was not accepted", what(asked));
    }
    auto& some = entries_.at(text->second.ids.front());
    if (++room_of(some).in_flight > 1) {
        broken("one request at a time to a room", what(asked));
    }
    const auto& ids = text->second.ids;
    const bool intended = std::any_of(ids.begin(), ids.end(), [this](auto id) {
        return entries_.at(id).state == State::kSending;
    });
    if (!intended) broken("no request without a durable intent", what(asked));
    auto* const entry = only_entry(asked.number);
    if (entry == nullptr) return;
    if (asked.marked != (entry->repeats > 0)) {
        broken("a repeat is marked, and nothing else", what(asked));
    }
    const auto back_off = back_off_.find(entry->id.value);
    if (back_off != back_off_.end() && clock_.now() < back_off->second) {
        broken("the amplification is bounded: no attempt before its back-off has passed",
               what(asked));
    }
    entry->last = Last::kAsked;
    check_order(*entry);
}

// Everything before it in its lane must have ended. What is scheduled enters its lane later.
void Ledger::check_order(const Entry& entry) {
    if (entry.planned->not_before > 0ms) return;
    const auto& planned = *entry.planned;
    for (const auto id : lanes_[{planned.destination, static_cast<int>(planned.priority)}]) {
        if (id == entry.id.value) return;
        const auto& before = entries_.at(id);
        if (before.planned->not_before > 0ms || before.state >= State::kDelivered) continue;
        return broken("order within a room and priority",
                      "#" + std::to_string(planned.number) + " is sent before #" +
                          std::to_string(before.planned->number) + " has ended");
    }
}

// The generic cell rate algorithm once more, in nanoseconds.
void Ledger::check_rate() {
    if (plan_.told_rate <= 0) return;
    const auto interval = static_cast<std::int64_t>(1e9 / plan_.told_rate);
    const auto at = (clock_.now() - begin_).count();
    const auto burst = static_cast<std::int64_t>(DispatcherOptions{}.rate_burst);
    if (rate_full_at_ - (burst - 1) * interval > at + 1'000'000) {
        broken("no more requests than the rate and the burst allow",
               std::to_string(plan_.told_rate) + "/s");
    }
    rate_full_at_ = std::max(rate_full_at_, at) + interval;
}

void Ledger::on_abandoned(const Asked& asked) {
    const auto text = texts_.find(asked.number);
    if (asked.post && text != texts_.end()) {
        --room_of(entries_.at(text->second.ids.front())).in_flight;
    }
}

void Ledger::on_answer(const Asked& asked, const Outcome& outcome) {
    if (tracing_) note("<- " + what(asked) + ": " + text_of(outcome));
    on_abandoned(asked);
    const auto* const response = std::get_if<Response>(&outcome);
    mix(response != nullptr ? static_cast<std::uint64_t>(response->status) : 1);
    if (response != nullptr) hear_wait(*response);
    if (asked.post) judge_post(asked, outcome);
    if (asked.probe && response != nullptr && response->status == 200) held_ = false;
}

void Ledger::hear_wait(const Response& response) {
    const auto header = messaging::http::find_header(response.headers, "Retry-After");
    const auto wait = messaging::sandbox::retry_wait(header, clock_.wall_now());
    if (!wait || (response.status != 429 && response.status != 503)) return;
    wait_told_ = clock_.now();
    wait_until_ = std::max(wait_until_, clock_.now() + *wait);
    if (response.status != 429) return;
    ++counts_.refused;
    if (clock_.now() - burst_begin_ >= 1s) {
        burst_begin_ = clock_.now();
        burst_ = 0;
    }
    counts_.refused_burst = std::max(counts_.refused_burst, ++burst_);
}

// Which answers are attempts, and what the next one has to wait for.
void Ledger::judge_post(const Asked& asked, const Outcome& outcome) {
    const auto* const response = std::get_if<Response>(&outcome);
    const auto* const failure = std::get_if<Failure>(&outcome);
    const int status = response != nullptr ? response->status : 0;
    const bool unknown_host = failure != nullptr && failure->kind == resilience::FailureKind::kDns;
    if (status == 401 || unknown_host) held_ = true;
    auto* const entry = only_entry(asked.number);
    if (entry == nullptr) return;
    const bool dated = response != nullptr &&
                       !messaging::http::find_header(response->headers, "Retry-After").empty();
    const bool no_attempt =
        dated || status == 401 || status == 403 || status == 404 || unknown_host;
    entry->last = no_attempt ? Last::kNoAttempt : Last::kAttempt;
    entry->refused = status == 400;
    if (no_attempt || (status >= 200 && status < 300)) return;
    const auto policy = resilience::presets::webex();
    const auto range = resilience::backoff_range(policy.backoff, entry->attempts + 1, {});
    const bool surely_not_sent = status == 503 || (failure != nullptr && failure->bytes_sent == 0U);
    if (surely_not_sent) back_off_[entry->id.value] = clock_.now() + range.lo;
}

void Ledger::on_stored(int number, bool marked) {
    note("   stored #" + std::to_string(number) + (marked ? " (marked)" : ""));
    mix(static_cast<std::uint64_t>(number) * 4 + 3);
    ++counts_.stored;
    auto& text = texts_[number];
    if (!marked) {
        if (++text.copies > static_cast<int>(text.ids.size())) {
            broken("delivered at most once, unless it is marked as a repeat",
                   "#" + std::to_string(number) + " is in its room " + std::to_string(text.copies) +
                       " times without a mark");
        }
        return;
    }
    ++counts_.repeats;
    ++text.marked;
    std::uint32_t allowed = 0;
    for (const auto id : text.ids) {
        const auto& entry = entries_.at(id);
        const bool may = entry.planned->policy == UncertainPolicy::kPreferDelivery;
        if (may && entry.was_uncertain) allowed += entry.repeats;
    }
    if (text.marked > static_cast<int>(allowed)) {
        broken("a repeat only after prefer_delivery has met an uncertain outcome",
               "#" + std::to_string(number));
    }
}

void Ledger::on_release_ordered(const std::string& destination) {
    auto& room = rooms_[destination];
    if (room.held) note("release of a room is ordered");
    room.release_ordered = room.held;
}

void Ledger::on_turn() {
    if (clock_.now() != std::exchange(last_turn_, clock_.now())) turns_at_once_ = 0;
    if (++turns_at_once_ > 10'000) broken("the sender does not turn in vain", "10000 times");
}

bool Ledger::in_trouble() const {
    const auto at = std::chrono::floor<milliseconds>(clock_.now() - begin_);
    const bool planned = std::any_of(
        plan_.faults.begin(), plan_.faults.end(),
        [at](const PlannedFault& fault) { return at >= fault.from && at < fault.to + fault.wait; });
    return planned || !up_ || held_ || clock_.now() < wait_until_;
}

bool Ledger::disk_is_full() const {
    const auto at = std::chrono::floor<milliseconds>(clock_.now() - begin_);
    return std::any_of(plan_.faults.begin(), plan_.faults.end(), [at](const PlannedFault& fault) {
        return fault.kind == PlannedFault::Kind::kDiskFull && at >= fault.from && at < fault.to;
    });
}

void Ledger::check() {
    if (clock_.now() < next_look_) return;
    next_look_ = clock_.now() + 5s;
    check_open();
}

void Ledger::check_open() {
    constexpr auto kCalm = 6min;     // enough for every wait of our own, and the queue behind it
    constexpr auto kOverdue = 3min;  // an answer that does not come, and the looks for evidence
    if (in_trouble()) last_trouble_ = clock_.now();
    if (!up_ || disk_is_full()) last_stop_ = clock_.now();
    const auto now = clock_.now();
    for (const auto id : open_) {
        auto& entry = entries_.at(id);
        const auto name = "#" + std::to_string(entry.planned->number) + " is still " +
                          std::string(to_string(entry.state));
        if (wall() > entry.deadline + kOverdue && now > last_stop_ + kOverdue) {
            return broken("each accepted message ends by its deadline", name);
        }
        const auto& room = room_of(entry);
        if (room.held && !room.release_ordered) continue;
        const auto since = std::max({entry.accepted, entry.not_before, last_trouble_});
        if (now > since + kCalm) return broken("nothing waits without a cause", name);
    }
}

}  // namespace simulation
