#include "bot/charts/pixels.hpp"
#include "bot/charts/renderer.hpp"
#include "tests/bot/local_reader.hpp"
#include "tests/bot/read_file.hpp"
#include "tests/support/temp_folder.hpp"

#include <catch2/catch.hpp>
#include <png.h>

#include <string>
#include <vector>

using bot::charts::Drawing;
using bot::charts::is_blank;
using bot::charts::Kind;
using bot::charts::NoPicture;
using bot::charts::Picture;
using bot::charts::Policy;
using bot::charts::Renderer;
using bot::charts::Spec;

namespace {

// A PNG of 40 x 30 pixels of one colour, with one pixel of another.
std::string png(std::vector<std::uint8_t> colour, std::vector<std::uint8_t> pixel) {
    std::vector<std::uint8_t> pixels;
    for (int i = 0; i < 40 * 30; ++i)
        pixels.insert(pixels.end(), colour.begin(), colour.end());
    std::copy(pixel.begin(), pixel.end(), pixels.begin() + 4 * 500);
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = 40;
    image.height = 30;
    image.format = PNG_FORMAT_RGBA;
    png_alloc_size_t size = 0;
    REQUIRE(png_image_write_get_memory_size(image, size, 0, pixels.data(), 0, nullptr) != 0);
    std::string bytes(size, '\0');
    REQUIRE(png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels.data(), 0, nullptr) !=
            0);
    return bytes;
}

struct Setup {
    tests::TempFolder folder;
    resilience::VirtualClock clock{resilience::SystemClock().wall_now()};
    tests::LocalReader reader{clock};
    Renderer renderer{{.cache_dir = folder.path("cache")}, reader, clock};
    Spec spec;

    Setup() {
        spec.name = "map";
        spec.title = "Map";
        spec.kind = Kind::kPicture;
        spec.data.format = bot::sources::Format::kPng;
    }
    Drawing draw(const std::string& bytes) {
        spec.data.from = bot::sources::File{folder.write("map.png", bytes)};
        return renderer.draw(spec);
    }
    std::string sentence(const std::string& bytes) {
        auto drawing = draw(bytes);
        REQUIRE(std::holds_alternative<NoPicture>(drawing));
        return std::get<NoPicture>(drawing).sentence;
    }
    Picture picture(const std::string& bytes) {
        auto drawing = draw(bytes);
        REQUIRE(std::holds_alternative<Picture>(drawing));
        return std::get<Picture>(drawing);
    }
};

const std::vector<std::uint8_t> kWhite = {255, 255, 255, 255};
const std::vector<std::uint8_t> kBlack = {0, 0, 0, 255};
const std::vector<std::uint8_t> kClear = {9, 9, 9, 0};

}  // namespace

TEST_CASE("a picture of one colour, or of none, is blank", "[charts]") {
    CHECK(is_blank(png(kWhite, kWhite)).value());
    CHECK(is_blank(png(kBlack, kBlack)).value());
    CHECK(is_blank(png(kBlack, {2, 0, 1, 255})).value());
    CHECK(is_blank(png(kClear, {200, 0, 0, 0})).value());
    CHECK_FALSE(is_blank(png(kWhite, kBlack)).value());
    CHECK_FALSE(is_blank(png(kClear, kBlack)).value());
    CHECK_FALSE(is_blank("").ok());
    CHECK_FALSE(is_blank("\x89PNG\r\n\x1a\n").ok());
}

TEST_CASE("a picture of somebody else is passed on as it is", "[charts]") {
    Setup setup;
    const auto bytes = png(kWhite, kBlack);
    const auto picture = setup.picture(bytes);
    CHECK(tests::read_file(picture.path) == bytes);
    CHECK(picture.width == 40);
    CHECK(picture.height == 30);
    CHECK(picture.file_name == "map.png");
    CHECK(picture.alt_text.find("Picture \"Map\", data as of ") == 0);
    CHECK(picture.freshness.warnings.empty());
}

TEST_CASE("a picture that shows nothing, or cannot be read, follows the chart's policy",
          "[charts]") {
    Setup setup;
    const auto blank = png(kWhite, kWhite);
    const auto half = png(kWhite, kBlack).substr(0, 60);
    CHECK(setup.sentence(blank) ==
          "I do not show the chart map: its picture is blank, all of one colour.");
    CHECK(setup.sentence(half).find(
              "I do not show the chart map: its picture cannot be read, the PNG") == 0);
    setup.spec.honesty.blank = Policy::kWarn;
    setup.spec.honesty.unreadable = Policy::kWarn;
    CHECK(setup.picture(blank).freshness.warnings ==
          std::vector<std::string>{"Its picture is blank, all of one colour."});
    const auto unreadable = setup.picture(half);
    CHECK(unreadable.width == 0);
    REQUIRE(unreadable.freshness.warnings.size() == 1);
    CHECK(tests::read_file(unreadable.path) == half);
    setup.spec.honesty.blank = Policy::kSend;
    CHECK(setup.picture(blank).freshness.warnings.empty());
    CHECK(setup.sentence(std::string((1U << 20U) + 1, 'x')) ==
          "I cannot draw the chart map: its picture is larger than 1 MiB.");
}
