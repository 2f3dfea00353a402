#include "bot/charts/renderer.hpp"

#include "bot/charts/alternative_text.hpp"
#include "bot/charts/picture_file.hpp"
#include "bot/charts/pixels.hpp"
#include "bot/charts/png.hpp"
#include "bot/charts/seen_book.hpp"
#include "bot/charts/text_table.hpp"
#include "bot/sources/child.hpp"
#include "bot/sources/data_file.hpp"
#include "bot/text/time_text.hpp"
#include "resilience/blocking.hpp"

#include <cctype>
#include <filesystem>
#include <system_error>
#include <utility>

namespace bot::charts {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPictureMax = 1U << 20U;

NoPicture no_picture(const Spec& spec, const std::string& reason, const std::string& detail) {
    return {"I cannot draw the chart " + spec.name + ": " + reason + ".", reason,
            "chart " + spec.name + " failed: " + detail};
}

NoPicture refused(const Spec& spec, const std::string& reason) {
    return {"I do not show the chart " + spec.name + ": " + reason + ".", reason,
            "chart " + spec.name + " refused: " + reason};
}

// Applies a policy to something that may mislead. Returns the reason to refuse; empty: none.
std::string apply(Policy policy, const std::string& what, Freshness& freshness) {
    if (policy == Policy::kRefuse) return what;
    if (policy == Policy::kWarn) {
        auto sentence = what + ".";
        sentence.front() = static_cast<char>(std::toupper(sentence.front()));
        freshness.warnings.push_back(std::move(sentence));
    }
    return {};
}

// Everything a chart shows of its data.
// What the chart could show of its source, however many rows it is asked for.
std::string content_of(const Spec& spec, const sources::Table& table) {
    std::vector<std::size_t> columns;
    const auto want = [&](std::string_view name) {
        if (const auto found = table.find(name)) columns.push_back(*found);
    };
    want(spec.x);
    for (const auto& series : spec.series)
        want(series.column);
    std::string all;
    for (const auto& row : table.rows) {
        for (const auto column : columns) {
            const auto& cell = row[column];
            const auto number = sources::parse_number(cell);
            const auto text = number ? std::to_string(*number) : cell;
            all += std::to_string(text.size()) + ":" + text;
        }
    }
    return all;
}

std::string note_of(const Spec& spec, const Freshness& freshness) {
    auto note = "data as of " + text::utc(freshness.as_of);
    if (freshness.stale) {
        note += ", STALE: older than " + text::duration(spec.honesty.stale_after);
    }
    return note;
}

Spec smaller(Spec spec) {
    spec.width = spec.width * 2 / 3;
    spec.height = spec.height * 2 / 3;
    return spec;
}

}  // namespace

Renderer::Renderer(RendererOptions options, const sources::Reader& reader, resilience::Clock& clock)
    : options_(std::move(options)), reader_(reader), clock_(clock) {}

Drawing Renderer::draw(const Spec& spec, const sources::Watch& watch) const {
    auto reading = read(spec, watch);
    if (auto* none = std::get_if<NoPicture>(&reading)) return std::move(*none);
    auto& content = std::get<sources::Reading>(reading);
    if (const auto* bytes = std::get_if<std::string>(&content.content)) {
        return pass_on(spec, *bytes, {.as_of = content.as_of});
    }
    auto rows = rows_of(spec, std::move(content));
    if (auto* none = std::get_if<NoPicture>(&rows)) return std::move(*none);
    return draw_rows(std::get<Rows>(std::move(rows)), watch);
}

std::variant<Rows, NoPicture> Renderer::rows(const Spec& spec, const sources::Watch& watch) const {
    auto reading = read(spec, watch);
    if (auto* none = std::get_if<NoPicture>(&reading)) return std::move(*none);
    auto& content = std::get<sources::Reading>(reading);
    if (std::holds_alternative<std::string>(content.content)) {
        return refused(spec, "it is a picture of somebody else, without numbers");
    }
    return rows_of(spec, std::move(content));
}

std::variant<sources::Reading, NoPicture> Renderer::read(const Spec& spec,
                                                         const sources::Watch& watch) const {
    auto reading = reader_.read(spec.data, watch);
    if (!reading.ok()) {
        return no_picture(spec, reading.error().message,
                          describe(spec.data) + ": " + reading.error().message);
    }
    std::error_code error;
    fs::create_directories(options_.cache_dir, error);
    return std::move(reading).value();
}

std::variant<Rows, NoPicture> Renderer::rows_of(const Spec& spec, sources::Reading reading) const {
    const auto misfit = [&](const resilience::Error& error) {
        return no_picture(spec, "its data does not fit, " + error.message,
                          describe(spec.data) + ": " + error.message);
    };
    auto& table = std::get<sources::Table>(reading.content);
    auto whole = with_series(spec, table);
    if (!whole.ok()) return misfit(whole.error());
    const auto content = content_of(whole.value(), table);
    keep_last(table, spec.rows_last);
    auto plot = make_plot(whole.value(), table);
    if (!plot.ok()) return misfit(plot.error());
    Rows rows{std::move(whole).value(), std::move(plot).value(), {.as_of = reading.as_of}};
    auto reason = judge(spec, content, rows.freshness);
    if (!reason.empty()) return refused(spec, reason);
    return rows;
}

