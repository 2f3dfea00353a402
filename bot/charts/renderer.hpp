#pragma once

#include "bot/charts/spec.hpp"
#include "resilience/clock.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>

namespace bot::charts {

/// A chart on disk, and how fresh it is.
struct Picture {
    std::string path;
    std::string file_name;  ///< To show in the room, "mttr.png".
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    resilience::Clock::WallTime as_of = {};  ///< When the data file was last written.
    bool stale = false;                      ///< Older than the chart's `stale_after`.
    bool cached = false;                     ///< Drawn earlier from the same data.
    /// What the picture shows, for those who cannot see it.
    std::string alt_text;
};

/// Why there is no picture: a sentence for the room and the detail for the log.
struct NoPicture {
    std::string sentence;
    std::string detail;
};

using Drawing = std::variant<Picture, NoPicture>;

struct RendererOptions {
    std::string gnuplot = "gnuplot";                           ///< Path or name in PATH.
    std::string search_path = "/usr/local/bin:/usr/bin:/bin";  ///< PATH of the child.
    std::string cache_dir;  ///< Made when missing. Holds the last `cache_max` pictures.
    std::size_t cache_max = 64;
    std::chrono::milliseconds time_max{10'000};
    std::uint64_t memory_max = std::uint64_t{1} << 30U;
};

/// Draws charts with gnuplot as a child process.
///
/// A picture is kept under the hash of everything that is in it (spec, numbers, age of the data),
/// so asking again costs no drawing and can never give an older state. Pictures are at most 1 MiB
/// and checked to be whole. A file is named in the cache until `cache_max` others were drawn.
class Renderer {
public:
    /// `clock` must outlive the renderer.
    Renderer(RendererOptions options, const resilience::Clock& clock);

    /// Draws the chart, or finds it in the cache. Blocks for `time_max` at most; any thread.
    Drawing draw(const Spec& spec) const;

private:
    RendererOptions options_;
    const resilience::Clock& clock_;
};

}  // namespace bot::charts
