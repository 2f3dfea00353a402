#include "messaging/sandbox/fault_plan.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

// A plan that is accepted reads back to the same text, and decides about a request without harm.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using messaging::sandbox::FaultPlan;
    auto plan = FaultPlan::parse({reinterpret_cast<const char*>(data), size});
    if (!plan.ok()) return plan.error().message.empty() ? std::abort(), 0 : 0;
    const auto again = FaultPlan::parse(plan.value().json());
    if (!again.ok() || again.value().json() != plan.value().json()) std::abort();
    messaging::sandbox::RequestFacts facts;
    facts.method = "POST";
    facts.path = "/v1/messages";
    facts.room = [] { return std::string("room"); };
    const auto decision = plan.value().decide(facts, {});
    const auto answer = fault_response(decision.shape, {}, "tracking");
    if (decision.fail && decision.shape.status != answer.status && decision.shape.status != 0) {
        std::abort();
    }
    return 0;
}
