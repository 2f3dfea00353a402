#include "resilience/redact.hpp"

#include "resilience/ascii.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace resilience {

namespace {

using ascii::equals_lower;
using ascii::is_blank;
using ascii::lower;

constexpr std::string_view kMark = "[redacted]";
constexpr std::string_view kWebexIdStart = "Y2lzY29zcGFyaz";
constexpr std::size_t kTokenLengthMin = 60;
constexpr std::size_t kInputMax = 8192;  // what lies beyond would be cut off anyway

constexpr std::array<std::string_view, 3> kSchemes{"bearer", "basic", "token"};
// Whole names of keys, or their last words: "access_token", "X-Spark-Signature", "clientSecret".
constexpr std::array<std::string_view, 13> kSecretKeys{
    "token", "api_key",     "apikey",    "secret", "password", "passwd",     "passphrase",
    "pwd",   "private_key", "signature", "sig",    "cookie",   "credentials"};
constexpr std::size_t kKeyLengthMax = 64;

bool is_alnum(char c) noexcept {
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9');
}

/// Characters of tokens, and of keys.
bool is_token(char c) noexcept {
    return is_alnum(c) || c == '_' || c == '-';
}

bool ends_url(char c) noexcept {
    return is_blank(c) || c == '\n' || c == '\r' || c == '"' || c == '\'' || c == '<' || c == '>' ||
           c == ')' || c == '`';
}

bool ends_value(char c) noexcept {
    return ends_url(c) || c == ',' || c == ';' || c == '&' || c == '}' || c == ']';
}

/// "X-API-Key", "apiKey" and "API_KEY" as "api_key" with what stands before it.
std::string snake_case(std::string_view key) {
    std::string out;
    for (std::size_t i = 0; i < key.size(); ++i) {
        const char c = key[i];
        const bool capital = c >= 'A' && c <= 'Z';
        const bool after_small = i > 0 && key[i - 1] >= 'a' && key[i - 1] <= 'z';
        if (capital && after_small) out += '_';
        out += c == '-' ? '_' : lower(c);
    }
    return out;
}

bool is_secret_key(std::string_view word) {
    if (word.size() > kKeyLengthMax) return false;
    const auto key = snake_case(word);
    return std::any_of(kSecretKeys.begin(), kSecretKeys.end(), [&key](std::string_view known) {
        if (!std::string_view(key).ends_with(known)) return false;
        return key.size() == known.size() || key[key.size() - known.size() - 1] == '_';
    });
}

bool looks_like_token(std::string_view word) noexcept {
    if (word.size() < kTokenLengthMin) return false;
    if (word.substr(0, kWebexIdStart.size()) == kWebexIdStart) return false;
    return !std::all_of(word.begin(), word.end(), [](char c) {
        return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'f') || c == '-';
    });
}

class Redactor {
public:
    explicit Redactor(std::string_view text) : text_(text) {}

    std::string run() {
        while (at_ < text_.size() && out_.size() <= kRedactedLengthMax) {
            if (is_token(text_[at_])) {
                read_word();
            } else if (text_.substr(at_, 3) == "://") {
                read_url();
            } else if (text_[at_] == '?' && starts_query()) {
                out_ += '?';
                redact_until(ends_url, at_ + 1);
            } else {
                put(text_[at_++]);
            }
        }
        return cut();
    }

private:
    void read_word() {
        std::size_t end = at_;
        while (end < text_.size() && is_token(text_[end])) {
            ++end;
        }
        const auto word = text_.substr(at_, end - at_);
        at_ = end;
        const bool web_token = word.substr(0, 3) == "eyJ" && text_.substr(at_, 1) == ".";
        if (web_token) {  // all three parts of it
            while (at_ < text_.size() && (is_token(text_[at_]) || text_[at_] == '.'))
                ++at_;
        }
        if (web_token || looks_like_token(word)) {
            out_ += kMark;
            return;
        }
        out_ += word;
        if (equals_lower(word, "authorization") || equals_lower(word, "proxy-authorization")) {
            redact_header();
        } else if (is_secret_key(word) && copy_assignment()) {
            redact_value();
        } else if (ascii::is_one_of(word, kSchemes) && at_ < text_.size() && is_blank(text_[at_])) {
            copy_spaces();
            redact_credentials();
        }
    }

    /// "Authorization: Bearer abc", also as JSON: the scheme stays nobody's secret, but goes too.
    void redact_header() {
        if (!copy_assignment()) return;
        if (quote_) return redact_quoted();
        redact_until([](char c) { return c == '\n' || c == '\r'; });
    }

    void redact_value() {
        if (quote_) return redact_quoted();
        const char c = at_ < text_.size() ? text_[at_] : ' ';
        if (c == '{' || c == '[') {  // whatever it holds
            return redact_until([](char end) { return end == '\n' || end == '\r'; });
        }
        redact_until(ends_value);
    }

    /// Up to the quote that closes it; in a text that is escaped itself, further.
    void redact_quoted() {
        std::size_t end = at_;
        while (end < text_.size() && text_[end] != *quote_) {
            end += text_[end] == '\\' ? 2U : 1U;
        }
        end = std::min(end, text_.size());
        if (end == at_) return;
        out_ += kMark;
        at_ = end;
    }

