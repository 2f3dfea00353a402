#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace resilience {

/// A phrase and the groups it belongs to, one bit each. Lower-case letters, digits, blanks and
/// points; anything else counts as a blank.
struct Phrase {
    std::string_view text;
    std::uint64_t groups = 0;
};

namespace detail {

constexpr std::array<std::uint8_t, 256> make_symbols() noexcept {
    std::array<std::uint8_t, 256> table{};
    for (auto& symbol : table) {
        symbol = 36;
    }
    for (std::uint8_t i = 0; i < 26; ++i) {
        table[std::size_t{'a'} + i] = i;
        table[std::size_t{'A'} + i] = i;
    }
    for (std::uint8_t i = 0; i < 10; ++i) {
        table[std::size_t{'0'} + i] = static_cast<std::uint8_t>(26 + i);
    }
    table[std::size_t{'.'}] = 37;
    return table;
}

inline constexpr std::array<std::uint8_t, 256> kSymbols = make_symbols();

}  // namespace detail

/// Finds many phrases at once, as whole words, in one pass: an Aho-Corasick automaton with all
/// transitions filled in. Immutable after construction, which is the only part that allocates.
class PhraseAutomaton {
public:
    using State = std::uint16_t;

    /// Symbols of a normalised text: letters, digits, then these two.
    static constexpr std::uint8_t kBlank = 36;
    static constexpr std::uint8_t kPoint = 37;
    static constexpr std::size_t kSymbols = 38;

    explicit PhraseAutomaton(std::span<const Phrase> phrases);

    /// The symbol of a character: letters of both cases alike, everything strange a blank.
    static std::uint8_t symbol_of(char c) noexcept {
        return detail::kSymbols[static_cast<unsigned char>(c)];
    }

    State start() const noexcept { return start_; }
    State next(State state, std::uint8_t symbol) const noexcept {
        return transitions_[std::size_t{state} * kSymbols + symbol];
    }
    /// The groups of all phrases that end here.
    std::uint64_t groups(State state) const noexcept { return groups_[state]; }
    /// Length in symbols, with its two outer blanks, of the longest phrase that ends here.
    std::uint16_t length(State state) const noexcept { return lengths_[state]; }

private:
    State add_state();
    void add(const Phrase& phrase);
    void fill_transitions();

    std::vector<State> transitions_;
    std::vector<std::uint64_t> groups_;
    std::vector<std::uint16_t> lengths_;
    State start_ = 0;
};

}  // namespace resilience
