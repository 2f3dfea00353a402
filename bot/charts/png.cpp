#include "bot/charts/png.hpp"

#include <array>
#include <cstddef>

namespace bot::charts {
namespace {

constexpr std::string_view kSignature("\x89PNG\r\n\x1a\n", 8);
// Length, type and CRC around the data of a chunk.
constexpr std::size_t kChunkFrame = 12;
constexpr std::size_t kHeaderSize = 13;
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

struct Chunk {
    std::string_view type;
    std::string_view data;
};

// The chunk at the beginning of `bytes`, whole and undamaged.
resilience::Result<Chunk> read_chunk(std::string_view bytes) {
    const auto breaks_off = resilience::permanent_error("the PNG breaks off");
    if (bytes.size() < kChunkFrame) return breaks_off;
    const std::size_t length = read_u32(bytes, 0);
    if (length > bytes.size() - kChunkFrame) return breaks_off;
    if (read_u32(bytes, 8 + length) != crc(bytes.substr(4, 4 + length))) {
        return resilience::permanent_error("the PNG is damaged");
    }
    return Chunk{bytes.substr(4, 4), bytes.substr(8, length)};
}

bool is_sound(std::uint32_t side) {
    return side > 0 && side <= kSideMax;
}

}  // namespace

resilience::Result<PngSize> check_png(std::string_view bytes) {
    const auto fail = [](const char* what) { return resilience::permanent_error(what); };
    if (bytes.substr(0, kSignature.size()) != kSignature) return fail("it is not a PNG");
    bytes.remove_prefix(kSignature.size());
    const auto header = read_chunk(bytes);
    if (!header.ok()) return header.error();
    if (header.value().type != "IHDR" || header.value().data.size() != kHeaderSize) {
        return fail("the PNG has no header");
    }
    const PngSize size{read_u32(header.value().data, 0), read_u32(header.value().data, 4)};
    std::size_t image_bytes = 0;
    std::string_view type;
    for (bytes.remove_prefix(kChunkFrame + kHeaderSize); type != "IEND";) {
        const auto chunk = read_chunk(bytes);
        if (!chunk.ok()) return chunk.error();
        type = chunk.value().type;
        if (type == "IHDR") return fail("the PNG has a second header");
        if (type == "IDAT") image_bytes += chunk.value().data.size();
        bytes.remove_prefix(kChunkFrame + chunk.value().data.size());
    }
    if (!bytes.empty()) return fail("the PNG goes on behind its end");
    if (!is_sound(size.width) || !is_sound(size.height) || image_bytes == 0) {
        return fail("the PNG is empty");
    }
    return size;
}

}  // namespace bot::charts