// Empty: it may be shown, with what `freshness` then warns of.
std::string Renderer::judge(const Spec& spec,
                            const std::string& content,
                            Freshness& freshness) const {
    const auto& honesty = spec.honesty;
    const auto now = clock_.wall_now();
    const bool old = honesty.stale_after.count() > 0 && now - freshness.as_of > honesty.stale_after;
    if (old && honesty.stale == Policy::kRefuse) {
        return "its data is as of " + text::utc(freshness.as_of) + ", older than " +
               text::duration(honesty.stale_after);
    }
    freshness.stale = old && honesty.stale == Policy::kWarn;
    // Written down even where nothing follows, so that the policy can be changed later.
    const auto since = SeenBook((fs::path(options_.cache_dir) / "seen").string())
                           .since(spec.name, sha256(content), now);
    if (now - since < honesty.unchanged_after) return {};
    return apply(honesty.unchanged, "its data has not changed since " + text::utc(since),
                 freshness);
}

Drawing Renderer::draw_rows(Rows rows, const sources::Watch& watch) const {
    const auto& spec = rows.spec;
    const auto& plot = rows.plot;
    // Waiting would not help a program on this machine; asking it for less may.
    resilience::RetryOptions trying;
    trying.policy.backoff = {.initial = resilience::Duration{0},
                             .jitter = resilience::Jitter::kNone};
    trying.policy.max_attempts = 3;
    trying.operation = "draw chart";
    std::string troubles;
    auto outcome = resilience::try_retry(
        trying, clock_, watch.stop, [] { return 0.5; },
        [&](std::uint32_t attempt) {
            auto drawn =
                render(spec, plot, rows.freshness, static_cast<Variation>(attempt - 1), watch.stop);
            if (!drawn.ok()) troubles += (troubles.empty() ? "" : "; ") + drawn.error().message;
            return drawn;
        });
    if (outcome.result.ok()) return std::move(outcome.result).value();
    if (outcome.reason == resilience::GiveUp::kCancelled) {
        return no_picture(spec, "it was cancelled", "cancelled");
    }
    return TextTable{text_table(spec, plot), rows.freshness,
                     "chart " + spec.name + " came as text: " + troubles};
}

resilience::Result<Picture> Renderer::render(const Spec& wanted,
                                             const Plot& plot,
                                             const Freshness& freshness,
                                             Variation variation,
                                             const std::stop_token& stop) const {
    const auto spec = variation == Variation::kFull ? wanted : smaller(wanted);
    auto note = note_of(spec, freshness);
    Picture picture;
    picture.file_name = spec.name + ".png";
    picture.freshness = freshness;
    picture.variation = variation;
    picture.alt_text = alternative_text(spec, plot, note);
    note.front() = 'D';
    const auto script =
        gnuplot_script(spec, plot, note, freshness.stale, variation == Variation::kPlain);
    picture.path = cache_path(sha256(script));
    picture.width = spec.width;
    picture.height = spec.height;
    const auto is_whole = [&spec](const std::string& bytes) {
        const auto size = check_png(bytes);
        return size.ok() && size.value().width == spec.width && size.value().height == spec.height;
    };
    if (const auto cached = sources::read_data_file(picture.path); cached.ok()) {
        picture.cached = is_whole(cached.value().text);
        if (picture.cached) return picture;
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
        .stop = stop,
    };
    auto drawn = sources::run_child(command, clock_);
    resilience::Error error{resilience::ErrorClass::kTransient, resilience::Scope::kMessage, {}};
    if (!drawn.ok()) {
        error.message = drawn.error().message;
    } else if (!is_whole(drawn.value().bytes)) {
        const auto size = check_png(drawn.value().bytes);
        error.message = options_.gnuplot + " gave no picture of the right size: " +
                        (size.ok() ? "" : size.error().message) + " " + drawn.value().errors;
    } else if (!store_file(picture.path, drawn.value().bytes)) {
        error.message = "cannot write " + picture.path + "; is the disk full?";
    } else {
        prune_pictures(options_.cache_dir, options_.cache_max);
        return picture;
    }
    return error;
}

Drawing Renderer::pass_on(const Spec& spec, const std::string& bytes, Freshness freshness) const {
    const auto size = check_png(bytes);
    const auto blank = size.ok() ? is_blank(bytes) : size.error();
    std::string reason;
    if (!blank.ok()) {
        reason = apply(spec.honesty.unreadable,
                       "its picture cannot be read, " + blank.error().message, freshness);
    } else if (blank.value()) {
        reason = apply(spec.honesty.blank, "its picture is blank, all of one colour", freshness);
    }
    if (reason.empty()) reason = judge(spec, bytes, freshness);
    if (!reason.empty()) return refused(spec, reason);

    Picture picture;
    picture.path = cache_path(sha256(bytes));
    picture.file_name = spec.name + ".png";
    picture.alt_text = "Picture \"" + spec.title + "\", " + note_of(spec, freshness) + ".";
    picture.freshness = std::move(freshness);
    if (size.ok()) {
        picture.width = size.value().width;
        picture.height = size.value().height;
    }
    if (!store_file(picture.path, bytes)) {
        return no_picture(spec, "the picture could not be saved",
                          "cannot write " + picture.path + "; is the disk full?");
    }
    prune_pictures(options_.cache_dir, options_.cache_max);
    return picture;
}

std::string Renderer::cache_path(const std::string& hash) const {
    return (fs::path(options_.cache_dir) / (hash + ".png")).string();
}

}  // namespace bot::charts
