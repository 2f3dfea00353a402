#include "messaging/sandbox/rich_text.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

// Whatever is posted as markdown, no tag comes out that was not put in by the renderer itself.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view markdown(reinterpret_cast<const char*>(data), size);
    const auto rich =
        messaging::sandbox::render_markdown(markdown, [](std::string_view, std::string_view value) {
            return std::optional(messaging::sandbox::Mentioned{std::string(value), "<script>"});
        });
    for (const auto* bad : {"<script", "<img", "<iframe", "<svg"}) {
        if (rich.html.find(bad) != std::string::npos) std::abort();
    }
    return 0;
}
