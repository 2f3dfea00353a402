#pragma once

#include "messaging/http/client.hpp"
#include "messaging/sandbox/model.hpp"
#include "messaging/sandbox/world.hpp"
#include "resilience/clock.hpp"
#include "tests/simulation/dice.hpp"
#include "tests/simulation/plan.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simulation {

/// The service at the other end: the sandbox's model with the rooms of a plan, under those of its
/// misfortunes that are answers.
class FarSide {
public:
    /// What it stored, seen from outside.
    struct Stored {
        int number = 0;
        int destination = 0;
        bool marked = false;  ///< Its text says that it may be a repeat.
        std::string message_id = {};
        std::string room_id = {};
        bool group = false;
    };

    FarSide(const Plan& plan, const resilience::VirtualClock& clock);

    /// A request has arrived. `stored` is set when it left a message.
    messaging::http::ServerResponse handle(const messaging::http::Request& request,
                                           std::optional<Stored>& stored);

    /// As deliveries name it: "room:…", "person:…" or "email:…".
    const std::string& destination(int index) const {
        return destinations_[static_cast<std::size_t>(index)];
    }
    int destination_index(std::string_view name) const;
    /// The body of POST /messages.
    std::string payload(const PlannedMessage& message) const;
    const std::string& self() const { return bot_.id; }

    static constexpr const char* kBaseUrl = "http://webex.test/v1";
    static constexpr const char* kToken = "the-token";

private:
    messaging::sandbox::Moment now() const;
    messaging::sandbox::FaultPlan rules_of(const Plan& plan) const;
    std::optional<messaging::sandbox::FaultRule> rule_of(const PlannedFault& fault) const;
    std::optional<Stored> newly_stored();

    const resilience::VirtualClock& clock_;
    const milliseconds skew_;
    messaging::sandbox::World world_;
    messaging::sandbox::Files files_;
    messaging::sandbox::Person& bot_;
    std::vector<std::string> destinations_;
    std::vector<messaging::sandbox::Room*> rooms_;  // by destination
    std::vector<std::size_t> counts_;               // messages in each of them
    Dice dice_;
    messaging::sandbox::Model model_;
};

/// The number behind the "#" of a text, 0 when there is none.
int number_in(std::string_view text);

}  // namespace simulation
