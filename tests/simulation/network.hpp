#pragma once

#include "messaging/http/client.hpp"
#include "tests/simulation/dice.hpp"
#include "tests/simulation/far_side.hpp"
#include "tests/simulation/ledger.hpp"
#include "tests/simulation/plan.hpp"
#include "tests/simulation/timeline.hpp"

#include <functional>
#include <unordered_map>
#include <vector>

namespace simulation {

/// The HTTP client of the process, and all that lies between it and the service, in virtual time.
///
/// `poll` is where time passes: it lets the next thing on the timeline happen, whatever it is. The
/// process ends there as well, by a `ProcessEnded` that goes through the sender as a kill would.
class Network final : public messaging::http::Client {
public:
    struct ProcessEnded {};

    Network(const Plan& plan,
            resilience::VirtualClock& clock,
            Timeline& timeline,
            FarSide& far_side,
            Ledger& ledger);

    Id start(messaging::http::Request request, Done done) override;
    void cancel(Id id) override { waiting_.erase(id); }
    void poll(milliseconds limit) override;
    void wake() override {}

    /// Called at the beginning of each `poll`.
    std::function<void()> between = {};
    /// The service has stored a message: its echo may be on its way.
    std::function<void(const FarSide::Stored&)> stored = {};

    /// What is under way is nobody's any more; what has left arrives all the same.
    void process_ended();
    void process_started() { alive_ = true; }
    /// The next `poll` ends the process.
    void end_process() { alive_ = false; }
    bool alive() const { return alive_; }
    /// Something has happened that the process notices: `poll` returns.
    void stir() { stirred_ = true; }

private:
    struct Waiting {
        Asked asked;
        Done done;
    };

    std::optional<messaging::http::Failure> lost_on_the_way(
        const messaging::http::Request& request);
    void arrive(Id id, const messaging::http::Request& request, resilience::Instant timeout);
    void answer(Id id, messaging::http::Outcome outcome);
    milliseconds one_way();

    const Plan& plan_;
    resilience::VirtualClock& clock_;
    const resilience::Instant begin_;
    Timeline& timeline_;
    FarSide& far_side_;
    Ledger& ledger_;
    Dice dice_;
    Id last_id_ = 0;
    std::unordered_map<Id, Waiting> waiting_;
    std::vector<int> resets_left_;  // by fault
    bool alive_ = true;
    bool stirred_ = false;
};

}  // namespace simulation
