#include "messaging/sandbox/rich_text.hpp"

#include <md4c.h>

#include <algorithm>
#include <array>
#include <utility>

namespace messaging::sandbox {
namespace {

// A mention or a blockquote tag is taken out before parsing, so that markdown does not see its
// characters, and put back afterwards. Its stand-in is a private-use character, a number, and
// another one.
constexpr std::string_view kMarkOpen = "\xEE\x80\x80";
constexpr std::string_view kMarkClose = "\xEE\x80\x81";
// More than fit into the largest message that Webex accepts.
constexpr std::size_t kMarksMax = 2'000;

struct Mark {
    std::string source;  ///< As written: what a code span shows.
    std::string html;
    std::string text;
};

constexpr std::array<std::string_view, 4> kQuoteClasses = {"info", "success", "warning", "danger"};

std::string_view quote_class(std::string_view tag) {
    for (const auto name : kQuoteClasses) {
        const auto plain = std::string(name);
        if (tag == "<blockquote class=" + plain + ">" ||
            tag == "<blockquote class=\"" + plain + "\">" ||
            tag == "<blockquote class='" + plain + "'>") {
            return name;
        }
    }
    return {};
}

/// Takes the marks out of the source.
class Marks {
public:
    Marks(RichText& result, const FindMentioned& find) : result_(result), find_(find) {}

    std::string take_out(std::string_view source) {
        if (source.find(kMarkOpen) != std::string_view::npos) return std::string(source);
        std::string out;
        while (!source.empty()) {
            const auto open = std::min(source.find('<'), source.size());
            out += source.substr(0, open);
            source.remove_prefix(open);
            const auto close = source.find('>');
            if (close == std::string_view::npos || marks_.size() == kMarksMax) break;
            const auto tag = source.substr(0, close + 1);
            if (read(tag)) {
                out += kMarkOpen;
                out += std::to_string(marks_.size() - 1);
                out += kMarkClose;
                source.remove_prefix(tag.size());
            } else {
                out += source.front();
                source.remove_prefix(1);
            }
        }
        out += source;
        return out;
    }

    /// The mark whose stand-in begins `text`, which is then removed; null for none.
    const Mark* put_back(std::string_view& text) const {
        const auto close = text.find(kMarkClose);
        if (text.substr(0, kMarkOpen.size()) != kMarkOpen || close == std::string_view::npos) {
            return nullptr;
        }
        std::size_t index = 0;
        for (const char c : text.substr(kMarkOpen.size(), close - kMarkOpen.size())) {
            if (c < '0' || c > '9' || index > kMarksMax) return nullptr;
            index = index * 10 + static_cast<std::size_t>(c - '0');
        }
        if (index >= marks_.size()) return nullptr;
        text.remove_prefix(close + kMarkClose.size());
        return &marks_[index];
    }

private:
    bool read(std::string_view tag) {
        if (tag.substr(0, 2) == "<@") return read_mention(tag);
        if (tag == "</blockquote>") {
            marks_.push_back({std::string(tag), std::string(tag), ""});
            return true;
        }
        const auto style = quote_class(tag);
        if (style.empty()) return false;
        marks_.push_back(
            {std::string(tag), "<blockquote class=\"" + std::string(style) + "\">", ""});
        return true;
    }

    bool read_mention(std::string_view tag) {
        const auto inner = tag.substr(2, tag.size() - 3);
        const auto bar = std::min(inner.find('|'), inner.size());
        const auto target = inner.substr(0, bar);
        std::string label(inner.substr(std::min(bar + 1, inner.size())));
        if (target == "all") {
            if (label.empty()) label = "All";
            result_.everyone = true;
            marks_.push_back({std::string(tag),
                              "<spark-mention data-object-type=\"groupMention\" "
                              "data-object-id=\"all\">" +
                                  escape_html(label) + "</spark-mention>",
                              label});
            return true;
        }
        const auto colon = target.find(':');
        if (colon == std::string_view::npos) return false;
        const auto kind = target.substr(0, colon);
        if (kind != "personId" && kind != "personEmail") return false;
        const auto person = find_(kind, target.substr(colon + 1));
        if (!person) {
            if (label.empty()) label = target.substr(colon + 1);
            marks_.push_back({std::string(tag), escape_html(label), label});
            return true;
        }
        if (label.empty()) label = person->display_name;
        auto& ids = result_.person_ids;
        if (std::find(ids.begin(), ids.end(), person->person_id) == ids.end()) {
            ids.push_back(person->person_id);
        }
        marks_.push_back({std::string(tag), mention_html(person->person_id, label), label});
        return true;
    }

