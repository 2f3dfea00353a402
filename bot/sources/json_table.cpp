#include "bot/sources/json_table.hpp"

#include "bot/sources/limits.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <exception>
#include <unordered_map>
#include <utility>

namespace bot::sources {
namespace {

// Keeps the order of keys, which is the order of columns.
using Json = nlohmann::ordered_json;

constexpr int kDepthMax = 32;

struct Broken {
    std::string reason;
};

[[noreturn]] void fail_row(std::size_t row, const std::string& what) {
    throw Broken{"row " + std::to_string(row) + " " + what};
}

std::string cell_of(const Json& value, std::size_t row, const std::string& column) {
    if (value.is_null()) return {};
    if (value.is_string()) return value.get<std::string>();
    if (value.is_number() || value.is_boolean()) return value.dump();
    fail_row(row, "has a list or an object in the column \"" + column + "\"");
}

class Rows {
public:
    void add_object(const Json& object) {
        const auto number = table_.rows.size() + 1;
        std::vector<std::string> cells(table_.columns.size());
        for (const auto& [key, value] : object.items()) {
            const auto column = column_of(key);
            if (column >= cells.size()) cells.resize(column + 1);
            cells[column] = cell_of(value, number, key);
        }
        add(std::move(cells));
    }

    void names(const Json& list) {
        for (const auto& name : list) {
            if (!name.is_string()) throw Broken{"its first list names no columns"};
            column_of(name.get<std::string>());
        }
        if (table_.columns.size() != list.size()) throw Broken{"two columns have the same name"};
    }

    void add_list(const Json& list) {
        const auto number = table_.rows.size() + 1;
        if (list.size() != table_.columns.size()) {
            fail_row(number, "has " + std::to_string(list.size()) +
                                 " fields where the first list has " +
                                 std::to_string(table_.columns.size()));
        }
        std::vector<std::string> cells;
        for (const auto& value : list)
            cells.push_back(cell_of(value, number, table_.columns[cells.size()]));
        add(std::move(cells));
    }

    Table take() && {
        // Columns that came up later are empty in the rows before.
        for (auto& row : table_.rows)
            row.resize(table_.columns.size());
        return std::move(table_);
    }

private:
    std::size_t column_of(const std::string& name) {
        const auto [found, fresh] = indices_.emplace(name, table_.columns.size());
        if (!fresh) return found->second;
        if (table_.columns.size() == kColumnsMax) throw Broken{"there are more than 100 columns"};
        table_.columns.push_back(name);
        return found->second;
    }

    void add(std::vector<std::string> cells) {
        if (table_.rows.size() == kRowsMax) throw Broken{"there are more than 20000 rows"};
        table_.rows.push_back(std::move(cells));
        table_.lines.push_back(table_.rows.size());
    }

    Table table_;
    std::unordered_map<std::string, std::size_t> indices_;
};

Table objects_of(const Json& list) {
    Rows rows;
    std::size_t number = 0;
    for (const auto& row : list) {
        ++number;
        if (!row.is_object()) fail_row(number, "is not an object as the first");
        rows.add_object(row);
    }
    return std::move(rows).take();
}

// The first names the columns.
Table lists_of(const Json& list) {
    Rows rows;
    rows.names(list.front());
    for (std::size_t number = 1; number < list.size(); ++number) {
        if (!list[number].is_array()) fail_row(number, "is not a list as the first");
        rows.add_list(list[number]);
    }
    return std::move(rows).take();
}

Table rows_of(const Json& list) {
    if (!list.is_array()) throw Broken{"there is no list of rows in it"};
    if (list.empty()) throw Broken{"its list of rows is empty"};
    if (list.front().is_object()) return objects_of(list);
    if (list.front().is_array()) return lists_of(list);
    fail_row(1, "is neither an object nor a list");
}

// Deep nesting would use up the stack; rows are never that deep.
Json parse(std::string_view text) {
    bool deep = false;
    auto document = Json::parse(
        text,
        [&deep](int depth, Json::parse_event_t, Json&) {
            deep = deep || depth > kDepthMax;
            return !deep;
        },
        false);
    if (deep) throw Broken{"it is nested too deeply"};
    if (document.is_discarded()) throw Broken{"it is not JSON"};
    return document;
}

}  // namespace

resilience::Result<Table> parse_json_table(std::string_view text, const std::string& rows) {
    try {
        const auto document = parse(text);
        const Json::json_pointer place(rows);
        if (!document.contains(place)) throw Broken{"there is nothing at " + rows};
        return rows_of(document.at(place));
    } catch (const Broken& broken) {
        return resilience::permanent_error(broken.reason);
    } catch (const std::exception&) {
        return resilience::permanent_error("its rows cannot be found at \"" + rows + "\"");
    }
}

}  // namespace bot::sources
