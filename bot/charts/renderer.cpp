#include "bot/charts/renderer.hpp"

#include "bot/charts/alternative_text.hpp"
#include "bot/charts/plot.hpp"
#include "bot/charts/png.hpp"
#include "bot/sources/child.hpp"
#include "bot/sources/csv.hpp"
#include "bot/sources/data_file.hpp"
#include "bot/text/time_text.hpp"

#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace bot::charts {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPictureMax = 1U << 20U;

NoPicture no_picture(const Spec& spec, const std::string& reason, std::string detail) {
    return {"I cannot draw the chart " + spec.name + ": " + reason + ".",
            "chart " + spec.name + " failed: " + std::move(detail)};
}

std::string sha256(const std::string& text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string hex;
    for (unsigned i = 0; i < size; ++i) {
        hex += kDigits[digest.at(i) >> 4U];
        hex += kDigits[digest.at(i) & 0xFU];
    }
    return hex;
}

// Writes through a temporary name, so that nobody ever sees half a picture.
bool store(const std::string& path, const std::string& bytes) {
    static std::atomic<unsigned> counter{0};
    const auto temporary =
        path + "." + std::to_string(getpid()) + "-" + std::to_string(++counter) + ".tmp";
    std::ofstream file(temporary, std::ios::binary);
    file << bytes;
    file.close();
    std::error_code error;
    if (file) fs::rename(temporary, path, error);
    if (file && !error) return true;
    fs::remove(temporary, error);
    return false;
}

// Removes the oldest pictures beyond the limit. Failing to is harmless.
void prune(const std::string& folder, std::size_t keep) {
    std::error_code error;
    std::vector<std::pair<fs::file_time_type, fs::path>> files;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        if (entry.path().extension() != ".png") continue;
        files.emplace_back(entry.last_write_time(error), entry.path());
    }
    if (files.size() <= keep) return;
    std::sort(files.begin(), files.end());
    files.resize(files.size() - keep);
    for (const auto& [time, path] : files)
        fs::remove(path, error);
}

}  // namespace

Renderer::Renderer(RendererOptions options, const resilience::Clock& clock)
    : options_(std::move(options)), clock_(clock) {}

Drawing Renderer::draw(const Spec& spec) const {
    auto file = sources::read_data_file(spec.data);
    if (!file.ok()) {
        return no_picture(spec, file.error().message, spec.data + ": " + file.error().message);
    }
    const auto table = sources::parse_csv(file.value().text);
    if (!table.ok()) {
        return no_picture(spec, "its data file is broken, " + table.error().message,
                          spec.data + ": " + table.error().message);
    }
    const auto plot = make_plot(spec, table.value());
    if (!plot.ok()) {
        return no_picture(spec, "its data does not fit, " + plot.error().message,
                          spec.data + ": " + plot.error().message);
    }

    Picture picture;
    picture.file_name = spec.name + ".png";
    picture.as_of = file.value().written;
    picture.stale =
        spec.stale_after.count() > 0 && clock_.wall_now() - picture.as_of > spec.stale_after;
    auto note = "data as of " + text::utc(picture.as_of);
    if (picture.stale) {
        note += ", STALE: older than " + text::duration(spec.stale_after);
    }
    picture.alt_text = alternative_text(spec, plot.value(), note);
    note.front() = 'D';

    const auto script = gnuplot_script(spec, plot.value(), note, picture.stale);
    std::error_code error;
    fs::create_directories(options_.cache_dir, error);
    picture.path = (fs::path(options_.cache_dir) / (sha256(script) + ".png")).string();
    if (const auto cached = sources::read_data_file(picture.path); cached.ok()) {
        if (const auto size = check_png(cached.value().text); size.ok()) {
            picture.width = size.value().width;
            picture.height = size.value().height;
            picture.cached = true;
            return picture;
        }
    }

    const sources::Command command{
        .program = options_.gnuplot,
        .arguments = {"-d"},  // No start-up files of whoever runs the bot.
        .environment = {"PATH=" + options_.search_path, "LC_ALL=C.UTF-8",
                        "XDG_CACHE_HOME=" + options_.cache_dir},
        .input = script,
        .time_max = options_.time_max,
        .memory_max = options_.memory_max,
        .output_max = kPictureMax,
    };
    const auto drawn = sources::run_child(command, clock_);
    if (!drawn.ok()) return no_picture(spec, "the drawing program failed", drawn.error().message);
    const auto size = check_png(drawn.value().bytes);
    if (!size.ok() || size.value().width != spec.width || size.value().height != spec.height) {
        return no_picture(spec, "the drawing program failed",
                          options_.gnuplot + " gave no picture of the right size: " +
                              (size.ok() ? "" : size.error().message) + " " + drawn.value().errors);
    }
    if (!store(picture.path, drawn.value().bytes)) {
        return no_picture(spec, "the picture could not be saved",
                          "cannot write " + picture.path + "; is the disk full?");
    }
    prune(options_.cache_dir, options_.cache_max);
    picture.width = size.value().width;
    picture.height = size.value().height;
    return picture;
}

}  // namespace bot::charts
