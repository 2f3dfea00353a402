#include "bot/config/dotenv.hpp"

#include <algorithm>
#include <cstddef>

namespace bot::config {
namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

bool is_name_char(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

class Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {
        if (text_.substr(0, 3) == "\xEF\xBB\xBF") at_ = 3;
    }

    Dotenv run() {
        while (at_ < text_.size()) {
            read_line();
            skip_rest();
        }
        return std::move(result_);
    }

private:
    void read_line() {
        skip_blanks();
        if (at_end() || text_[at_] == '#') return;
        auto name = read_name();
        if (name == "export" && !at_end() && is_blank(text_[at_])) {
            skip_blanks();
            name = read_name();
        }
        skip_blanks();
        if (name.empty() || (name[0] >= '0' && name[0] <= '9') || at_end() || text_[at_] != '=') {
            mistake("This line is not NAME=value",
                    "Write NAME=value, or put # in front to make it a comment");
            return;
        }
        ++at_;
        skip_blanks();
        const int line = line_;
        std::string value;
        const bool quoted = !at_end() && (text_[at_] == '"' || text_[at_] == '\'');
        if (!(quoted ? read_quoted(name, value) : read_plain(value))) return;
        add(std::move(name), std::move(value), line);
    }

    std::string read_name() {
        const auto start = at_;
        while (at_ < text_.size() && is_name_char(text_[at_]))
            ++at_;
        return std::string(text_.substr(start, at_ - start));
    }

    bool read_plain(std::string& value) {
        const auto start = at_;
        while (!at_end()) {
            if (text_[at_] == '#' && (at_ == start || is_blank(text_[at_ - 1]))) break;
            ++at_;
        }
        auto end = at_;
        while (end > start && is_blank(text_[end - 1]))
            --end;
        value = text_.substr(start, end - start);
        return true;
    }

    bool read_quoted(const std::string& name, std::string& value) {
        const char quote = text_[at_];
        const auto open_line = line_;
        const auto resume = text_.find('\n', at_);
        for (++at_; at_ < text_.size(); ++at_) {
            char c = text_[at_];
            if (c == quote) {
                ++at_;
                return check_after_quote(name);
            }
            if (c == '\\' && quote == '"' && at_ + 1 < text_.size()) c = escaped(text_[++at_]);
            if (text_[at_] == '\n') ++line_;
            value += c;
        }
        // Go on behind the line with the open quote, so that later lines are checked as well.
        line_ = open_line;
        at_ = std::min(resume, text_.size());
        mistake("The value of " + name + " has an opening " + quote + " but no closing one",
                std::string("Add the closing ") + quote);
        return false;
    }

    static char escaped(char c) {
        switch (c) {
            case 'n':
                return '\n';
            case 't':
                return '\t';
            default:
                return c;
        }
    }

    bool check_after_quote(const std::string& name) {
        skip_blanks();
        if (at_end() || text_[at_] == '#') return true;
        mistake("There is text behind the closing quote of " + name,
                "Put the whole value between the quotes");
        return false;
    }

    void add(std::string name, std::string value, int line) {
        for (const auto& entry : result_.entries) {
            if (entry.name != name) continue;
            result_.mistakes.push_back(
                {line,
                 name + " is set again; line " + std::to_string(entry.line) + " has set it already",
                 "Remove one of the two lines"});
            return;
        }
        result_.entries.push_back({std::move(name), std::move(value), line});
    }

    void mistake(std::string what, std::string cure) {
        result_.mistakes.push_back({line_, std::move(what), std::move(cure)});
    }

    bool at_end() const { return at_ >= text_.size() || text_[at_] == '\n'; }

    void skip_blanks() {
        while (at_ < text_.size() && is_blank(text_[at_]))
            ++at_;
    }

    void skip_rest() {
        at_ = std::min(text_.find('\n', at_), text_.size());
        if (at_ < text_.size()) ++at_;
        ++line_;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int line_ = 1;
    Dotenv result_;
};

}  // namespace

Dotenv parse_dotenv(std::string_view text) {
    return Parser(text).run();
}

}  // namespace bot::config
