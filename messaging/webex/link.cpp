#include "messaging/webex/link.hpp"

#include "resilience/ascii.hpp"

#include <algorithm>
#include <array>

namespace messaging::webex {
namespace {

using resilience::ascii::is_blank;
using resilience::ascii::lower;
using resilience::ascii::lowered;

// The hosts of Webex that were seen in addresses it hands out.
constexpr std::array<std::string_view, 4> kFamily = {"webexapis.com", "webex.com", "wbx2.com",
                                                     "ciscospark.com"};

bool same(std::string_view a, std::string_view b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                              [](char x, char y) { return lower(x) == lower(y); });
}

/// One pass over a header value.
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    bool done() const { return at_ >= text_.size(); }
    bool at(char c) const { return !done() && text_[at_] == c; }
    void step() {
        if (!done()) ++at_;
    }
    void skip_blanks() {
        while (!done() && is_blank(text_[at_]))
            ++at_;
    }
    /// Everything up to one of `ends`, or the end.
    std::string_view until(std::string_view ends) {
        const auto start = at_;
        at_ = std::min(text_.find_first_of(ends, at_), text_.size());
        return text_.substr(start, at_ - start);
    }
    /// A quoted string or a bare word.
    std::string_view value() {
        skip_blanks();
        if (!at('"')) return until(" \t;,");
        step();
        const auto start = at_;
        while (!done() && !at('"'))
            at_ += at('\\') ? 2U : 1U;
        at_ = std::min(at_, text_.size());
        const auto quoted = text_.substr(start, at_ - start);
        step();
        return quoted;
    }

private:
    std::string_view text_;
    std::size_t at_ = 0;
};

bool lists_next(std::string_view relations) {
    while (!relations.empty()) {
        const auto word = relations.substr(0, relations.find(' '));
        if (same(word, "next")) return true;
        relations.remove_prefix(std::min(relations.size(), word.size() + 1));
    }
    return false;
}

// Reads the parameters of one link, up to the comma behind it.
bool is_next(Scanner& scanner) {
    bool next = false;
    while (true) {
        scanner.skip_blanks();
        if (!scanner.at(';')) return next;
        scanner.step();
        scanner.skip_blanks();
        const auto name = scanner.until("=;, \t");
        scanner.skip_blanks();
        if (!scanner.at('=')) continue;
        scanner.step();
        const auto value = scanner.value();
        if (same(name, "rel")) next = lists_next(value);
    }
}

struct Origin {
    std::string scheme;
    std::string host;
    std::string port;

    friend bool operator==(const Origin&, const Origin&) = default;
};

// Anything unusual (user names, escapes, backslashes) has no origin: parsers disagree about it.
std::optional<Origin> origin_of(std::string_view url) {
    const auto mark = url.find("://");
    if (mark == std::string_view::npos) return std::nullopt;
    Origin origin{.scheme = lowered(url.substr(0, mark)), .host = {}, .port = {}};
    if (origin.scheme != "http" && origin.scheme != "https") return std::nullopt;
    url.remove_prefix(mark + 3);
    const std::string authority = lowered(url.substr(0, url.find_first_of("/?#")));
    constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789.-:[]";
    if (authority.empty() || authority.find_first_not_of(kAllowed) != std::string::npos) {
        return std::nullopt;
    }
    const auto bracket = authority.find(']');
    const auto colon = authority.find(':', bracket == std::string::npos ? 0 : bracket);
    origin.host = authority.substr(0, colon);
    origin.port = colon == std::string::npos ? "" : authority.substr(colon + 1);
    if (origin.port.empty()) origin.port = origin.scheme == "https" ? "443" : "80";
    return origin;
}

// "max=5" for "max" in "https://host/path?max=5&x"; empty if it is not there, or has no value.
std::string_view parameter(std::string_view url, std::string_view name) {
    url.remove_prefix(std::min(url.find('?'), url.size()));
    while (!url.empty()) {
        url.remove_prefix(1);
        const auto pair = url.substr(0, url.find('&'));
        if (pair.substr(0, name.size()) == name && pair.substr(name.size(), 1) == "=") return pair;
        url.remove_prefix(pair.size());
    }
    return {};
}

bool is_webex(const Origin& origin) {
    if (origin.scheme != "https" || origin.port != "443") return false;
    return std::any_of(kFamily.begin(), kFamily.end(), [&origin](std::string_view domain) {
        const std::string& host = origin.host;
        if (host == domain) return true;
        const auto start = host.size() - std::min(host.size(), domain.size());
        return start > 0 && host[start - 1] == '.' &&
               host.compare(start, domain.size(), domain) == 0;
    });
}

}  // namespace

std::optional<std::string> next_link(std::string_view header) {
    Scanner scanner(header);
    while (!scanner.done()) {
        scanner.until("<");
        if (scanner.done()) break;
        scanner.step();
        const auto target = scanner.until(">");
        if (scanner.done()) break;
        scanner.step();
        if (is_next(scanner) && !target.empty()) return std::string{target};
        // What is left of a malformed link is skipped up to the next one.
        scanner.until(",<");
    }
    return std::nullopt;
}

std::optional<std::string> next_link(const http::Headers& headers) {
    for (const auto& [name, value] : headers) {
        if (!same(name, "link")) continue;
        if (auto link = next_link(value)) return link;
    }
    return std::nullopt;
}

std::string mended_next(std::string next, std::string_view asked) {
    const auto max = parameter(next, "max");
    const auto wanted = parameter(asked, "max");
    if (max == "max=null" && !wanted.empty()) {
        const auto at = static_cast<std::size_t>(max.data() - next.data());
        next.replace(at, max.size(), wanted);
    }
    const auto filter = parameter(asked, "mentionedPeople");
    if (!filter.empty() && parameter(next, "mentionedPeople").empty()) {
        next += next.find('?') == std::string::npos ? '?' : '&';
        next += filter;
    }
    return next;
}

bool may_carry_token(std::string_view base_url, std::string_view url) {
    const auto base = origin_of(base_url);
    const auto target = origin_of(url);
    if (!base || !target) return false;
    return *base == *target || (is_webex(*base) && is_webex(*target));
}

}  // namespace messaging::webex
