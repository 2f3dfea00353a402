#include "bot/config/chart_section.hpp"

#include "bot/config/source_section.hpp"
#include "bot/sources/csv.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace bot::config {
namespace {

// In the order of charts::Kind.
const std::vector<std::string> kChartKinds = {"bar",      "grouped", "stacked", "line",   "area",
                                              "heat_map", "number",  "table",   "picture"};

std::size_t index_of(charts::Kind kind) {
    return static_cast<std::size_t>(kind);
}

std::vector<charts::Series> read_series(const std::string& chart,
                                        charts::Kind kind,
                                        bool finds_its_series,
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
    const auto most = charts::series_max(kind);
    if (series.size() > most && most == 1) {
        problems.add(fields.line("kind"),
                     "The chart " + chart + " is of kind " + kChartKinds.at(index_of(kind)) +
                         " but has several series",
                     kind == charts::Kind::kBar ? "Use the kind grouped or stacked, or one series"
                                                : "Name one series, whose last value is shown");
    } else if (series.empty() && !finds_its_series) {
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
        problems.add(fields.line("full"),
                     "The chart " + chart + " has the key full but is of kind " +
                         kChartKinds.at(index_of(kind)),
                     "Remove the key, or use the kind number, which shows a gauge");
    }
    return *full;
}

// Keys that a picture has no use for would be without effect.
void refuse_strangers(const charts::Spec& chart, const YamlMapping& fields, ProblemList& problems) {
    if (chart.kind != charts::Kind::kPicture) {
        for (const auto* key : {"if_blank", "if_unreadable"}) {
            if (fields.find(key) == nullptr) continue;
            problems.add(fields.line(key),
                         "The key " + std::string(key) + " of the chart " + chart.name +
                             " has no effect with the kind " + kChartKinds.at(index_of(chart.kind)),
                         "Remove it; it is about pictures");
        }
        return;
    }
    for (const auto* key : {"x", "series", "unit", "x_label", "theme", "width", "height", "full"}) {
        if (fields.find(key) == nullptr) continue;
        problems.add(fields.line(key),
                     "The key " + std::string(key) + " of the chart " + chart.name +
                         " has no effect with the kind picture",
                     "Remove it");
    }
}

charts::Honesty read_honesty(const YamlMapping& fields) {
    const std::vector<std::string> names = {"send", "warn", "refuse"};  // as in charts::Policy
    const auto policy = [&](std::string_view key, charts::Policy fallback) {
        return static_cast<charts::Policy>(
            fields.choice(key, names, static_cast<std::size_t>(fallback)));
    };
    charts::Honesty honesty;
    honesty.stale = policy("if_stale", honesty.stale);
    honesty.unchanged = policy("if_unchanged", honesty.unchanged);
    honesty.blank = policy("if_blank", honesty.blank);
    honesty.unreadable = policy("if_unreadable", honesty.unreadable);
    honesty.stale_after = std::chrono::hours(fields.number("stale_after_hours", 0, 24U * 366U, 0));
    honesty.unchanged_after =
        std::chrono::hours(fields.number("unchanged_after_hours", 1, 24U * 366U, 24));
    return honesty;
}

}  // namespace

charts::Spec read_chart(const YamlEntry& entry,
                        const std::filesystem::path& folder,
                        const RetryRules& retry,
                        ProblemList& problems) {
    const YamlMapping fields(
        entry.value, "chart " + entry.key,
        {"title", "summary", "kind", "unit", "x_label", "data", "x", "series", "full", "theme",
         "width", "height", "stale_after_hours", "unchanged_after_hours", "if_stale",
         "if_unchanged", "if_blank", "if_unreadable"},
        problems);
    charts::Spec chart;
    chart.name = entry.key;
    chart.title = fields.required_text("title");
    chart.summary = fields.text("summary", chart.title);
    chart.kind = static_cast<charts::Kind>(fields.choice("kind", kChartKinds, 0));
    const bool picture = chart.kind == charts::Kind::kPicture;
    chart.data = read_source(fields, {"chart " + entry.key, folder, retry, picture}, problems);
    chart.honesty = read_honesty(fields);
    refuse_strangers(chart, fields, problems);
    if (picture) return chart;
    chart.unit = fields.text("unit");
    chart.x_label = fields.text("x_label");
    const bool prometheus = std::holds_alternative<sources::Prometheus>(chart.data.from);
    chart.x = prometheus ? fields.text("x", "time") : fields.required_text("x");
    chart.series = read_series(entry.key, chart.kind, prometheus, fields, problems);
    chart.full = read_full(entry.key, chart.kind, fields, problems);
    chart.theme = fields.choice("theme", {"light", "dark"}, 0) == 0 ? charts::Theme::kLight
                                                                    : charts::Theme::kDark;
    chart.width = fields.number("width", 400, 4000, chart.width);
    chart.height = fields.number("height", 300, 3000, chart.height);
    return chart;
}

}  // namespace bot::config
