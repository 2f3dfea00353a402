#pragma once

#include "messaging/content/message.hpp"
#include "resilience/result.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace messaging::webex {

/// A message as the service shows it. Fields it left out are empty.
struct MessageView {
    std::string id;
    std::string room_id;
    std::string room_type;  ///< "direct" or "group".
    std::string parent_id;
    std::string person_id;
    std::string person_email;
    std::string text;
    std::string markdown;
    std::string html;
    std::vector<std::string> mentioned_people;
    std::chrono::milliseconds created{0};  ///< Since 1970-01-01 UTC; 0 when unreadable.
    std::size_t file_count = 0;
    bool has_card = false;
};

/// The JSON object for POST /messages: destination, texts, thread, card. Files are not part of it.
/// Invalid UTF-8 is replaced; `check_message` refuses it earlier.
std::string render_message(const Target& to, const Message& message);

/// Reads one message object.
resilience::Result<MessageView> parse_message(std::string_view json);

/// Reads {"items":[…]}. Items that are no messages are skipped; anything else gives none.
std::vector<MessageView> parse_message_list(std::string_view json);

/// Value of the top-level member "id" of a JSON object, without building the rest. Fails when the
/// text is no JSON object or has none.
resilience::Result<std::string> parse_id(std::string_view json);

/// Reads "2026-04-23T12:09:05.902Z" and "2015-10-18T14:26:16+00:00"; 0 for anything else.
std::chrono::milliseconds parse_timestamp(std::string_view text);

}  // namespace messaging::webex
