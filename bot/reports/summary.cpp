#include "bot/reports/summary.hpp"

#include "bot/text/markdown.hpp"
#include "bot/text/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

namespace bot::reports {
namespace {

constexpr std::size_t kNameWidth = 16;

void add(Group& group, const Text& spec, const std::string& item, double measure) {
    if (group.count == 0 || measure > group.oldest) {
        group.oldest = measure;
        group.oldest_item = item;
    }
    ++group.count;
    group.over += measure > spec.limit ? 1U : 0U;
}

std::string padded(const std::string& text) {
    auto name = text::shorten(text::escape_code(text), kNameWidth);
    return name + std::string(kNameWidth - text::length(name), ' ');
}

std::string line(const std::string& name,
                 const std::string& count,
                 const std::string& over,
                 const std::string& oldest) {
    return padded(name) + fmt::format("{:>5}{:>6}{:>7}\n", count, over, oldest);
}

std::string line(const Group& group, const std::string& name) {
    return line(name, std::to_string(group.count), std::to_string(group.over), shown(group.oldest));
}

std::string heading(std::string column) {
    std::replace(column.begin(), column.end(), '_', ' ');
    if (!column.empty() && column[0] >= 'a' && column[0] <= 'z') {
        column[0] = static_cast<char>(column[0] - 'a' + 'A');
    }
    return column;
}

}  // namespace

resilience::Result<Summary> summarize(const Text& spec, const sources::Table& table) {
    for (const auto& column : {spec.item, spec.group_by, spec.measure}) {
        if (!table.find(column)) {
            return resilience::permanent_error("there is no column \"" + column + "\"");
        }
    }
    const auto item = *table.find(spec.item);
    const auto group_by = *table.find(spec.group_by);
    const auto measure = *table.find(spec.measure);

    Summary summary;
    std::map<std::string, Group> groups;
    double sum = 0;
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
        const auto& row = table.rows[i];
        const auto number = sources::parse_number(row[measure]);
        if (!number) {
            return resilience::permanent_error("row " + std::to_string(table.lines[i]) +
                                               " has no number in the column \"" + spec.measure +
                                               "\"");
        }
        const auto& name = row[group_by].empty() ? "(none)" : row[group_by];
        auto& group = groups[name];
        group.name = name;
        add(group, spec, row[item], *number);
        if (summary.all.count == 0 || *number > summary.all.oldest) summary.all.name = name;
        add(summary.all, spec, row[item], *number);
        sum += *number;
    }
    if (summary.all.count > 0) sum /= static_cast<double>(summary.all.count);
    summary.mean = std::round(sum * 10) / 10;
    for (auto& [name, group] : groups)
        summary.groups.push_back(std::move(group));
    std::sort(summary.groups.begin(), summary.groups.end(), [](const Group& a, const Group& b) {
        return std::tie(b.oldest, b.count, a.name) < std::tie(a.oldest, a.count, b.name);
    });
    return summary;
}

std::string code_table(const Text& spec, const Summary& summary) {
    auto text = "```\n" + line(heading(spec.group_by), "Open", ">" + shown(spec.limit), "Oldest");
    Group rest;
    std::size_t left_out = 0;
    for (std::size_t i = 0; i < summary.groups.size(); ++i) {
        const auto& group = summary.groups[i];
        if (i < spec.rows_max) {
            text += line(group, group.name);
            continue;
        }
        ++left_out;
        rest.count += group.count;
        rest.over += group.over;
        rest.oldest = std::max(rest.oldest, group.oldest);
    }
    if (left_out > 0) text += line(rest, "+ " + std::to_string(left_out) + " more");
    return text + line(summary.all, "Total") + "```";
}

std::string shown(double number) {
    return fmt::format("{:.10g}", number);
}

}  // namespace bot::reports
