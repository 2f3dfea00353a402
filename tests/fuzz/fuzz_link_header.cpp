// Whatever a server sends: the next page is a part of the header as it stands, only addresses of
// the configured service get the token, and what was mended needs no more mending.
#include "messaging/webex/link.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace messaging::webex;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view header(reinterpret_cast<const char*>(data), size);
    const auto next = next_link(header);
    if (!next) return 0;
    if (next->empty() || header.find("<" + *next + ">") == header.npos) std::abort();
    constexpr std::string_view kBase = "http://127.0.0.1:80/v1";
    const bool own = next->find("127.0.0.1") != next->npos;
    if (may_carry_token(kBase, *next) && !own) std::abort();
    const auto mended = mended_next(*next, "http://127.0.0.1/v1/messages?max=9&mentionedPeople=me");
    if (mended_next(mended, mended) != mended) std::abort();
    return 0;
}
