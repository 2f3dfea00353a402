#pragma once

#include "bot/sources/spec.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bot::reports {

/// A text: rows aggregated and written out by a template.
struct Text {
    std::string template_path = {};  ///< Mustache template of the markdown text.
    sources::Spec data = {};         ///< Rows, one per item.
    std::string item = {};           ///< Column that names an item, "ticket".
    std::string group_by = {};       ///< Column to group items by, "owner".
    std::string measure = {};        ///< Column with the number to look at, "age_days".
    double limit = 0;                ///< Items whose measure is above this are counted as over.
    std::uint32_t rows_max = 10;     ///< Groups shown in the table; the rest is summed up.
};

enum class PartKind : std::uint8_t {
    kText,   ///< `text`
    kChart,  ///< The chart named by `value`, as a picture with its caption.
    kTable,  ///< The numbers of the chart named by `value`, in the message or as a file.
    kFile,   ///< The file at the path `value`.
    kCard    ///< The Adaptive Card in the file at the path `value`.
};

/// One message of a report.
struct Part {
    PartKind kind = PartKind::kText;
    std::string name = {};   ///< For people: "chart mttr".
    std::string value = {};  ///< See PartKind.
    Text text = {};
};

/// A report: one text with a chart, or a list of parts below a line that says how they stand.
struct Spec : Text {
    std::string name = {};     ///< What people type.
    std::string title = {};    ///< Headline of the message.
    std::string summary = {};  ///< One line for the list of reports.
    std::string chart = {};    ///< Name of a chart that goes with the text; empty: none.
    /// Where it has parts, the text and chart above are not used.
    std::vector<Part> parts = {};
    /// Rooms of the configuration where a scheduled run is posted, beside the schedule's own. Only
    /// with parts.
    std::vector<std::string> rooms = {};
    /// Until when a scheduled run has to be complete, since midnight of the schedule's zone. Only
    /// with parts.
    std::optional<std::chrono::minutes> due_by = std::nullopt;
};

}  // namespace bot::reports