    /// After a scheme: prose such as "token expired" is no credential, "Bearer abc123" is.
    void redact_credentials() {
        std::size_t end = at_;
        bool odd = false;
        while (end < text_.size() && !ends_value(text_[end])) {
            odd = odd || !(lower(text_[end]) >= 'a' && lower(text_[end]) <= 'z');
            ++end;
        }
        if (end == at_ || (!odd && end - at_ < 12)) return;
        out_ += kMark;
        at_ = end;
    }

    /// Copies `": "`, `=`, `: ` between a key and its value. False if there is no such thing.
    bool copy_assignment() {
        std::size_t end = at_;
        const auto skip = [&](auto is_wanted) {
            while (end < text_.size() && is_wanted(text_[end])) {
                ++end;
            }
        };
        skip([](char c) { return c == '"' || c == '\'' || c == '\\' || is_blank(c); });
        if (end == text_.size() || (text_[end] != ':' && text_[end] != '=')) return false;
        ++end;
        skip(is_blank);
        skip([](char c) { return c == '\\'; });
        quote_.reset();
        if (end < text_.size() && (text_[end] == '"' || text_[end] == '\'')) quote_ = text_[end++];
        out_ += text_.substr(at_, end - at_);
        at_ = end;
        return true;
    }

    template <class Ends>
    void redact_until(Ends ends) {
        redact_until(ends, at_);
    }

    /// Leaves out what stands before `begin`.
    template <class Ends>
    void redact_until(Ends ends, std::size_t begin) {
        at_ = begin;
        std::size_t end = at_;
        while (end < text_.size() && !ends(text_[end])) {
            ++end;
        }
        if (end == at_) return;
        out_ += kMark;
        at_ = end;
    }

    void read_url() {
        out_ += "://";
        at_ += 3;
        std::size_t end = at_;
        while (end < text_.size() && !ends_url(text_[end])) {
            ++end;
        }
        auto rest = text_.substr(at_, end - at_);
        if (has_user(rest.substr(0, rest.find_first_of("/?#")))) {
            // A password that nobody escaped may hold "/", "?", "#" and "@" itself.
            const auto user_end = rest.rfind('@');
            if (user_end != std::string_view::npos) {
                out_ += kMark;
                rest.remove_prefix(user_end);
            }
        }
        const auto query = std::min(rest.find_first_of("?#;"), rest.size());
        at_ = end;
        // Path segments may be keys.
        copy_path(rest.substr(0, query));
        if (query < rest.size()) out_.append(1, rest[query]).append(kMark);
    }

    /// Whether what stands before the first "/" of a URL is more than host and port.
    static bool has_user(std::string_view authority) noexcept {
        if (authority.find('@') != std::string_view::npos) return true;
        const auto colon = authority.rfind(':');
        if (colon == std::string_view::npos || authority.front() == '[') return false;
        const auto port = authority.substr(colon + 1);
        return !std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
    }

    /// "/callback?code=…", as servers log it: a URL without a scheme.
    bool starts_query() const noexcept {
        constexpr std::string_view kOfKeys = ".[]%";
        if (at_ == 0 || !(is_token(text_[at_ - 1]) || text_[at_ - 1] == '/')) return false;
        std::size_t end = at_ + 1;
        while (end < text_.size() &&
               (is_token(text_[end]) || kOfKeys.find(text_[end]) != std::string_view::npos)) {
            ++end;
        }
        return end > at_ + 1 && end < text_.size() && text_[end] == '=';
    }

    void copy_path(std::string_view path) {
        while (!path.empty()) {
            std::size_t end = 0;
            while (end < path.size() && is_token(path[end])) {
                ++end;
            }
            const auto word = path.substr(0, end);
            out_ += looks_like_token(word) ? kMark : word;
            path.remove_prefix(end);
            if (!path.empty()) {
                put(path.front());
                path.remove_prefix(1);
            }
        }
    }

    void copy_spaces() {
        while (at_ < text_.size() && is_blank(text_[at_])) {
            put(text_[at_++]);
        }
    }

    void put(char c) {
        constexpr std::string_view kHex = "0123456789abcdef";
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\n') {
            out_ += "\\n";
        } else if (c == '\r') {
            out_ += "\\r";
        } else if (c == '\t') {
            out_ += "\\t";
        } else if (byte < 0x20 || byte == 0x7F) {
            out_.append("\\x").append(1, kHex[byte >> 4U]).append(1, kHex[byte & 15U]);
        } else {
            out_ += c;
        }
    }

    /// Cuts before a character that would be cut in two.
    std::string cut() {
        if (out_.size() <= kRedactedLengthMax && at_ >= text_.size()) return std::move(out_);
        std::size_t end = std::min(out_.size(), kRedactedLengthMax);
        while (end > 0 && end < out_.size() &&
               (static_cast<unsigned char>(out_[end]) & 0xC0U) == 0x80U) {
            --end;
        }
        out_.resize(end);
        out_ += "…";
        return std::move(out_);
    }

    std::string_view text_;
    std::string out_;
    std::size_t at_ = 0;
    std::optional<char> quote_ = std::nullopt;  // before the value whose key was just copied
};

}  // namespace

std::string redact(std::string_view text) {
    return Redactor(text.substr(0, kInputMax)).run();
}

}  // namespace resilience
