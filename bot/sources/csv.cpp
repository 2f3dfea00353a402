#include "bot/sources/csv.hpp"

#include "bot/sources/limits.hpp"
#include "bot/text/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <system_error>

namespace bot::sources {
namespace {

constexpr double kNumberMax = 1e15;

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    return text;
}

class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {
        if (text_.substr(0, 3) == "\xEF\xBB\xBF") text_.remove_prefix(3);
        const auto header = text_.substr(0, text_.find('\n'));
        const bool commas = header.find(',') != std::string_view::npos;
        if (!commas && header.find(';') != std::string_view::npos) separator_ = ';';
    }

    resilience::Result<Table> run() {
        Table table;
        while (at_ < text_.size()) {
            const auto line = line_;
            std::vector<std::string> row;
            if (!read_row(row)) return fail(line, mistake_);
            if (row.size() == 1 && row[0].empty()) continue;
            if (table.columns.empty()) {
                auto checked = check_header(row);
                if (!checked.empty()) return fail(line, checked);
                table.columns = std::move(row);
                continue;
            }
            if (row.size() != table.columns.size()) {
                return fail(line, "has " + std::to_string(row.size()) +
                                      " fields where the first row has " +
                                      std::to_string(table.columns.size()));
            }
            if (table.rows.size() == kRowsMax) return fail(line, "is beyond the limit of 20000");
            table.rows.push_back(std::move(row));
            table.lines.push_back(line);
        }
        if (table.columns.empty()) return resilience::permanent_error("it is empty");
        return table;
    }

private:
    static resilience::Error fail(std::size_t line, const std::string& what) {
        return resilience::permanent_error("row " + std::to_string(line) + " " + what);
    }

    static std::string check_header(const std::vector<std::string>& names) {
        if (names.size() > kColumnsMax) return "names more than 100 columns";
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (names[i].empty()) return "has a column without a name";
            const auto here = names.begin() + static_cast<std::ptrdiff_t>(i);
            if (std::find(names.begin(), here, names[i]) != here) {
                return "names the column \"" + names[i] + "\" twice";
            }
        }
        return {};
    }

    // Reads up to and over the end of the row. False leaves the reason in `mistake_`.
    bool read_row(std::vector<std::string>& row) {
        for (;;) {
            std::string field;
            if (!read_field(field)) return false;
            row.push_back(std::move(field));
            if (at_ >= text_.size()) return true;
            const char c = text_[at_++];
            if (c == '\n') {
                ++line_;
                return true;
            }
            // Only a separator or a line end can follow a field.
            if (row.size() > kColumnsMax) {
                mistake_ = "has more than 100 fields";
                return false;
            }
        }
    }

    bool read_field(std::string& field) {
        while (at_ < text_.size() && is_blank(text_[at_]))
            ++at_;
        if (at_ < text_.size() && text_[at_] == '"') return read_quoted(field);
        const auto start = at_;
        while (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n')
            ++at_;
        auto raw = text_.substr(start, at_ - start);
        if (!raw.empty() && raw.back() == '\r') raw.remove_suffix(1);
        field = trim(raw);
        return true;
    }

    bool read_quoted(std::string& field) {
        for (++at_;; ++at_) {
            if (at_ >= text_.size()) {
                mistake_ = "opens a quote that is never closed";
                return false;
            }
            if (text_[at_] == '\n') ++line_;
            if (text_[at_] == '"') {
                if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') break;
                ++at_;
            }
            field += text_[at_];
        }
        ++at_;
        while (at_ < text_.size() && (is_blank(text_[at_]) || text_[at_] == '\r'))
            ++at_;
        if (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n') {
            mistake_ = "has text behind a closing quote";
            return false;
        }
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
    char separator_ = ',';
    std::string mistake_;
};

}  // namespace

std::optional<std::size_t> Table::find(std::string_view column) const {
    const auto found = std::find(columns.begin(), columns.end(), column);
    if (found == columns.end()) return std::nullopt;
    return static_cast<std::size_t>(found - columns.begin());
}

resilience::Result<Table> parse_csv(std::string_view text) {
    if (text.size() > kTableBytesMax) return resilience::permanent_error("it is larger than 4 MiB");
    if (!text::is_utf8(text) || text.find('\0') != std::string_view::npos) {
        return resilience::permanent_error("it is not a UTF-8 text");
    }
    return Reader(text).run();
}

void keep_last(Table& table, std::size_t count) {
    if (count == 0 || table.rows.size() <= count) return;
    const auto dropped = static_cast<std::ptrdiff_t>(table.rows.size() - count);
    table.rows.erase(table.rows.begin(), table.rows.begin() + dropped);
    table.lines.erase(table.lines.begin(), table.lines.begin() + dropped);
}

std::optional<double> parse_number(std::string_view cell) {
    cell = trim(cell);
    double number = 0;
    const auto [rest, error] = std::from_chars(cell.data(), cell.data() + cell.size(), number);
    if (error != std::errc() || rest != cell.data() + cell.size()) return std::nullopt;
    if (!std::isfinite(number) || std::abs(number) > kNumberMax) return std::nullopt;
    return number;
}

}  // namespace bot::sources
