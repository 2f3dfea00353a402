#pragma once

#include "messaging/content/message.hpp"
#include "resilience/result.hpp"

#include <chrono>
#include <cstddef>
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
    std::vector<std::string> mentioned_people;  ///< Person ids.
    std::vector<std::string> mentioned_groups;  ///< "all".
    std::vector<std::string> files;             ///< Addresses; downloading needs the token.
    std::chrono::milliseconds created{0};       ///< Since 1970-01-01 UTC; 0 when unreadable.
    std::size_t file_count = 0;
    bool has_card = false;
};

/// The JSON object for POST /messages: destination, texts, thread, card. Files are not part of it.
/// The same arguments give the same text. Invalid UTF-8 is replaced and a card that is no JSON left
/// out; `check_message` refuses both earlier.
std::string render_message(const Target& to, const Message& message);

/// Reads one message object.
resilience::Result<MessageView> parse_message(std::string_view text);

/// Reads {"items":[…]}. Items that are no messages are skipped; text that is no such list is an
/// error: it must not be taken for "there are no messages".
resilience::Result<std::vector<MessageView>> parse_message_list(std::string_view text);

/// Value of the top-level member "id" of a JSON object, wherever it stands, without building or
/// checking the rest. Fails when there is none.
resilience::Result<std::string> parse_id(std::string_view text);

/// Reads "2026-04-23T12:09:05.902Z" and "2015-10-18T14:26:16+00:00"; 0 for anything else.
std::chrono::milliseconds parse_timestamp(std::string_view text);

}  // namespace messaging::webex
