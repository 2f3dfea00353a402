#include "bot/sources/prometheus.hpp"

#include "bot/text/utf8.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <exception>
#include <map>
#include <utility>
#include <vector>

namespace bot::sources {
namespace {

using nlohmann::json;
using std::chrono::seconds;

constexpr std::size_t kSeriesMax = 31;
constexpr std::size_t kNameMax = 80;

struct Window {
    std::int64_t start = 0;
    std::int64_t end = 0;
    std::int64_t step = 1;
};

// On whole steps, so that the same rows come again at the next look and a cache can answer.
Window window_of(const Prometheus& server, resilience::Clock::WallTime now) {
    Window window;
    window.step = std::max<std::int64_t>(1, server.step.count());
    const auto seconds_now = std::chrono::floor<seconds>(now).time_since_epoch().count();
    window.end = seconds_now / window.step * window.step;
    window.start = window.end - server.range.count() / window.step * window.step;
    return window;
}

std::string encoded(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
        if (plain) {
            out += c;
        } else {
            out += '%';
            out += kDigits[byte >> 4U];
            out += kDigits[byte & 0xFU];
        }
    }
    return out;
}

std::string time_label(std::int64_t at, seconds range) {
    constexpr seconds kDay{24 * 3600};
    const char* form = range <= kDay + kDay / 12 ? "%H:%M"
                       : range <= 9 * kDay       ? "%a %H:%M"
                                                 : "%d %b";
    const auto time = static_cast<std::time_t>(at);
    std::tm parts{};
    gmtime_r(&time, &parts);
    std::array<char, 32> text{};
    const auto size = std::strftime(text.data(), text.size(), form, &parts);
    return {text.data(), size};
}

using Labels = std::map<std::string, std::string>;

struct Line {
    Labels labels;
    std::map<std::int64_t, std::string> samples;
    std::string name = {};
};

// A sample that is no number, or infinite, is a gap.
std::string sample_cell(const std::string& value) {
    return parse_number(value) ? value : std::string{};
}

// What lies outside of the window was not asked for, and its times may be any number.
std::vector<Line> lines_of(const json& result, const Window& window) {
    std::vector<Line> lines;
    for (const auto& series : result) {
        auto& line = lines.emplace_back();
        line.labels = series.at("metric").get<Labels>();
        for (const auto& sample : series.at("values")) {
            const auto time = sample.at(0).get<double>();
            const bool asked_for = time >= static_cast<double>(window.start) &&
                                   time <= static_cast<double>(window.end);
            if (!asked_for) continue;
            const auto at = std::llround(time);
            auto cell = sample_cell(sample.at(1).get<std::string>());
            if (!cell.empty()) line.samples[at] = std::move(cell);
        }
    }
    return lines;
}

// The labels in which the series differ tell them apart; what all share says nothing.
std::string name_of(const Line& line, const std::vector<Line>& all, const std::string& label) {
    if (!label.empty()) {
        const auto found = line.labels.find(label);
        return found == line.labels.end() || found->second.empty() ? "(none)" : found->second;
    }
    std::string name;
    for (const auto& [key, value] : line.labels) {
        const bool shared = std::all_of(all.begin(), all.end(), [&, &k = key, &v = value](auto& o) {
            const auto found = o.labels.find(k);
            return found != o.labels.end() && found->second == v;
        });
        if (shared) continue;
        if (!name.empty()) name += ", ";
        name.append(key).append("=").append(value);
    }
    return name.empty() ? "value" : name;
}

void name_lines(std::vector<Line>& lines, const std::string& label) {
    std::map<std::string, int> seen;
    for (auto& line : lines) {
        const auto name = name_of(line, lines, label);
        line.name = text::is_utf8(name) ? text::shorten(name, kNameMax) : "?";
        const int count = ++seen[line.name];
        if (count > 1) line.name += " (" + std::to_string(count) + ")";
    }
    std::sort(lines.begin(), lines.end(),
              [](const Line& a, const Line& b) { return a.name < b.name; });
}

resilience::Result<Samples> table_of(const std::vector<Line>& lines,
                                     const Window& window,
                                     seconds range) {
    Samples samples;
    samples.table.columns.emplace_back(kTimeColumn);
    std::int64_t newest = 0;
    for (const auto& line : lines) {
        samples.table.columns.push_back(line.name);
        if (!line.samples.empty()) newest = std::max(newest, line.samples.rbegin()->first);
    }
    if (newest == 0) return resilience::permanent_error("its query found no samples");
    for (auto at = window.start; at <= window.end; at += window.step) {
        auto& row = samples.table.rows.emplace_back();
        row.push_back(time_label(at, range));
        for (const auto& line : lines) {
            const auto found = line.samples.find(at);
            row.push_back(found == line.samples.end() ? std::string{} : found->second);
        }
        samples.table.lines.push_back(samples.table.rows.size());
    }
    samples.newest = resilience::Clock::WallTime(seconds(newest));
    return samples;
}

}  // namespace

std::string range_query_url(const Prometheus& server, resilience::Clock::WallTime now) {
    const auto window = window_of(server, now);
    auto base = server.url;
    while (!base.empty() && base.back() == '/')
        base.pop_back();
    return base + "/api/v1/query_range?query=" + encoded(server.query) +
           "&start=" + std::to_string(window.start) + "&end=" + std::to_string(window.end) +
           "&step=" + std::to_string(window.step);
}

resilience::Result<Samples> read_range(const Prometheus& server,
                                       std::string_view answer,
                                       resilience::Clock::WallTime now) {
    try {
        const auto document = json::parse(answer);
        const auto& data = document.at("data");
        if (document.at("status") != "success" || data.at("resultType") != "matrix") {
            return resilience::permanent_error("its answer is no range of samples");
        }
        auto lines = lines_of(data.at("result"), window_of(server, now));
        if (lines.empty()) return resilience::permanent_error("its query found no series");
        if (lines.size() > kSeriesMax) {
            return resilience::permanent_error("its query found " + std::to_string(lines.size()) +
                                               " series, more than 31: let it sum them up, or "
                                               "topk() choose some");
        }
        name_lines(lines, server.label);
        return table_of(lines, window_of(server, now), server.range);
    } catch (const std::exception&) {
        return resilience::permanent_error("its answer is not what Prometheus answers");
    }
}

std::string refusal_in(std::string_view answer) {
    const auto document = json::parse(answer, nullptr, false);
    if (!document.is_object() || document.value("status", json{}) != "error") return {};
    const auto found = document.find("error");
    if (found == document.end() || !found->is_string()) return {};
    const auto text = found->get<std::string>();
    return text::is_utf8(text) ? text::shorten(text, 200) : "?";
}

}  // namespace bot::sources
