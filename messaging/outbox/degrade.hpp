#pragma once

#include "messaging/outbox/delivery.hpp"
#include "messaging/webex/errors.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace messaging::outbox {

/// What a message consists of, as far as it decides what can be sent instead of it.
enum class Content : std::uint8_t {
    kText,
    kLongText,     ///< A text from which a file is worth making.
    kFile,         ///< With or without a text.
    kPlainCard,    ///< A card that links to no pictures.
    kPictureCard,  ///< A card with pictures that Webex fetches.
    kEdit          ///< New words for a message that is there already.
};

/// What goes out instead.
enum class Instead : std::uint8_t {
    kNothing,
    kCardWithoutPictures,
    kTextOfCard,
    kTextAsFile,    ///< Its beginning, and all of it as a file.
    kNoticeOfFile,  ///< The text, and a line that says which file is missing.
    kNewMessage
};

/// One row: when this is refused of such content, that goes out instead.
struct DegradeRow {
    webex::Refusal refusal;
    Content content;
    Instead instead;
    std::string_view rule;  ///< For the journal.
    std::string_view what;  ///< The same for people.
};

/// All there are; what is not in here ends as dead(rejected). Each leads to content of which less
/// can be refused, so one message takes a few steps at the most.
inline constexpr auto kDegradeTable = std::to_array<DegradeRow>({
    {webex::Refusal::kUnreachable, Content::kPictureCard, Instead::kCardWithoutPictures,
     "degrade_pictures", "the card goes out without its pictures"},
    {webex::Refusal::kUnreachable, Content::kPlainCard, Instead::kTextOfCard, "degrade_card",
     "its text goes out instead of the card"},
    {webex::Refusal::kTooBig, Content::kPictureCard, Instead::kTextOfCard, "degrade_card",
     "its text goes out instead of the card"},
    {webex::Refusal::kTooBig, Content::kPlainCard, Instead::kTextOfCard, "degrade_card",
     "its text goes out instead of the card"},
    {webex::Refusal::kTooLong, Content::kPictureCard, Instead::kTextOfCard, "degrade_card",
     "its text goes out instead of the card"},
    {webex::Refusal::kTooLong, Content::kPlainCard, Instead::kTextOfCard, "degrade_card",
     "its text goes out instead of the card"},
    {webex::Refusal::kContent, Content::kPictureCard, Instead::kTextOfCard, "degrade_card",
     "its text goes out instead of the card"},
    {webex::Refusal::kContent, Content::kPlainCard, Instead::kTextOfCard, "degrade_card",
     "its text goes out instead of the card"},
    {webex::Refusal::kTooLong, Content::kLongText, Instead::kTextAsFile, "degrade_text",
     "its beginning goes out, and all of it as a file"},
    {webex::Refusal::kTooBig, Content::kLongText, Instead::kTextAsFile, "degrade_text",
     "its beginning goes out, and all of it as a file"},
    {webex::Refusal::kTooBig, Content::kFile, Instead::kNoticeOfFile, "degrade_file",
     "its text goes out, and a line instead of the file"},
    {webex::Refusal::kEditLimit, Content::kEdit, Instead::kNewMessage, "degrade_edit",
     "a new message goes out instead of an edit"},
});

/// The row for a refusal; null where nothing else can be sent.
const DegradeRow* degrade_row(webex::Refusal refusal, Content content);

/// What a payload (the JSON object of a request) consists of.
Content content_of(const std::string& payload, bool has_file);

/// What is sent instead, from now on.
struct Degraded {
    std::string payload = {};
    /// A file that has to be made, and what it holds; empty: none.
    std::string attachment_name = {};
    std::string attachment = {};
    const DegradeRow* row = nullptr;
};

/// Applies the table to a message. Only for a definite refusal: after an uncertain outcome the
/// message may be there already. Empty when it has no row, or is no JSON object. Pure.
std::optional<Degraded> degrade(webex::Refusal refusal,
                                const std::string& payload,
                                const std::optional<SpooledFile>& file);

}  // namespace messaging::outbox
