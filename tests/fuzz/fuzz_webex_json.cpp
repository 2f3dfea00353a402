// Whatever a server sends: an id that the fast reader finds is the one of the whole message, and an
// error text is one line of bounded length.
#include "messaging/webex/errors.hpp"
#include "messaging/webex/message_json.hpp"
#include "messaging/webex/resources.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace messaging::webex;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto message = parse_message(text);
    if (message.ok() && !parse_id(text).ok()) std::abort();
    const auto list = parse_message_list(text);
    if (list.ok() && list.value().size() > size) std::abort();
    (void)parse_room_list(text).ok();
    const auto line = parse_error_body(text).message;
    if (line.size() > 330 || line.find('\n') != line.npos) std::abort();
    return 0;
}
