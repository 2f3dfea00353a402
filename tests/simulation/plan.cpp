#include "tests/simulation/plan.hpp"

#include "tests/simulation/dice.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace simulation {

using namespace std::chrono_literals;
using messaging::outbox::EchoEvidence;
using messaging::outbox::Priority;
using messaging::outbox::UncertainPolicy;
using Kind = PlannedFault::Kind;

namespace {

constexpr int kMessages = 100;

constexpr std::array<std::pair<Kind, const char*>, 23> kKinds{{
    {Kind::kOverloaded, "503"},
    {Kind::kThrottled, "429 with Retry-After"},
    {Kind::kRationed, "429 beyond a rate"},
    {Kind::kGatewayBefore, "gateway error, not stored"},
    {Kind::kGatewayAfter, "gateway error, stored"},
    {Kind::kLostAfter, "no answer, stored"},
    {Kind::kLostBefore, "no answer, not stored"},
    {Kind::kResetAfter, "connection reset, stored"},
    {Kind::kSlow, "slow answers"},
    {Kind::kTokenRefused, "token refused"},
    {Kind::kRoomForbidden, "room refuses the bot"},
    {Kind::kNoListing, "no listing"},
    {Kind::kUnknownHost, "unknown host"},
    {Kind::kNoConnection, "no connection"},
    {Kind::kResetBefore, "connection reset, not stored"},
    {Kind::kKill, "process killed"},
    {Kind::kPowerCut, "power cut"},
    {Kind::kCutBefore, "power cut in a write, lost"},
    {Kind::kCutAfter, "power cut in a write, kept"},
    {Kind::kDiskFull, "disk full"},
    {Kind::kWriteFails, "writes fail"},
    {Kind::kAnswerLost, "writes succeed unheard"},
    {Kind::kSlowDisk, "slow disk"},
}};

PlannedMessage make_message(int number, Dice& dice) {
    PlannedMessage message;
    message.number = number;
    message.at = dice.between(0ms, 55min);
    message.destination = dice.between(0, kDestinations - 1);
    message.priority = static_cast<Priority>(dice.between(0, 3));
    message.policy =
        dice.chance(0.4) ? UncertainPolicy::kPreferDelivery : UncertainPolicy::kPreferOnce;
    message.lifetime = dice.chance(0.15) ? dice.between(20s, 5min) : dice.between(20min, 2h);
    if (dice.chance(0.05)) message.not_before = dice.between(10s, 15min);
    if (dice.chance(0.1)) message.max_attempts = static_cast<std::uint32_t>(dice.between(2, 4));
    message.markdown = dice.chance(0.3);
    return message;
}

std::vector<PlannedMessage> make_messages(Dice& dice) {
    std::vector<PlannedMessage> messages;
    for (int number = 1; number <= kMessages; ++number) {
        messages.push_back(make_message(number, dice));
        auto& made = messages.back();
        if (number > 1 && dice.chance(0.3)) {  // several at once, as a report brings them
            made.at = messages[messages.size() - 2].at + dice.between(0ms, 200ms);
            if (dice.chance(0.5)) made.destination = messages[messages.size() - 2].destination;
        }
        if (number > 1 && dice.chance(0.04)) {
            auto& first = messages[messages.size() - 2];
            if (first.twin) continue;
            made = first;
            made.at += dice.between(0ms, 2min);
            made.twin = first.twin = true;
        }
    }
    std::stable_sort(messages.begin(), messages.end(),
                     [](const auto& a, const auto& b) { return a.at < b.at; });
    return messages;
}

PlannedFault make_fault(Dice& dice) {
    PlannedFault fault;
    fault.kind = kKinds[static_cast<std::size_t>(dice.between(0, kKinds.size() - 1))].first;
    fault.from = dice.between(0ms, 50min);
    fault.to = fault.from + (dice.chance(0.6) ? dice.between(2s, 90s) : dice.between(90s, 9min));
    fault.count = dice.between(1, 6);
    fault.destination = dice.between(0, kDestinations - 1);
    const std::array gateways{500, 502, 504};
    fault.status = gateways[static_cast<std::size_t>(dice.between(0, 2))];
    switch (fault.kind) {
        case Kind::kOverloaded:
            if (dice.chance(0.5)) fault.wait = 1s * dice.between(1, 40);
            break;
        case Kind::kThrottled:
            fault.wait = 1s * (dice.chance(0.8) ? dice.between(1, 60) : dice.between(60, 900));
            break;
        case Kind::kSlow:
            fault.wait = dice.chance(0.5) ? dice.between(1s, 20s) : dice.between(29s, 50s);
            break;
        case Kind::kRoomForbidden:
            fault.status = dice.chance(0.7) ? 403 : 404;
            fault.count = dice.chance(0.8) ? 1 : 0;
            break;
        case Kind::kNoListing:
            fault.status = dice.chance(0.5) ? 403 : 503;
            break;
        case Kind::kKill:
        case Kind::kPowerCut:
        case Kind::kCutBefore:
        case Kind::kCutAfter:
            fault.wait = dice.chance(0.7) ? dice.between(100ms, 10s) : dice.between(10s, 4min);
            break;
        case Kind::kSlowDisk:
            fault.wait = dice.between(50ms, 2s);
            break;
        default:
            break;
    }
    return fault;
}

bool has_window(Kind kind) {
    return kind != Kind::kKill && kind != Kind::kPowerCut && kind != Kind::kCutBefore &&
           kind != Kind::kCutAfter && kind != Kind::kWriteFails && kind != Kind::kAnswerLost;
}

bool has_count(Kind kind) {
    return kind == Kind::kThrottled || kind == Kind::kRationed || kind == Kind::kResetBefore ||
           kind == Kind::kWriteFails || kind == Kind::kAnswerLost;
}

bool has_status(Kind kind) {
    return kind == Kind::kGatewayBefore || kind == Kind::kGatewayAfter ||
           kind == Kind::kRoomForbidden || kind == Kind::kNoListing;
}

}  // namespace

