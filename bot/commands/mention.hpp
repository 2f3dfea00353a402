#pragma once

#include <span>
#include <string>
#include <string_view>

namespace bot::commands {

/// What somebody said, without the mention that addressed the bot.
struct Spoken {
    std::string text;
    bool mentioned = false;  ///< The bot was mentioned.
};

/// Takes a message as Webex gives it (`html` and `text` of GET /messages/{id}) and returns what was
/// said to the bot.
///
/// Webex marks a mention in the html as `<spark-mention data-object-type="person"
/// data-object-id="ID">label</spark-mention>` and does not strip it; the label is whatever the
/// sender left of the name. So the element whose id is one of `bot_ids` is taken out, with its
/// label; other mentions keep theirs. Ids are compared decoded: REST shows them in base64,
/// websocket frames as raw uuids, and the same account may be named with two clusters. Tags are
/// dropped, entities decoded, paragraphs and <br> become blanks. Without html the text is taken as
/// it is. Takes any bytes, in linear time; what is beyond 64 KiB is cut.
Spoken spoken_text(std::string_view html,
                   std::string_view text,
                   std::span<const std::string> bot_ids);

}  // namespace bot::commands
