#pragma once

#include "bot/charts/drawing.hpp"
#include "bot/charts/plot.hpp"
#include "bot/charts/spec.hpp"
#include "bot/sources/reader.hpp"
#include "resilience/clock.hpp"
#include "resilience/result.hpp"

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <variant>

namespace bot::charts {

struct RendererOptions {
    std::string gnuplot = "gnuplot";                           ///< Path or name in PATH.
    std::string search_path = "/usr/local/bin:/usr/bin:/bin";  ///< PATH of the child.
    std::string cache_dir;  ///< Made when missing. Holds the last `cache_max` pictures.
    std::size_t cache_max = 64;
    std::chrono::milliseconds time_max{10'000};  ///< For one attempt at drawing.
    std::uint64_t memory_max = std::uint64_t{1} << 30U;
};

/// What a chart shows, as numbers.
struct Rows {
    Spec spec;  ///< As asked for, with every series named.
    Plot plot;
    Freshness freshness = {};
};

/// Draws charts with gnuplot as a child process, and passes on pictures of others.
///
/// A picture is kept under the hash of everything that is in it (spec, numbers, age of the data),
/// so asking again costs no drawing and can never give an older state. Pictures are at most 1 MiB
/// and checked to be whole. A file is named in the cache until `cache_max` others were drawn.
class Renderer {
public:
    /// `reader` and `clock` must outlive the renderer.
    Renderer(RendererOptions options, const sources::Reader& reader, resilience::Clock& clock);

    /// Reads the data, judges it as the chart's honesty says, and draws it, or finds the picture in
    /// the cache. A drawing that fails is tried again smaller, then plain; when that fails too, the
    /// numbers come as text. Blocks for the source (see `Reader`) and three times `time_max` at
    /// most; any thread.
    Drawing draw(const Spec& spec, const sources::Watch& watch = {}) const;

    /// The numbers that `draw` would draw, judged in the same way. Blocks for the source; any
    /// thread.
    std::variant<Rows, NoPicture> rows(const Spec& spec, const sources::Watch& watch = {}) const;

private:
    std::variant<sources::Reading, NoPicture> read(const Spec& spec,
                                                   const sources::Watch& watch) const;
    std::variant<Rows, NoPicture> rows_of(const Spec& spec, sources::Reading reading) const;
    Drawing draw_rows(Rows rows, const sources::Watch& watch) const;
    Drawing pass_on(const Spec& spec, const std::string& bytes, Freshness freshness) const;
    resilience::Result<Picture> render(const Spec& wanted,
                                       const Plot& plot,
                                       const Freshness& freshness,
                                       Variation variation,
                                       const std::stop_token& stop) const;
    std::string judge(const Spec& spec, const std::string& content, Freshness& freshness) const;
    std::string cache_path(const std::string& hash) const;

    RendererOptions options_;
    const sources::Reader& reader_;
    resilience::Clock& clock_;
};

}  // namespace bot::charts
