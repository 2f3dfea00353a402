#include "bot/config/report_section.hpp"

#include "bot/config/source_section.hpp"
#include "bot/reports/due.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace bot::config {
namespace {

using reports::Part;
using reports::PartKind;

constexpr std::size_t kPartsMax = 50;
constexpr std::array<std::pair<std::string_view, PartKind>, 5> kPartKinds = {
    {{"template", PartKind::kText},
     {"chart", PartKind::kChart},
     {"table", PartKind::kTable},
     {"file", PartKind::kFile},
     {"card", PartKind::kCard}}};
// Keys of a text, in a report of its own and in a part.
constexpr std::array<std::string_view, 7> kTextKeys = {"template", "data",  "item",    "group_by",
                                                       "measure",  "limit", "rows_max"};

class ReportReader {
public:
    ReportReader(std::string name,
                 const std::filesystem::path& folder,
                 const RetryRules& retry,
                 const std::vector<charts::Spec>& charts,
                 const std::vector<std::string>& rooms,
                 ProblemList& problems)
        : name_(std::move(name)),
          folder_(folder),
          retry_(retry),
          charts_(charts),
          rooms_(rooms),
          problems_(problems) {}

    reports::Spec read(const YamlEntry& entry) {
        const YamlMapping fields(
            entry.value, "report " + name_,
            {"title", "summary", "template", "data", "item", "group_by", "measure", "limit",
             "rows_max", "chart", "parts", "rooms", "due_by"},
            problems_);
        reports::Spec report;
        report.name = name_;
        report.title = fields.required_text("title");
        report.summary = fields.text("summary", report.title);
        if (const auto* parts = fields.find("parts")) {
            read_parts(*parts, report);
            read_rooms(fields, report);
            read_due_by(fields, report);
            refuse_both(fields);
            return report;
        }
        refuse_without_parts(fields, "rooms");
        refuse_without_parts(fields, "due_by");
        static_cast<reports::Text&>(report) = read_text(fields, "report " + name_);
        report.chart = fields.text("chart");
        if (!report.chart.empty()) judge_chart(report.chart, fields.line("chart"));
        return report;
    }

private:
    reports::Text read_text(const YamlMapping& fields, const std::string& whose) {
        reports::Text text;
        text.template_path = in_folder(folder_, fields.required_text("template"));
        text.data = read_source(fields, {whose, folder_, retry_}, problems_);
        text.item = fields.required_text("item");
        text.group_by = fields.required_text("group_by");
        text.measure = fields.required_text("measure");
        text.limit = fields.number("limit", 0, 1'000'000, 0);
        text.rows_max = fields.number("rows_max", 1, 50, text.rows_max);
        std::error_code error;
        if (!text.template_path.empty() && !std::filesystem::exists(text.template_path, error)) {
            problems_.add(fields.line("template"),
                          "There is no template \"" + text.template_path + "\"",
                          "Correct the path; it is relative to this file's folder");
        }
        return text;
    }

    void read_parts(const YamlEntry& entry, reports::Spec& report) {
        const auto& items = entry.value.items;
        if (entry.value.kind != YamlValue::Kind::kList || items.empty() ||
            items.size() > kPartsMax) {
            problems_.add(entry.line,
                          "The parts of the report " + name_ + " are no list of 1 to 50",
                          "Write them like \"- chart: mttr\", one a line");
            return;
        }
        for (const auto& item : items)
            report.parts.push_back(read_part(item, report.parts.size() + 1));
    }

    void read_rooms(const YamlMapping& fields, reports::Spec& report) {
        report.rooms = fields.texts("rooms");
        for (const auto& room : report.rooms) {
            if (std::find(rooms_.begin(), rooms_.end(), room) != rooms_.end()) continue;
            problems_.add(fields.line("rooms"),
                          "The report " + name_ + " names the unknown room \"" + room + "\"",
                          "Name one of the section rooms");
        }
    }

    void read_due_by(const YamlMapping& fields, reports::Spec& report) {
        const auto text = fields.text("due_by");
        if (text.empty()) return;
        report.due_by = reports::parse_due_by(text);
        if (report.due_by) return;
        problems_.add(
            fields.line("due_by"),
            "The key due_by of the report " + name_ + " is \"" + text + "\", not a time of day",
            "Write it like \"08:30\", in the zone of the schedule and in quotes");
    }

