#include "bot/charts/png.hpp"

#include <array>
#include <cstddef>

namespace bot::charts {
namespace {

constexpr std::string_view kSignature("\x89PNG\r\n\x1a\n", 8);
// Length, type and CRC around the data of a chunk.
constexpr std::size_t kChunkFrame = 12;
constexpr std::uint32_t kSideMax = 20'000;

std::uint32_t read_u32(std::string_view bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        value = (value << 8U) | static_cast<unsigned char>(bytes[at + i]);
    }
    return value;
}

constexpr auto kCrcTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t n = 0; n < table.size(); ++n) {
        std::uint32_t c = n;
        for (int bit = 0; bit < 8; ++bit)
            c = (c & 1U) != 0 ? 0xEDB88320U ^ (c >> 1U) : c >> 1U;
        table.at(n) = c;
    }
    return table;
}();

std::uint32_t crc(std::string_view bytes) {
    std::uint32_t c = 0xFFFFFFFFU;
    for (const char byte : bytes) {
        c = kCrcTable[(c ^ static_cast<unsigned char>(byte)) & 0xFFU] ^ (c >> 8U);
    }
    return c ^ 0xFFFFFFFFU;
}

}  // namespace

resilience::Result<PngSize> check_png(std::string_view bytes) {
    const auto fail = [](const char* what) { return resilience::permanent_error(what); };
    if (bytes.substr(0, kSignature.size()) != kSignature) return fail("it is not a PNG");
    PngSize size;
    std::size_t image_bytes = 0;
    for (auto at = kSignature.size();;) {
        if (bytes.size() - at < kChunkFrame) return fail("the PNG breaks off");
        const std::size_t length = read_u32(bytes, at);
        if (length > bytes.size() - at - kChunkFrame) return fail("the PNG breaks off");
        const auto type = bytes.substr(at + 4, 4);
        if (read_u32(bytes, at + 8 + length) != crc(bytes.substr(at + 4, 4 + length))) {
            return fail("the PNG is damaged");
        }
        if ((at == kSignature.size()) != (type == "IHDR")) return fail("the PNG has no header");
        if (type == "IHDR") {
            if (length != 13) return fail("the PNG has no header");
            size = {read_u32(bytes, at + 8), read_u32(bytes, at + 12)};
        }
        if (type == "IDAT") image_bytes += length;
        at += kChunkFrame + length;
        if (type != "IEND") continue;
        if (at != bytes.size()) return fail("the PNG goes on behind its end");
        break;
    }
    const auto sound = [](std::uint32_t side) { return side > 0 && side <= kSideMax; };
    if (!sound(size.width) || !sound(size.height) || image_bytes == 0) {
        return fail("the PNG is empty");
    }
    return size;
}

}  // namespace bot::charts
