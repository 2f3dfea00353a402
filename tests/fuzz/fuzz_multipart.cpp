#include "messaging/sandbox/multipart.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

// Whatever is uploaded, every part lies inside of the body and does not hold the delimiter. The
// input up to the first line break is the Content-Type.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view all(reinterpret_cast<const char*>(data), size);
    const auto type = all.substr(0, all.find('\n'));
    const auto body = all.substr(type.size());
    const auto boundary = messaging::sandbox::form_boundary(type);
    if (!boundary) return 0;
    const auto parts = messaging::sandbox::parse_form(body, *boundary);
    for (std::size_t i = 0; parts && i < parts->size(); ++i) {
        const auto& part = (*parts)[i];
        if (part.name.empty()) std::abort();
        if (part.data.find("\r\n--" + *boundary) != std::string_view::npos) std::abort();
        if (part.data.size() > body.size()) std::abort();
    }
    return 0;
}
