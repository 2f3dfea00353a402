#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace messaging {

/// Where a message goes. Webex wants exactly one destination per message.
struct Target {
    enum class Kind : std::uint8_t { kRoomId, kPersonId, kPersonEmail };
    Kind kind = Kind::kRoomId;
    std::string value;

    friend bool operator==(const Target&, const Target&) = default;
};

inline Target room(std::string id) {
    return {Target::Kind::kRoomId, std::move(id)};
}
inline Target person(std::string id) {
    return {Target::Kind::kPersonId, std::move(id)};
}
inline Target email(std::string address) {
    return {Target::Kind::kPersonEmail, std::move(address)};
}

/// A file to send: bytes on disk, copied into the spool when the message is accepted.
struct File {
    std::string path;
    std::string name = {};          ///< Shown in the room; empty: the last part of `path`.
    std::string content_type = {};  ///< Empty: guessed from the name.
};

/// What is to be said. At least one of text, markdown, files, card_json must be set.
struct Message {
    std::string text = {};      ///< Plain text; the fallback where markdown or a card is not shown.
    std::string markdown = {};  ///< Webex markdown (developer.webex.com, "REST API Basics").
    std::string card_json = {};  ///< The Adaptive Card (1.3) itself, as JSON text.
    std::string parent_id = {};  ///< Message id to reply to in its thread.
    std::vector<File> files = {};
};

}  // namespace messaging
