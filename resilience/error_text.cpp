#include "resilience/error_text.hpp"

#include "resilience/ascii.hpp"
#include "resilience/error_phrases.hpp"

#include <algorithm>
#include <array>

namespace resilience {

namespace {

using ascii::equals_lower;
using ascii::is_digit;
using ascii::lower;

constexpr std::array<std::string_view, 12> kLiteralWords{"connection reset",
                                                         "connection aborted",
                                                         "timeout",
                                                         "timed out",
                                                         "rate limit",
                                                         "too many requests",
                                                         "503",
                                                         "504",
                                                         "service unavailable",
                                                         "ssl",
                                                         "certificate",
                                                         "proxy"};
constexpr std::array<std::string_view, 4> kTrackingPrefixes{"ROUTERGW_", "ROUTER_", "CLIENT_",
                                                            "NA_"};
// Before a quote: `reason "…"` quotes an error, `text: "…"` quotes a person.
constexpr std::array<std::string_view, 4> kErrorNouns{"error", "exception", "reason", "cause"};
constexpr std::array<std::string_view, 18> kUserNouns{
    "text", "markdown", "title",   "name",   "body", "content", "value", "input",     "filename",
    "file", "path",     "subject", "prompt", "room", "label",   "field", "parameter", "comment"};
// "user said: …" tells what a person wrote, up to the end of the line; "server said: …" does not.
constexpr std::array<std::string_view, 6> kSpeakers{"user",   "person", "customer",
                                                    "sender", "member", "participant"};
constexpr std::array<std::string_view, 4> kSpeech{"said", "says", "wrote", "writes"};
/// Quotes that open and close with different signs. People write them; the programs that do (GNU's)
/// put in them what was given to them, such as the name of a file.
struct QuotePair {
    std::string_view opening;
    std::string_view closing;
};
constexpr std::array<QuotePair, 8> kQuotePairs{
    {{"\xE2\x80\x9C", "\xE2\x80\x9D"},    // English, double
     {"\xE2\x80\x98", "\xE2\x80\x99"},    // English, single
     {"\xE2\x80\x9E", "\xE2\x80\x9C"},    // German, double
     {"\xE2\x80\x9A", "\xE2\x80\x98"},    // German, single
     {"\xC2\xAB", "\xC2\xBB"},            // French
     {"\xE2\x80\xB9", "\xE2\x80\xBA"},    // French, single
     {"\xE3\x80\x8C", "\xE3\x80\x8D"},    // Japanese
     {"\xE3\x80\x8E", "\xE3\x80\x8F"}}};  // Japanese, inner
constexpr int kStatusMin = 400;
constexpr int kStatusMax = 599;

const PhraseAutomaton& automaton() {
    static const PhraseAutomaton built(error_phrases());
    return built;
}

bool is_word(char c) noexcept {
    return PhraseAutomaton::symbol_of(c) < PhraseAutomaton::kBlank;
}

bool is_space(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// One pass over one text.
class Reader {
public:
    Reader(std::string_view text, const PhraseAutomaton& phrases, QuotedText quoted) noexcept
        : automaton_(phrases),
          text_(text),
          skip_quotes_(quoted == QuotedText::kSkipped),
          state_(automaton_.start()) {}

    TextFindings read() noexcept {
        while (at_ < text_.size()) {
            if (is_word(text_[at_])) {
                read_word();
            } else {
                read_separator();
            }
        }
        feed_blank();
        return findings_;
    }

private:
    void feed(std::uint8_t symbol) noexcept {
        state_ = automaton_.next(state_, symbol);
        ++position_;
    }

    /// Phrases end with a blank, so matches are looked for here alone.
    void feed_blank() noexcept {
        if (after_blank_) return;
        after_blank_ = true;
        feed(PhraseAutomaton::kBlank);
        const std::uint64_t groups = automaton_.groups(state_);
        if (groups == 0) return;
        findings_.topics |= groups;
        if ((groups & bit(TextTopic::kStatusContext)) != 0) context_end_ = position_;
        if ((groups & bit(TextTopic::kStatusReason)) != 0 && candidate_ != 0 &&
            candidate_end_ + automaton_.length(state_) == position_) {
            accept_status(candidate_);
        }
    }

    void read_word() noexcept {
        if (after_blank_) {
            if (skip_tracking_id()) return;
            if (is_digit(text_[at_])) consider_status();
        }
        after_blank_ = false;
        do {
            feed(PhraseAutomaton::symbol_of(text_[at_]));
            ++at_;
        } while (at_ < text_.size() && is_word(text_[at_]));
    }

    void read_separator() noexcept {
        const char c = text_[at_];
        const bool in_word =
            !after_blank_ && at_ > 0 && is_word(text_[at_ - 1]) && is_word(char_at(at_ + 1));
        if (c == '\'' && in_word) {  // "can't" is read as "cant"
            ++at_;
            return;
        }
        if (c == '.' && in_word && !(text_[at_ + 1] >= 'A' && text_[at_ + 1] <= 'Z')) {
            feed(PhraseAutomaton::kPoint);  // "timeout.png" is not the word "timeout"
            ++at_;
            return;
        }
        feed_blank();
        if (skip_quotes_ && (skip_user_quote(c) || skip_user_speech(c))) return;
        if (text_.substr(at_, 3) == "://" || (c == '/' && starts_path())) {
            skip_to_space();
            return;
        }
        ++at_;
    }

    bool starts_path() const noexcept {
        return (at_ == 0 || !is_word(text_[at_ - 1])) && is_word(char_at(at_ + 1));
    }

    void skip_to_space() noexcept {
        while (at_ < text_.size() && !is_space(text_[at_]) && text_[at_] != '"' &&
               text_[at_] != '\'' && text_[at_] != ')' && text_[at_] != '>') {
            ++at_;
        }
    }

    bool skip_tracking_id() noexcept {
        const char c = text_[at_];
        if (at_ < no_id_until_ || (c != 'R' && c != 'C' && c != 'N')) return false;
        for (const auto prefix : kTrackingPrefixes) {
            if (text_.substr(at_, prefix.size()) != prefix) continue;
            std::size_t end = at_ + prefix.size();
            bool has_digit = false;
            while (is_word(char_at(end)) || char_at(end) == '-' || char_at(end) == '_') {
                has_digit = has_digit || is_digit(text_[end]);
                ++end;
            }
            if (!has_digit) {
                no_id_until_ = end;  // not asked again: "NA_NA_NA_…" would cost its square
                return false;
            }
            at_ = end;
            return true;
        }
        return false;
    }

    /// A number counts behind a context phrase; alone between blanks it waits for its reason
    /// phrase.
    void consider_status() noexcept {
        if (!is_digit(char_at(at_ + 1)) || !is_digit(char_at(at_ + 2)) || !number_ends(at_ + 3)) {
            return;
        }
        const int value =
            (text_[at_] - '0') * 100 + (text_[at_ + 1] - '0') * 10 + (text_[at_ + 2] - '0');
        if (value < kStatusMin || value > kStatusMax) return;
        if (context_end_ == position_ && position_ > 0) {
            accept_status(value);
        } else if (stands_alone()) {
            candidate_ = value;
            candidate_end_ = position_ + 3;
        }
    }

    bool number_ends(std::size_t end) const noexcept {
        const char c = char_at(end);
        if (is_word(c) || c == '%') return false;
        const bool joins = c == '.' || c == '-' || c == '_' || c == ':';
        return !(joins && is_digit(char_at(end + 1)));
    }

    bool stands_alone() const noexcept {
        if (at_ == 0) return true;
        constexpr std::string_view kBefore = " \t\n\r[(\"'{,;>";
        return kBefore.find(text_[at_ - 1]) != std::string_view::npos;
    }

    void accept_status(int value) noexcept {
        if (findings_.status == 0) findings_.status = value;
    }

    bool skip_user_quote(char c) noexcept {
        if (static_cast<unsigned char>(c) >= 0x80) return skip_paired_quote();
        if (c != '"' && c != '\'' && c != '`') return false;
        if (at_ > 0 && is_word(text_[at_ - 1])) return false;  // closes something, or an apostrophe
        return quotes_user() && skip_past(closing_of(c), 1);
    }

    /// Everything that follows "user said:", as nothing tells where it ends but the line does.
    bool skip_user_speech(char c) noexcept {
        if (c != ':') return false;
        const auto verb = word_before(at_);
        if (verb.empty() || !ascii::is_one_of(verb, kSpeech)) return false;
        std::size_t end = at_ - verb.size();
        while (end > 0 && is_space(text_[end - 1])) {
            --end;
        }
        if (!ascii::is_one_of(word_before(end), kSpeakers)) return false;
        at_ = std::min(text_.find('\n', at_), text_.size());
        return true;
    }

    bool skip_paired_quote() noexcept {
        for (const auto& pair : kQuotePairs) {
            if (text_.substr(at_, pair.opening.size()) != pair.opening) continue;
            return skip_past(closing_of(pair), pair.closing.size());
        }
        return false;
    }

    bool skip_past(std::size_t closing, std::size_t width) noexcept {
        if (closing == std::string_view::npos) {
            skip_quotes_ = false;  // never closed: look no further, or long texts cost their square
            return false;
        }
        at_ = closing + width;
        return true;
    }

    /// A closing sign inside of a word is an apostrophe. Polish, Dutch and others close a low quote
    /// with the English sign.
    std::size_t closing_of(const QuotePair& pair) const noexcept {
        const bool low = pair.opening.back() == '\x9E' && pair.opening.front() == '\xE2';
        for (std::size_t i = at_ + pair.opening.size(); i < text_.size(); ++i) {
            const auto sign = text_.substr(i, pair.closing.size());
            const bool closes = sign == pair.closing || (low && sign == kQuotePairs[0].closing);
            if (closes && !is_word(char_at(i + pair.closing.size()))) return i;
        }
        return std::string_view::npos;
    }

    std::size_t closing_of(char quote) const noexcept {
        for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
            if (text_[i] == '\\') {
                ++i;
            } else if (text_[i] == quote && !is_word(char_at(i + 1))) {
                return i;
            }
        }
        return std::string_view::npos;
    }

    /// Judges by what stands before the quote at `at_`.
    bool quotes_user() const noexcept {
        std::size_t end = at_;
        while (end > 0 && is_space(text_[end - 1])) {
            --end;
        }
        if (end == 0) return false;
        const char before = text_[end - 1];
        if (before == '=') return true;
        if (is_word(before)) return !ascii::is_one_of(word_before(end), kErrorNouns);
        if (before != ':') return false;
        --end;
        // `{"message": "…"}` is how services word their own errors, `message: "…"` is not.
        const bool is_key = end > 0 && text_[end - 1] == '"';
        if (is_key) --end;
        const auto noun = word_before(end);
        return ascii::is_one_of(noun, kUserNouns) || (!is_key && equals_lower(noun, "message"));
    }

    std::string_view word_before(std::size_t end) const noexcept {
        std::size_t begin = end;
        while (begin > 0 && is_word(text_[begin - 1])) {
            --begin;
        }
        return text_.substr(begin, end - begin);
    }

    char char_at(std::size_t index) const noexcept {
        return index < text_.size() ? text_[index] : '\0';
    }

    const PhraseAutomaton& automaton_;
    std::string_view text_;
    bool skip_quotes_;
    PhraseAutomaton::State state_;
    bool after_blank_ = true;  // the start state stands behind a blank
    std::size_t at_ = 0;
    std::size_t no_id_until_ = 0;
    std::size_t position_ = 0;
    std::size_t context_end_ = 0;
    std::size_t candidate_end_ = 0;
    int candidate_ = 0;
    TextFindings findings_;
};

}  // namespace

TextFindings read_error_text(std::string_view text) noexcept {
    return Reader(text, automaton(), QuotedText::kSkipped).read();
}

TextFindings read_error_body(std::string_view body) noexcept {
    return Reader(body, automaton(), QuotedText::kCounts).read();
}

std::uint64_t find_phrases(std::string_view text,
                           const PhraseAutomaton& phrases,
                           QuotedText quoted) noexcept {
    // The groups that mark a status are some phrase here; the status they find is not asked for.
    return Reader(text, phrases, quoted).read().topics;
}

void prepare_error_texts() {
    automaton();
}

bool has_literal_word(std::string_view text) noexcept {
    return std::any_of(kLiteralWords.begin(), kLiteralWords.end(), [text](std::string_view word) {
        return std::search(text.begin(), text.end(), word.begin(), word.end(),
                           [](char a, char b) { return lower(a) == b; }) != text.end();
    });
}

}  // namespace resilience
