#include "resilience/classifier_rules.hpp"

#include "resilience/error_text.hpp"
#include "resilience/phrases.hpp"

#include <algorithm>
#include <utility>

namespace resilience {

namespace {

constexpr int kRuleStatusMin = 300;
constexpr int kRuleStatusMax = 599;
constexpr std::size_t kPhraseMax = 200;

bool is_refusable(int status) noexcept {
    return status >= kRuleStatusMin && status <= kRuleStatusMax;
}

/// A phrase as the reader of error texts sees it: single blanks between words, no apostrophes
/// within them.
std::string normalised(std::string_view phrase) {
    const auto is_word = [](char c) {
        return PhraseAutomaton::symbol_of(c) < PhraseAutomaton::kBlank;
    };
    std::string result;
    for (std::size_t i = 0; i < phrase.size(); ++i) {
        const char c = phrase[i];
        const bool within =
            i > 0 && is_word(phrase[i - 1]) && i + 1 < phrase.size() && is_word(phrase[i + 1]);
        if (is_word(c)) {
            result += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        } else if (c == '.' && within) {
            result += c;
        } else if (!(c == '\'' && within) && !result.empty() && result.back() != ' ') {
            result += ' ';
        }
    }
    if (!result.empty() && result.back() == ' ') result.pop_back();
    return result;
}

std::string mistake_in(const PhraseRule& rule) {
    const std::string phrase = normalised(rule.phrase);
    if (phrase.empty()) return "a phrase needs at least one letter or digit";
    if (phrase.size() > kPhraseMax) {
        return "the phrase \"" + phrase.substr(0, 40) + "…\" has more than " +
               std::to_string(kPhraseMax) + " characters";
    }
    if (rule.status && !is_refusable(*rule.status)) {
        return "the status " + std::to_string(*rule.status) + " of \"" + phrase +
               "\" is not one of 300 to 599";
    }
    return {};
}

std::string mistake_in(const StatusRule& rule) {
    if (is_refusable(rule.status)) return {};
    return "the status " + std::to_string(rule.status) + " is not one of 300 to 599";
}

std::string default_name(const PhraseRule& rule) {
    std::string name = "user_" + normalised(rule.phrase);
    std::replace_if(
        name.begin(), name.end(), [](char c) { return c == ' ' || c == '.'; }, '_');
    return name;
}

}  // namespace

std::string mistake_in(const ClassifierRules& rules) {
    if (rules.phrases.size() > kPhraseRulesMax) {
        return "there are " + std::to_string(rules.phrases.size()) + " phrases; at most " +
               std::to_string(kPhraseRulesMax) + " are possible";
    }
    for (const auto& rule : rules.phrases) {
        if (auto mistake = mistake_in(rule); !mistake.empty()) return mistake;
    }
    for (const auto& rule : rules.statuses) {
        if (auto mistake = mistake_in(rule); !mistake.empty()) return mistake;
        const auto same =
            std::count_if(rules.statuses.begin(), rules.statuses.end(),
                          [&](const auto& other) { return other.status == rule.status; });
        if (same > 1) return "the status " + std::to_string(rule.status) + " has two rules";
    }
    return {};
}

struct CompiledRules::Automaton {
    explicit Automaton(std::span<const Phrase> phrases) : automaton(phrases) {}
    PhraseAutomaton automaton;
};

CompiledRules::CompiledRules(ClassifierRules rules) : rules_(std::move(rules)) {
    const auto wrong = [](const auto& rule) { return !mistake_in(rule).empty(); };
    std::erase_if(rules_.statuses, wrong);
    std::erase_if(rules_.phrases, wrong);
    if (rules_.phrases.size() > kPhraseRulesMax) rules_.phrases.resize(kPhraseRulesMax);

    for (auto& rule : rules_.statuses) {
        if (rule.name.empty()) rule.name = "user_http_" + std::to_string(rule.status);
    }
    std::vector<Phrase> phrases;
    phrases.reserve(rules_.phrases.size());
    for (auto& rule : rules_.phrases) {
        if (rule.name.empty()) rule.name = default_name(rule);
        rule.phrase = normalised(rule.phrase);
        phrases.push_back({rule.phrase, std::uint64_t{1} << phrases.size()});
    }
    if (!phrases.empty()) automaton_ = std::make_unique<const Automaton>(phrases);
}

CompiledRules::~CompiledRules() = default;

std::optional<Verdict> CompiledRules::of_response(int status,
                                                  std::string_view body) const noexcept {
    if (automaton_) {
        const auto found = find_phrases(body, automaton_->automaton, QuotedText::kCounts);
        if (auto verdict = of_phrases(found, status)) return verdict;
    }
    const auto rule = std::find_if(rules_.statuses.begin(), rules_.statuses.end(),
                                   [status](const auto& known) { return known.status == status; });
    if (rule == rules_.statuses.end()) return std::nullopt;
    return Verdict{rule->cls, rule->scope, rule->name};
}

std::optional<Verdict> CompiledRules::of_text(std::string_view text) const noexcept {
    if (!automaton_) return std::nullopt;
    return of_phrases(find_phrases(text, automaton_->automaton, QuotedText::kSkipped),
                      std::nullopt);
}

std::optional<Verdict> CompiledRules::of_phrases(std::uint64_t found,
                                                 std::optional<int> status) const noexcept {
    if (found == 0) return std::nullopt;
    for (std::size_t i = 0; i < rules_.phrases.size(); ++i) {
        const auto& rule = rules_.phrases[i];
        if ((found >> i & 1U) == 0 || rule.status != status) continue;
        return Verdict{rule.cls, rule.scope, rule.name};
    }
    return std::nullopt;
}

}  // namespace resilience
