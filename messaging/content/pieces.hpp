#pragma once

#include "messaging/content/message.hpp"
#include "messaging/content/split.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace messaging {

/// One of the messages that a message becomes: as much as fits into one request.
struct Piece {
    Message message = {};
    /// Belongs into the thread of the first piece, and is nothing without it.
    bool continues = false;
    /// The whole text, to be attached as a file; empty: none. `message.files` is empty then.
    std::string attachment = {};
    std::string attachment_name = {};
};

struct PieceOptions {
    std::size_t bytes_max = 7439;
    std::size_t html_max = 7439;
    /// A text of more parts becomes its beginning and a file. 0: it is split however long it is.
    std::size_t parts_max = 5;
};

/// What is sent for a message, in order, nothing of it lost.
///
/// A request carries one file, so each further file is a piece of its own; the text goes with the
/// first one. A text that is too long is split (split.hpp): its first part goes with the first
/// file, the others follow in the thread of that piece, before the other files. Of a message with
/// both kinds of text the markdown is split, and the plain text is left to Webex, which derives it.
/// A message with a card is left alone: its text only stands in for the card. Pure.
std::vector<Piece> pieces_of(const Message& message, const PieceOptions& options = {});

}  // namespace messaging
