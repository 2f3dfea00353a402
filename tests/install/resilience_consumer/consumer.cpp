#include <resilience/blocking.hpp>
#include <resilience/presets.hpp>

int main() {
    resilience::VirtualClock clock;
    int calls = 0;
    const auto answer = resilience::retry(
        resilience::presets::standard(), clock, {}, [] { return 0.5; },
        [&]() -> resilience::Result<int> {
            if (++calls == 1) {
                return resilience::Error{resilience::ErrorClass::kTransient,
                                         resilience::Scope::kMessage, "connection refused"};
            }
            return calls;
        });
    return answer.ok() && answer.value() == 2 ? 0 : 1;
}
