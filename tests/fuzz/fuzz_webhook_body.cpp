#include "messaging/receive/inbound_event.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

// Whatever is posted to the webhook, an event that is read from it has a name for the ledger and
// comes back from there unchanged.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace receive = messaging::receive;
    const std::string_view body(reinterpret_cast<const char*>(data), size);
    const auto parsed = receive::parse_webhook(body);
    if (!parsed.ok()) return 0;
    const auto& event = parsed.value().event;
    if (event.has_value() == !parsed.value().ignored.empty()) std::abort();
    if (!event) return 0;
    if (receive::ledger_id(*event).empty()) std::abort();
    const auto back = receive::inbound_event_from_json(receive::to_json(*event));
    if (!back.ok() || !(back.value() == *event)) std::abort();
    return 0;
}
