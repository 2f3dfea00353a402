#include "resilience/phrases.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

namespace resilience {

PhraseAutomaton::PhraseAutomaton(std::span<const Phrase> phrases) {
    add_state();
    for (const auto& phrase : phrases) {
        add(phrase);
    }
    fill_transitions();
    start_ = next(0, kBlank);
}

PhraseAutomaton::State PhraseAutomaton::add_state() {
    assert(groups_.size() < std::numeric_limits<State>::max());
    transitions_.resize(transitions_.size() + kSymbols, 0);
    groups_.push_back(0);
    lengths_.push_back(0);
    return static_cast<State>(groups_.size() - 1);
}

void PhraseAutomaton::add(const Phrase& phrase) {
    State state = 0;
    std::uint16_t length = 0;
    const auto step = [&](std::uint8_t symbol) {
        const std::size_t slot = std::size_t{state} * kSymbols + symbol;
        if (transitions_[slot] == 0) {
            const State fresh = add_state();
            transitions_[slot] = fresh;
        }
        state = transitions_[slot];
        ++length;
    };
    step(kBlank);
    for (const char c : phrase.text) {
        step(symbol_of(c));
    }
    step(kBlank);
    groups_[state] |= phrase.groups;
    lengths_[state] = length;
}

void PhraseAutomaton::fill_transitions() {
    // Breadth first: the fallback of a state is shallower than the state, so it is complete
    // already.
    std::vector<State> fallback(groups_.size(), 0);
    std::vector<State> queue{0};
    queue.reserve(groups_.size());
    for (std::size_t head = 0; head < queue.size(); ++head) {
        const State state = queue[head];
        const State shorter = fallback[state];
        groups_[state] |= groups_[shorter];
        lengths_[state] = std::max(lengths_[state], lengths_[shorter]);
        for (std::size_t symbol = 0; symbol < kSymbols; ++symbol) {
            State& target = transitions_[std::size_t{state} * kSymbols + symbol];
            const State otherwise =
                state == 0 ? State{0} : transitions_[std::size_t{shorter} * kSymbols + symbol];
            if (target == 0) {
                target = otherwise;
            } else {
                fallback[target] = otherwise;
                queue.push_back(target);
            }
        }
    }
}

}  // namespace resilience