Plan make_plan(std::uint64_t seed) {
    Dice dice(seed);
    Plan plan;
    plan.seed = seed;
    plan.messages = make_messages(dice);
    const int faults = dice.between(5, 12);
    for (int i = 0; i < faults; ++i)
        plan.faults.push_back(make_fault(dice));
    std::stable_sort(plan.faults.begin(), plan.faults.end(),
                     [](const auto& a, const auto& b) { return a.from < b.from; });
    plan.service_echoes = dice.chance(0.6);
    plan.echo = static_cast<EchoEvidence>(dice.between(0, plan.service_echoes ? 2 : 1));
    if (dice.chance(0.3)) plan.told_rate = dice.between(2, 20);
    plan.latency = dice.between(20ms, 400ms);
    plan.skew = dice.between(-20s, 20s);
    return plan;
}

std::string clock_text(milliseconds at) {
    const auto ms = at.count();
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%d:%02d:%02d.%03d", static_cast<int>(ms / 3'600'000),
                  static_cast<int>(ms / 60'000 % 60), static_cast<int>(ms / 1'000 % 60),
                  static_cast<int>(ms % 1'000));
    return text.data();
}

std::string destination_text(int destination, int groups) {
    if (destination < groups) return "group " + std::to_string(destination);
    destination -= groups;
    if (destination < kById) return "person " + std::to_string(destination);
    return "mail " + std::to_string(destination - kById);
}

std::string describe(const PlannedFault& fault) {
    const auto* const known = std::find_if(
        kKinds.begin(), kKinds.end(), [&](const auto& one) { return one.first == fault.kind; });
    std::string text = known->second;
    text += " at " + clock_text(fault.from);
    if (has_window(fault.kind)) text += " to " + clock_text(fault.to);
    if (has_status(fault.kind)) text += ", status " + std::to_string(fault.status);
    if (has_count(fault.kind)) text += ", count " + std::to_string(fault.count);
    if (fault.wait > 0ms) text += ", wait " + clock_text(fault.wait);
    if (fault.kind == Kind::kRoomForbidden) {
        text += ", " + destination_text(fault.destination);
        text += fault.count > 0 ? ", released afterwards" : ", never released";
    }
    return text;
}

std::string describe(const Plan& plan) {
    const std::array echo{"off", "auto", "on"};
    std::string text = "settings: echo " + std::string(echo[static_cast<std::size_t>(plan.echo)]);
    text += plan.service_echoes ? " (the service echoes)" : " (the service does not echo)";
    text += plan.told_rate > 0 ? ", told " + std::to_string(static_cast<int>(plan.told_rate)) + "/s"
                               : ", told no rate";
    text += ", latency " + std::to_string(plan.latency.count()) +
            " ms, clock of the service off by " + std::to_string(plan.skew.count()) + " ms\n";
    for (const auto& fault : plan.faults)
        text += "fault: " + describe(fault) + "\n";
    for (const auto& message : plan.messages) {
        text += "message: #" + std::to_string(message.number) + " at " + clock_text(message.at);
        text += " to " + destination_text(message.destination, plan.groups) + ", ";
        text += to_string(message.priority);
        text += ", ";
        text += to_string(message.policy);
        text += ", lives " + clock_text(message.lifetime);
        if (message.not_before > 0ms) text += ", not before +" + clock_text(message.not_before);
        if (message.max_attempts > 0)
            text += ", at most " + std::to_string(message.max_attempts) + " attempts";
        if (message.twin) text += ", a twin";
        text += "\n";
    }
    return text;
}

}  // namespace simulation
