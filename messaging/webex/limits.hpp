#pragma once

#include "messaging/content/message.hpp"
#include "resilience/result.hpp"

#include <cstddef>
#include <cstdint>

namespace messaging::webex {

/// Longest `text` or `markdown`, in bytes of UTF-8 (developer.webex.com, "Create a Message").
inline constexpr std::size_t kTextBytesMax = 7439;
/// Largest file, in bytes (developer.webex.com, "REST API Basics", 100 MB per attachment).
inline constexpr std::uint64_t kFileBytesMax = 100'000'000;
/// Actions of one card (developer.webex.com, "Buttons and Cards").
inline constexpr std::size_t kCardActionsMax = 5;
/// Bytes of a card. Not documented; larger ones were seen to be refused as "payload is too big".
inline constexpr std::size_t kCardBytesMax = 22'000;

/// Checks a message against what Webex is known to refuse, before anything is accepted. The error
/// says what is wrong and what to do. Reads the size of files from the disk.
resilience::Result<resilience::Done> check_message(const Target& to, const Message& message);

}  // namespace messaging::webex
