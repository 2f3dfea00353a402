#pragma once

#include "resilience/classify.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace resilience {

/// What an HTTP status means, in place of the profile's table.
struct StatusRule {
    int status = 0;  ///< 300 to 599.
    ErrorClass cls = ErrorClass::kPermanent;
    Scope scope = Scope::kMessage;
    std::string name = {};  ///< As in logs; "user_http_420" if empty.
};

/// What a phrase in an error text means, in place of the built-in phrases.
struct PhraseRule {
    /// Whole words, in any case; runs of punctuation count as one blank.
    std::string phrase;
    ErrorClass cls = ErrorClass::kPermanent;
    Scope scope = Scope::kMessage;
    std::string name = {};  ///< As in logs; "user_maintenance_window" if empty.
    /// Where set, the phrase is looked for in the body of an answer with this status. Where not, in
    /// texts of which nothing else is known: facts decide before words.
    std::optional<int> status = std::nullopt;
};

/// Rules of the person who runs the program. The first phrase that matches decides, then the
/// status; whatever none of them knows is left to the profile. They count in every profile: in
/// kStrict too, because somebody chose these very words.
struct ClassifierRules {
    std::vector<StatusRule> statuses = {};
    std::vector<PhraseRule> phrases = {};  ///< At most `kPhraseRulesMax`.
};

inline constexpr std::size_t kPhraseRulesMax = 64;

/// Says what is wrong with the rules, in words for the person who wrote them; empty if nothing is.
std::string mistake_in(const ClassifierRules& rules);

/// The rules, ready to be asked. Immutable; may be shared by threads. A rule with a mistake is left
/// out; ask `mistake_in` first. Questions neither throw nor allocate.
class CompiledRules {
public:
    explicit CompiledRules(ClassifierRules rules);
    CompiledRules(const CompiledRules&) = delete;
    CompiledRules(CompiledRules&&) = delete;
    CompiledRules& operator=(const CompiledRules&) = delete;
    CompiledRules& operator=(CompiledRules&&) = delete;
    ~CompiledRules();

    /// The verdict on an answer; its rule name lives as long as this.
    std::optional<Verdict> of_response(int status, std::string_view body) const noexcept;
    /// The verdict on a text of which nothing else is known.
    std::optional<Verdict> of_text(std::string_view text) const noexcept;

private:
    struct Automaton;
    std::optional<Verdict> of_phrases(std::uint64_t found,
                                      std::optional<int> status) const noexcept;

    ClassifierRules rules_;
    std::unique_ptr<const Automaton> automaton_;  // null without phrases
};

}  // namespace resilience
