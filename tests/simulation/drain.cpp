#include "tests/simulation/drain.hpp"

#include "tests/simulation/dice.hpp"

namespace simulation {

using namespace std::chrono_literals;
using messaging::outbox::EchoEvidence;

namespace {

constexpr auto kOutage = 10min;
constexpr int kPerSecond = 25;  // accepted during the outage
constexpr int kBorne = 50;      // a second, by the service

}  // namespace

Drain drain(double told, std::uint64_t seed) {
    Plan plan;
    plan.seed = seed;
    plan.groups = 200;
    plan.told_rate = told;
    plan.echo = EchoEvidence::kOff;
    plan.service_echoes = false;
    plan.length = kOutage;
    Dice dice(seed);
    const int count = kPerSecond * static_cast<int>(std::chrono::seconds{kOutage}.count());
    for (int number = 1; number <= count; ++number) {
        PlannedMessage message;
        message.number = number;
        message.at = 1'000ms * number / kPerSecond;
        message.destination = dice.between(0, plan.groups - 1);
        message.lifetime = 4h;
        plan.messages.push_back(message);
    }
    plan.faults.push_back({.kind = PlannedFault::Kind::kOverloaded, .to = kOutage});
    plan.faults.push_back(
        {.kind = PlannedFault::Kind::kRationed, .from = kOutage, .to = 4h, .count = kBorne});

    const auto outcome = run(plan);
    const auto& counts = outcome.counts;
    Drain result;
    result.finding = outcome.finding;
    result.ideal_seconds = static_cast<double>(count) / kBorne;
    result.seconds = std::chrono::duration<double>(counts.last_delivered_at - kOutage).count();
    result.refused_share = static_cast<double>(counts.refused) /
                           static_cast<double>(counts.refused + counts.delivered);
    result.refused_burst = counts.refused_burst;
    return result;
}

}  // namespace simulation
