// Whatever is to be sent: the parts in a row are the text, each fits, and the bound of the html
// holds.
#include "messaging/content/html_bound.hpp"
#include "messaging/content/split.hpp"
#include "messaging/sandbox/rich_text.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace messaging;  // NOLINT(google-build-using-namespace)
    const std::string text(data, data + size);
    const sandbox::FindMentioned nobody = [](auto, auto) { return std::nullopt; };
    if (html_bound(text) < sandbox::render_markdown(text, nobody).html.size()) std::abort();
    const SplitOptions small{.bytes_max = 64 + size % 100, .html_max = 1200};
    std::string all;
    for (const auto& part : split_text(text, small)) {
        all += part.content;
        if (part.text.size() > small.bytes_max) std::abort();
    }
    return all == text ? 0 : (std::abort(), 0);
}
