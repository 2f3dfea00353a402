#include "bot/cli/control_protocol.hpp"
#include "bot/cli/unix_http.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

// What comes over the control socket is refused or means the same after being written again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto request = bot::cli::send_request_from_json(bytes);
    if (request.ok()) {
        const auto again = bot::cli::send_request_from_json(to_json(request.value()));
        if (!again.ok() || !(again.value() == request.value())) std::abort();
    }
    const auto timeline = bot::cli::timeline_from_json(bytes);
    if (timeline.ok() && !bot::cli::timeline_from_json(to_json(timeline.value())).ok()) {
        std::abort();
    }
    const auto response = bot::cli::parse_response(bytes);
    if (response.ok() && response.value() && response.value()->body.size() > size) std::abort();
    return 0;
}
