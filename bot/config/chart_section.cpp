#include "bot/config/chart_section.hpp"

#include "bot/sources/csv.hpp"

#include <chrono>
#include <system_error>
#include <utility>
#include <vector>

namespace bot::config {
namespace {

// More colours than this cannot be told apart, and more columns of a table not be read.
constexpr std::size_t kSeriesMax = 8;
constexpr std::size_t kHeatMapSeriesMax = 31;  // the days of a month

// In the order of charts::Kind.
const std::vector<std::string> kKinds = {"bar",  "grouped",  "stacked", "line",
                                         "area", "heat_map", "number",  "table"};

std::size_t index_of(charts::Kind kind) {
    return static_cast<std::size_t>(kind);
}

// How many series a kind draws.
std::size_t series_max(charts::Kind kind) {
    switch (kind) {
        case charts::Kind::kBar:
        case charts::Kind::kNumber:
            return 1;
        case charts::Kind::kHeatMap:
            return kHeatMapSeriesMax;
        default:
            return kSeriesMax;
    }
}

std::vector<charts::Series> read_series(const std::string& chart,
                                        charts::Kind kind,
                                        const YamlMapping& fields,
                                        ProblemList& problems) {
    std::vector<charts::Series> series;
    const auto* found = fields.find("series");
    if (found != nullptr && found->value.kind == YamlValue::Kind::kMap) {
        for (const auto& entry : found->value.entries) {
            series.push_back({entry.key, entry.value.text});
        }
    } else {
        for (auto& column : fields.texts("series"))
            series.push_back({std::move(column), ""});
    }
    const auto most = series_max(kind);
    if (series.size() > most && most == 1) {
        problems.add(fields.line("kind"),
                     "The chart " + chart + " is of kind " + kKinds.at(index_of(kind)) +
                         " but has several series",
                     kind == charts::Kind::kBar ? "Use the kind grouped or stacked, or one series"
                                                : "Name one series, whose last value is shown");
    } else if (series.empty()) {
        problems.add(fields.line("series"), "The chart " + chart + " has no series",
                     "Name the columns to draw: \"series: {column: Label}\"");
    } else if (series.size() > most) {
        problems.add(fields.line("series"),
                     "The chart " + chart + " has " + std::to_string(series.size()) +
                         " series, more than " + std::to_string(most),
                     "Leave some out, or make it two charts");
    }
    return series;
}

double read_full(const std::string& chart,
                 charts::Kind kind,
                 const YamlMapping& fields,
                 ProblemList& problems) {
    if (fields.find("full") == nullptr) return 0;
    const auto text = fields.text("full");
    const auto full = sources::parse_number(text);
    if (!full || *full <= 0) {
        problems.add(
            fields.line("full"),
            "The key full of the chart " + chart + " is \"" + text + "\", not a number above 0",
            "Write the value at which the gauge is full, such as 100");
        return 0;
    }
    if (kind != charts::Kind::kNumber) {
        problems.add(
            fields.line("full"),
            "The chart " + chart + " has the key full but is of kind " + kKinds.at(index_of(kind)),
            "Remove the key, or use the kind number, which shows a gauge");
    }
    return *full;
}

}  // namespace

charts::Spec read_chart(const YamlEntry& entry,
                        const std::filesystem::path& folder,
                        ProblemList& problems) {
    const YamlMapping fields(entry.value, "chart " + entry.key,
                             {"title", "summary", "kind", "unit", "x_label", "data", "x", "series",
                              "full", "theme", "width", "height", "stale_after_hours"},
                             problems);
    charts::Spec chart;
    chart.name = entry.key;
    chart.title = fields.required_text("title");
    chart.summary = fields.text("summary", chart.title);
    chart.kind = static_cast<charts::Kind>(fields.choice("kind", kKinds, 0));
    chart.unit = fields.text("unit");
    chart.x_label = fields.text("x_label");
    chart.data = data_file("chart " + entry.key, fields, folder, problems);
    chart.x = fields.required_text("x");
    chart.series = read_series(entry.key, chart.kind, fields, problems);
    chart.full = read_full(entry.key, chart.kind, fields, problems);
    chart.theme = fields.choice("theme", {"light", "dark"}, 0) == 0 ? charts::Theme::kLight
                                                                    : charts::Theme::kDark;
    chart.width = fields.number("width", 400, 4000, chart.width);
    chart.height = fields.number("height", 300, 3000, chart.height);
    chart.stale_after = std::chrono::hours(fields.number("stale_after_hours", 0, 24U * 366U, 0));
    return chart;
}

std::string data_file(const std::string& whose,
                      const YamlMapping& fields,
                      const std::filesystem::path& folder,
                      ProblemList& problems) {
    auto path = in_folder(folder, fields.required_text("data"));
    std::error_code error;
    if (!path.empty() && !std::filesystem::is_regular_file(path, error)) {
        problems.warn(fields.line("data"),
                      "The data of " + whose + " is not there: \"" + path + "\"",
                      "Correct the path, which is relative to this file's folder, or have the "
                      "file written");
    }
    return path;
}

std::string in_folder(const std::filesystem::path& folder, const std::string& path) {
    return path.empty() ? path : (folder / path).lexically_normal().string();
}

}  // namespace bot::config
