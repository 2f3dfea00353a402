#include "bot/config/chart_section.hpp"

#include <array>
#include <chrono>
#include <system_error>
#include <utility>
#include <vector>

namespace bot::config {
namespace {

// Series of one chart: more colours than this cannot be told apart.
constexpr std::size_t kSeriesMax = 8;

std::vector<charts::Series> read_series(const std::string& chart,
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
    if (series.empty() || series.size() > kSeriesMax) {
        problems.add(
            fields.line("series"),
            "The chart " + chart + " has " + std::to_string(series.size()) + " series, not 1 to 8",
            "Name the columns to draw: \"series: {column: Label}\"");
    }
    return series;
}

}  // namespace

charts::Spec read_chart(const YamlEntry& entry,
                        const std::filesystem::path& folder,
                        ProblemList& problems) {
    constexpr std::array kKinds = {charts::Kind::kBar, charts::Kind::kGrouped,
                                   charts::Kind::kStacked, charts::Kind::kLine,
                                   charts::Kind::kArea};
    const YamlMapping fields(entry.value, "chart " + entry.key,
                             {"title", "summary", "kind", "unit", "x_label", "data", "x", "series",
                              "theme", "width", "height", "stale_after_hours"},
                             problems);
    charts::Spec chart;
    chart.name = entry.key;
    chart.title = fields.required_text("title");
    chart.summary = fields.text("summary", chart.title);
    chart.kind = kKinds.at(fields.choice("kind", {"bar", "grouped", "stacked", "line", "area"}, 0));
    chart.unit = fields.text("unit");
    chart.x_label = fields.text("x_label");
    chart.data = data_file("chart " + entry.key, fields, folder, problems);
    chart.x = fields.required_text("x");
    chart.series = read_series(entry.key, fields, problems);
    chart.theme = fields.choice("theme", {"light", "dark"}, 0) == 0 ? charts::Theme::kLight
                                                                    : charts::Theme::kDark;
    chart.width = fields.number("width", 400, 4000, chart.width);
    chart.height = fields.number("height", 300, 3000, chart.height);
    chart.stale_after = std::chrono::hours(fields.number("stale_after_hours", 0, 24U * 366U, 0));
    if (chart.kind == charts::Kind::kBar && chart.series.size() > 1) {
        problems.add(fields.line("kind"),
                     "The chart " + entry.key + " is of kind bar but has several series",
                     "Use the kind grouped or stacked, or one series");
    }
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