    void refuse_without_parts(const YamlMapping& fields, const std::string& key) {
        if (fields.find(key) == nullptr) return;
        problems_.add(fields.line(key),
                      "The report " + name_ + " has the key " + key + " and no parts",
                      "Write its text and its chart as parts, or remove the key");
    }

    Part read_part(const YamlValue& value, std::size_t number) {
        const auto whose = "part " + std::to_string(number) + " of report " + name_;
        std::vector<std::string> known = {"name", "chart", "table", "file", "card"};
        known.insert(known.end(), kTextKeys.begin(), kTextKeys.end());
        const YamlMapping fields(value, whose, known, problems_);
        Part part;
        std::vector<std::string_view> given;
        for (const auto& [key, kind] : kPartKinds) {
            if (fields.find(key) == nullptr) continue;
            given.push_back(key);
            part.kind = kind;
        }
        if (given.size() != 1) {
            problems_.add(
                value.line,
                "The " + whose + " is " + (given.empty() ? "of no kind" : "of several kinds"),
                "Give it one of the keys template, chart, table, file and card");
            return part;
        }
        const std::string key(given.front());
        part.value = fields.required_text(key);
        if (part.kind == PartKind::kText) {
            part.text = read_text(fields, whose);
            part.name = fields.text("name", "text");
            return part;
        }
        refuse_text_keys(fields, whose, key);
        if (part.kind == PartKind::kChart || part.kind == PartKind::kTable) {
            judge_chart(part.value, fields.line(key));
            part.name = fields.text("name", key + " " + part.value);
        } else {
            const auto file = std::filesystem::path(part.value).filename().string();
            part.name = fields.text("name", key + " " + file);
            part.value = in_folder(folder_, part.value);
            std::error_code error;
            if (!std::filesystem::is_regular_file(part.value, error)) {
                problems_.warn(fields.line(key),
                               "The file of " + whose + " is not there: \"" + part.value + "\"",
                               "Correct the path, which is relative to this file's folder, or "
                               "have the file written");
            }
        }
        return part;
    }

    void refuse_text_keys(const YamlMapping& fields,
                          const std::string& whose,
                          const std::string& kind) {
        for (const auto key : kTextKeys) {
            if (fields.find(key) == nullptr) continue;
            std::string what = "The key ";
            what.append(key).append(" of ").append(whose);
            what.append(" has no effect with ").append(kind);
            problems_.add(fields.line(key), std::move(what), "Remove it");
        }
    }

    void judge_chart(const std::string& chart, int line) {
        const bool known = std::any_of(charts_.begin(), charts_.end(),
                                       [&](const auto& one) { return one.name == chart; });
        if (known || chart.empty()) return;
        problems_.add(line, "The report " + name_ + " names the unknown chart \"" + chart + "\"",
                      "Name one of the section charts");
    }

    void refuse_both(const YamlMapping& fields) {
        for (const auto key : kTextKeys) {
            if (fields.find(key) == nullptr) continue;
            problems_.add(fields.line(key),
                          "The report " + name_ + " has parts and the key " + std::string(key),
                          "Make the text one of its parts");
        }
        if (fields.find("chart") != nullptr) {
            problems_.add(fields.line("chart"),
                          "The report " + name_ + " has parts and the key chart",
                          "Make the chart one of its parts");
        }
    }

    const std::string name_;
    const std::filesystem::path& folder_;
    const RetryRules& retry_;
    const std::vector<charts::Spec>& charts_;
    const std::vector<std::string>& rooms_;
    ProblemList& problems_;
};

}  // namespace

reports::Spec read_report(const YamlEntry& entry,
                          const std::filesystem::path& folder,
                          const RetryRules& retry,
                          const std::vector<charts::Spec>& charts,
                          const std::vector<std::string>& rooms,
                          ProblemList& problems) {
    return ReportReader(entry.key, folder, retry, charts, rooms, problems).read(entry);
}

}  // namespace bot::config
