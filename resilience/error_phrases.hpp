#pragma once

#include "resilience/phrases.hpp"

#include <span>

namespace resilience {

/// The phrases by which error texts are known. A phrase's groups are the bits of its `TextTopic`s.
std::span<const Phrase> error_phrases() noexcept;

}  // namespace resilience