    RichText& result_;
    const FindMentioned& find_;
    std::vector<Mark> marks_;
};

bool is_safe_link(std::string_view target) {
    constexpr std::array<std::string_view, 3> kSchemes = {"http://", "https://", "mailto:"};
    return std::any_of(kSchemes.begin(), kSchemes.end(), [target](std::string_view scheme) {
        if (target.size() < scheme.size()) return false;
        return std::equal(scheme.begin(), scheme.end(), target.begin(),
                          [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + 32 : b); });
    });
}

std::string_view view(const MD_ATTRIBUTE& attribute) {
    return {attribute.text, attribute.size};
}

std::string_view decoded(std::string_view entity) {
    using Pair = std::pair<std::string_view, std::string_view>;
    constexpr std::array<Pair, 6> kEntities = {Pair{"&amp;", "&"},  Pair{"&lt;", "<"},
                                               Pair{"&gt;", ">"},   Pair{"&quot;", "\""},
                                               Pair{"&apos;", "'"}, Pair{"&nbsp;", " "}};
    for (const auto& [name, character] : kEntities) {
        if (entity == name) return character;
    }
    return entity;
}

/// Receives md4c's events and writes html and text side by side.
class Writer {
public:
    Writer(RichText& result, const Marks& marks) : result_(result), marks_(marks) {}

    void block(MD_BLOCKTYPE type, void* detail, bool enter) {
        switch (type) {
            case MD_BLOCK_P:
                return tag("p", enter);
            case MD_BLOCK_QUOTE:
                return tag("blockquote", enter);
            case MD_BLOCK_UL:
                return tag("ul", enter);
            case MD_BLOCK_OL:
                return ordered_list(static_cast<MD_BLOCK_OL_DETAIL*>(detail), enter);
            case MD_BLOCK_LI:
                return tag("li", enter);
            case MD_BLOCK_HR:
                if (enter) html("<hr />");
                return;
            case MD_BLOCK_H:
                return tag("h" + std::to_string(static_cast<MD_BLOCK_H_DETAIL*>(detail)->level),
                           enter);
            case MD_BLOCK_CODE:
                return code_block(static_cast<MD_BLOCK_CODE_DETAIL*>(detail), enter);
            default:
                return;
        }
    }

    void span(MD_SPANTYPE type, void* detail, bool enter) {
        switch (type) {
            case MD_SPAN_EM:
                return html(enter ? "<em>" : "</em>");
            case MD_SPAN_STRONG:
                return html(enter ? "<strong>" : "</strong>");
            case MD_SPAN_CODE:
                return html(enter ? "<code>" : "</code>");
            case MD_SPAN_A:
                return link(*static_cast<MD_SPAN_A_DETAIL*>(detail), enter);
            default:
                return;
        }
    }

    void text(MD_TEXTTYPE type, std::string_view bytes) {
        switch (type) {
            case MD_TEXT_BR:
                html("<br/>");
                return blank();
            case MD_TEXT_SOFTBR:
                html("\n");
                return blank();
            case MD_TEXT_ENTITY:
                html(bytes);
                return plain(decoded(bytes));
            case MD_TEXT_NULLCHAR:
                return;
            default:
                return characters(bytes, type == MD_TEXT_CODE);
        }
    }

private:
    void html(std::string_view bytes) { result_.html += bytes; }

