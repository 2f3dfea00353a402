#pragma once

#include "bot/sources/spec.hpp"

#include <cstdint>
#include <string>

namespace bot::reports {

/// A report: rows of a CSV file, aggregated and written out by a template, and a chart.
struct Spec {
    std::string name;             ///< What people type.
    std::string title;            ///< Headline of the message.
    std::string summary = {};     ///< One line for the list of reports.
    std::string template_path;    ///< Mustache template of the markdown text.
    sources::Spec data = {};      ///< Rows, one per item.
    std::string item;             ///< Column that names an item, "ticket".
    std::string group_by;         ///< Column to group items by, "owner".
    std::string measure;          ///< Column with the number to look at, "age_days".
    double limit = 0;             ///< Items whose measure is above this are counted as over.
    std::uint32_t rows_max = 10;  ///< Groups shown in the table; the rest is summed up.
    std::string chart = {};       ///< Name of a chart that goes with it; empty: none.
};

}  // namespace bot::reports
