#include <messaging/outbox/memory_store.hpp>
#include <messaging/outbox/outbox.hpp>
#include <messaging/send.hpp>

int main() {
    messaging::outbox::MemoryStore store;
    resilience::SystemClock clock;
    messaging::outbox::Outbox outbox(store, clock, {.inline_commits = true});
    messaging::Messenger messenger(outbox, nullptr, clock);
    return messenger.post(messaging::room("ops"), {.markdown = "hello"}).ok() ? 0 : 1;
}