    // Line breaks become blanks, and never two in a row.
    void plain(std::string_view bytes) {
        for (const char c : bytes) {
            if (c == '\n' || c == '\r') {
                blank();
            } else {
                if (blank_due_ && !result_.text.empty()) result_.text += ' ';
                blank_due_ = false;
                result_.text += c;
            }
        }
    }
    void blank() { blank_due_ = true; }

    void tag(const std::string& name, bool enter) {
        html(enter ? "<" + name + ">" : "</" + name + ">");
        blank();
    }

    void ordered_list(const MD_BLOCK_OL_DETAIL* detail, bool enter) {
        if (!enter || detail->start == 1) return tag("ol", enter);
        html("<ol start=\"" + std::to_string(detail->start) + "\">");
        blank();
    }

    void code_block(const MD_BLOCK_CODE_DETAIL* detail, bool enter) {
        blank();
        if (!enter) return html("</code></pre>");
        const auto language = view(detail->lang);
        html(language.empty() ? std::string("<pre><code>")
                              : R"(<pre><code class="language-)" + escape_html(language) + R"(">)");
    }

    void link(const MD_SPAN_A_DETAIL& detail, bool enter) {
        if (!is_safe_link(view(detail.href))) return;
        if (!enter) return html("</a>");
        html("<a href=\"" + escape_html(view(detail.href)) + R"(" rel="nofollow">)");
    }

    void characters(std::string_view bytes, bool code) {
        while (!bytes.empty()) {
            const auto open = std::min(bytes.find(kMarkOpen), bytes.size());
            html(escape_html(bytes.substr(0, open)));
            plain(bytes.substr(0, open));
            bytes.remove_prefix(open);
            if (bytes.empty()) return;
            if (const auto* mark = marks_.put_back(bytes)) {
                html(code ? escape_html(mark->source) : mark->html);
                plain(code ? mark->source : mark->text);
            } else {
                html(bytes.substr(0, kMarkOpen.size()));
                plain(bytes.substr(0, kMarkOpen.size()));
                bytes.remove_prefix(kMarkOpen.size());
            }
        }
    }

    RichText& result_;
    const Marks& marks_;
    bool blank_due_ = false;
};

Writer& writer(void* user) {
    return *static_cast<Writer*>(user);
}

int on_text(MD_TEXTTYPE type, const MD_CHAR* bytes, MD_SIZE size, void* user) {
    writer(user).text(type, {bytes, size});
    return 0;
}

}  // namespace

std::string escape_html(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 8);
    for (const char c : text) {
        if (c == '&') {
            out += "&amp;";
        } else if (c == '<') {
            out += "&lt;";
        } else if (c == '>') {
            out += "&gt;";
        } else if (c == '"') {
            out += "&quot;";
        } else {
            out += c;
        }
    }
    return out;
}

std::string mention_html(std::string_view person_id, std::string_view label) {
    return R"(<spark-mention data-object-type="person" data-object-id=")" + escape_html(person_id) +
           R"(">)" + escape_html(label) + "</spark-mention>";
}

RichText render_markdown(std::string_view markdown, const FindMentioned& find) {
    RichText result;
    Marks marks(result, find);
    const auto source = marks.take_out(markdown);
    result.html.reserve(source.size() * 2);
    Writer sink(result, marks);
    MD_PARSER parser{};
    parser.flags = MD_FLAG_NOHTML;
    parser.enter_block = [](MD_BLOCKTYPE type, void* detail, void* user) {
        writer(user).block(type, detail, true);
        return 0;
    };
    parser.leave_block = [](MD_BLOCKTYPE type, void* detail, void* user) {
        writer(user).block(type, detail, false);
        return 0;
    };
    parser.enter_span = [](MD_SPANTYPE type, void* detail, void* user) {
        writer(user).span(type, detail, true);
        return 0;
    };
    parser.leave_span = [](MD_SPANTYPE type, void* detail, void* user) {
        writer(user).span(type, detail, false);
        return 0;
    };
    parser.text = on_text;
    md_parse(source.data(), static_cast<MD_SIZE>(source.size()), &parser, &sink);
    return result;
}

}  // namespace messaging::sandbox
