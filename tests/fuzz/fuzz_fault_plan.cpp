#include "messaging/sandbox/hook_queue.hpp"

#include <cstdlib>

// A plan that is accepted reads back to the same text, and decides without harm; a delivery that
// is to be sent leaves the queue sooner or later, once and with its body unharmed.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace messaging::sandbox;  // NOLINT(google-build-using-namespace)
    auto plan = FaultPlan::parse({reinterpret_cast<const char*>(data), size});
    if (!plan.ok()) return plan.error().message.empty() ? std::abort(), 0 : 0;
    const auto again = FaultPlan::parse(plan.value().json());
    if (!again.ok() || again.value().json() != plan.value().json()) std::abort();
    const RequestFacts facts{"POST", "/v1/messages", "a=b", "", false, [] { return "room"; }};
    const auto decision = plan.value().decide(facts, {});
    const auto answer = fault_response(decision.shape, {}, "tracking");
    const int wanted = decision.shape.status;
    if (decision.fail && wanted != 0 && wanted != answer.status) std::abort();
    (void)plan.value().decide_cut(facts, {});
    const auto fate = plan.value().decide_hook({"messages", "created", "room", "person"}, {});
    HookQueue queue;
    if (fate.is_sent()) queue.add({"id", "", "{}"}, fate, {});
    const auto due = queue.take_due(queue.next().value_or(HookQueue::Instant{}));
    if (due.size() != (fate.is_sent() ? 1U : 0U)) std::abort();
    return queue.next() ? std::abort(), 0 : 0;
}
