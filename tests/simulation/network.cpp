#include "tests/simulation/network.hpp"

#include <algorithm>
#include <utility>

namespace simulation {

using namespace std::chrono_literals;
using messaging::http::Failure;
using messaging::http::Outcome;
using messaging::http::Request;
using messaging::http::Response;
using messaging::http::ServerResponse;
using resilience::FailureKind;
using Kind = PlannedFault::Kind;

namespace {

constexpr std::uint64_t kHead = 400;  // bytes of a request before its body, about

std::uint64_t size_of(const Request& request) {
    return kHead + (request.body ? request.body->size() : 0);
}

Asked read(const Request& request) {
    Asked asked;
    const auto ends_with = [&request](std::string_view end) {
        return request.url.size() >= end.size() &&
               request.url.compare(request.url.size() - end.size(), end.size(), end) == 0;
    };
    asked.probe = ends_with("/people/me");
    asked.post = request.method == "POST";
    if (asked.post && request.body) {
        asked.number = number_in(*request.body);
        asked.marked = request.body->find("(possible repeat)") != std::string::npos;
    }
    return asked;
}

Failure failure(FailureKind kind, const char* code, std::uint64_t sent, const char* message) {
    Failure made;
    made.kind = kind;
    made.code = code;
    made.bytes_sent = sent;
    made.message = message;
    return made;
}

}  // namespace

Network::Network(const Plan& plan,
                 resilience::VirtualClock& clock,
                 Timeline& timeline,
                 FarSide& far_side,
                 Ledger& ledger)
    : plan_(plan),
      clock_(clock),
      begin_(clock.now()),
      timeline_(timeline),
      far_side_(far_side),
      ledger_(ledger),
      dice_(plan.seed ^ 0x4E74U) {
    for (const auto& fault : plan.faults)
        resets_left_.push_back(fault.kind == Kind::kResetBefore ? fault.count : 0);
}

milliseconds Network::one_way() {
    const auto half = plan_.latency / 2;
    return dice_.between(half - half / 10, half + half / 10);
}

messaging::http::Client::Id Network::start(Request request, Done done) {
    const auto id = ++last_id_;
    if (!alive_) return id;
    auto asked = read(request);
    ledger_.on_asked(asked);
    const auto timeout = clock_.now() + request.timeout;
    auto lost = lost_on_the_way(request);
    waiting_.emplace(id, Waiting{asked, std::move(done)});
    if (lost) {
        const bool patient = lost->kind == FailureKind::kConnectTimeout;
        timeline_.in(patient ? request.connect_timeout : one_way(),
                     [this, id, lost = *std::move(lost)] { answer(id, lost); });
        return id;
    }
    auto shared = std::make_shared<const Request>(std::move(request));
    timeline_.in(one_way(), [this, id, shared, timeout] { arrive(id, *shared, timeout); });
    timeline_.at(timeout, [this, id, sent = size_of(*shared)] {
        answer(id, failure(FailureKind::kReadTimeout, "ETIMEDOUT", sent, "no answer in time"));
    });
    return id;
}

// What keeps a request from arriving at all.
std::optional<Failure> Network::lost_on_the_way(const Request& request) {
    const auto at = std::chrono::floor<milliseconds>(clock_.now() - begin_);
    for (std::size_t i = 0; i < plan_.faults.size(); ++i) {
        const auto& fault = plan_.faults[i];
        if (at < fault.from || at >= fault.to) continue;
        switch (fault.kind) {
            case Kind::kUnknownHost:
                return failure(FailureKind::kDns, "EAI_NONAME", 0, "could not resolve host");
            case Kind::kNoConnection:
                if (dice_.chance(0.5)) {
                    return failure(FailureKind::kConnectTimeout, "ETIMEDOUT", 0, "no connection");
                }
                return failure(FailureKind::kConnect, "ECONNREFUSED", 0, "connection refused");
            case Kind::kResetBefore:
                if (resets_left_[i] == 0) break;
                --resets_left_[i];
                return failure(FailureKind::kSend, "ECONNRESET",
                               dice_.chance(0.5) ? 0 : size_of(request) / 2, "reset by peer");
            default:
                break;
        }
    }
    return std::nullopt;
}

void Network::arrive(Id id, const Request& request, resilience::Instant timeout) {
    std::optional<FarSide::Stored> left;
    ServerResponse response = far_side_.handle(request, left);
    if (left) {
        ledger_.on_stored(left->number, left->marked);
        if (stored) stored(*left);
    }
    const auto& trouble = response.misbehaviour;
    if (trouble.hang) return;
    const auto back = clock_.now() + trouble.delay + one_way();
    if (back >= timeout) return;
    if (trouble.cut_after) {
        auto cut = failure(FailureKind::kReceive, trouble.reset ? "ECONNRESET" : "EOF",
                           size_of(request), "the connection ended before an answer");
        timeline_.at(back, [this, id, cut = std::move(cut)] { answer(id, cut); });
        return;
    }
    Response answered;
    answered.status = response.status;
    answered.headers = std::move(response.headers);
    answered.body = std::move(response.body);
    timeline_.at(back, [this, id, answered = std::move(answered)] { answer(id, answered); });
}

void Network::answer(Id id, Outcome outcome) {
    const auto found = waiting_.find(id);
    if (found == waiting_.end()) return;
    const auto waiting = std::move(found->second);
    waiting_.erase(found);
    stir();
    ledger_.on_answer(waiting.asked, outcome);
    waiting.done(std::move(outcome));
}

void Network::process_ended() {
    for (const auto& [id, waiting] : waiting_)
        ledger_.on_abandoned(waiting.asked);
    waiting_.clear();
}

void Network::poll(milliseconds limit) {
    if (!alive_) throw ProcessEnded{};
    const auto until = clock_.now() + limit;
    ledger_.on_turn();
    stirred_ = false;
    if (between) between();
    while (!stirred_ && alive_) {
        if (!timeline_.has_event_until(until)) {
            timeline_.move_to(until);
            break;
        }
        timeline_.step();
        ledger_.check();
    }
    ledger_.check();
    if (!alive_ || ledger_.failed()) throw ProcessEnded{};
}

}  // namespace simulation
