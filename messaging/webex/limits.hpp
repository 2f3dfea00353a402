#pragma once

#include "messaging/content/message.hpp"
#include "resilience/result.hpp"

#include <cstddef>
#include <cstdint>

namespace messaging::webex {

/// Longest `text` or `markdown`, each, in bytes of UTF-8 (developer.webex.com, "Create a Message").
/// Webex also derives HTML from markdown, which is longer and has the same limit: markdown full of
/// `<`, `&` and lists may be refused although it is within this one. The Messenger splits what is
/// longer (content/split.hpp); only WebexClient and the text beside a card are refused.
inline constexpr std::size_t kTextBytesMax = 7439;
/// Largest file, in bytes (developer.webex.com, "REST API Basics": 100 MB per attachment).
inline constexpr std::uint64_t kFileBytesMax = 100'000'000;
/// Actions of one card (developer.webex.com, "Buttons and Cards").
inline constexpr std::size_t kCardActionsMax = 5;
/// Bytes of a card. Not documented; larger ones were seen to be refused as "payload is too big".
inline constexpr std::size_t kCardBytesMax = 22'000;

/// Levels of objects and arrays in a card. Our own limit: what works through a card by recursion,
/// here or there, must not run out of stack.
inline constexpr std::size_t kCardDepthMax = 100;

/// Checks a message against what Webex is known to refuse, before anything is accepted. The error
/// says what is wrong and what to do. Several files are allowed: each becomes a message of its own.
/// Reads the size of files from the disk; blocks on nothing else.
resilience::Result<resilience::Done> check_message(const Target& to, const Message& message);

/// The part of it that concerns the destination alone.
resilience::Result<resilience::Done> check_target(const Target& to);

}  // namespace messaging::webex
