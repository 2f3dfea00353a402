#include "bot/cli/control_protocol.hpp"
#include "bot/cli/dead_protocol.hpp"
#include "bot/cli/facts_protocol.hpp"
#include "bot/cli/fan_out_protocol.hpp"
#include "bot/cli/recall_protocol.hpp"
#include "bot/cli/release_protocol.hpp"
#include "bot/cli/unix_http.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

template <class T>
void must_survive(const resilience::Result<T>& read,
                  resilience::Result<T> (*parse)(std::string_view)) {
    if (!read.ok()) return;
    const auto again = parse(to_json(read.value()));
    if (!again.ok() || !(again.value() == read.value())) std::abort();
}

// Of what has no operator ==: its text comes back as it was.
template <class T>
void must_stay(const resilience::Result<T>& read,
               resilience::Result<T> (*parse)(std::string_view)) {
    if (!read.ok()) return;
    const auto text = to_json(read.value());
    const auto again = parse(text);
    if (!again.ok() || to_json(again.value()) != text) std::abort();
}

}  // namespace

// What comes over the control socket is refused or means the same after being written again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    using namespace bot::cli;
    must_survive(send_request_from_json(bytes), send_request_from_json);
    must_survive(fan_out_request_from_json(bytes), fan_out_request_from_json);
    must_survive(dead_request_from_json(bytes), dead_request_from_json);
    must_survive(recall_request_from_json(bytes), recall_request_from_json);
    must_survive(release_request_from_json(bytes), release_request_from_json);
    must_survive(fan_out_reply_from_json(bytes), fan_out_reply_from_json);
    must_survive(recall_reply_from_json(bytes), recall_reply_from_json);
    must_stay(dead_reply_from_json(bytes), dead_reply_from_json);
    must_stay(facts_from_json(bytes), facts_from_json);
    const auto timeline = timeline_from_json(bytes);
    if (timeline.ok() && !timeline_from_json(to_json(timeline.value())).ok()) {
        std::abort();
    }
    const auto response = parse_response(bytes);
    if (response.ok() && response.value() && response.value()->body.size() > size) std::abort();
    return 0;
}
