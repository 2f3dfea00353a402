#pragma once

#include "resilience/error_text.hpp"
#include "resilience/phrases.hpp"

#include <cstdint>
#include <span>

namespace resilience {

/// The group of a topic.
constexpr std::uint64_t bit(TextTopic topic) noexcept {
    return std::uint64_t{1} << static_cast<unsigned>(topic);
}

/// The phrases by which error texts are known. A phrase's groups are the bits of its `TextTopic`s.
std::span<const Phrase> error_phrases() noexcept;

}  // namespace resilience
