#include "bot/charts/pixels.hpp"

#include <png.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace bot::charts {
namespace {

constexpr std::uint64_t kPixelsMax = 16'000'000;  // 64 MB when decoded
constexpr int kNoise = 3;                         // of 255: what a lossy step before the PNG leaves

// Frees what libpng holds for a picture.
struct Image {
    png_image image{};

    Image() { image.version = PNG_IMAGE_VERSION; }
    Image(const Image&) = delete;
    Image& operator=(const Image&) = delete;
    ~Image() { png_image_free(&image); }
};

resilience::Error broken(const Image& image) {
    return resilience::permanent_error("it cannot be decoded: " +
                                       std::string(static_cast<const char*>(image.image.message)));
}

}  // namespace

resilience::Result<bool> is_blank(std::string_view png) {
    Image image;
    if (png_image_begin_read_from_memory(&image.image, png.data(), png.size()) == 0) {
        return broken(image);
    }
    const auto pixels = std::uint64_t{image.image.width} * image.image.height;
    if (pixels == 0 || pixels > kPixelsMax) {
        return resilience::permanent_error("it has more than 16 million pixels");
    }
    image.image.format = PNG_FORMAT_RGBA;
    std::vector<std::uint8_t> bytes(PNG_IMAGE_SIZE(image.image));
    if (png_image_finish_read(&image.image, nullptr, bytes.data(), 0, nullptr) == 0) {
        return broken(image);
    }
    bool seen = false;
    bool same = true;
    for (std::size_t at = 0; at < bytes.size() && (same || !seen); at += 4) {
        seen = seen || bytes[at + 3] > kNoise;
        for (std::size_t i = 0; i < 4; ++i)
            same = same && std::abs(bytes[at + i] - bytes[i]) <= kNoise;
    }
    return same || !seen;
}

}  // namespace bot::charts
