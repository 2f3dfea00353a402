#include "messaging/outbox/degrade.hpp"

#include "messaging/content/split.hpp"
#include "messaging/webex/json_fields.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace messaging::outbox {

namespace {

using nlohmann::json;
using webex::Refusal;
using webex::text_field;

// From this on a text is worth a file; its beginning then has half of it.
constexpr std::size_t kLongText = 1000;

std::string written(const json& object) {
    return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

// In a card: an element, a background or an icon that is fetched from a web address.
bool is_picture_member(const std::string& name) {
    return name == "backgroundImage" || name == "iconUrl" || name == "poster";
}

bool is_picture(const json& element) {
    if (!element.is_object()) return false;
    const auto type = text_field(element, "type");
    return type == "Image" || type == "Media";
}

// Takes the pictures out of a part of a card; returns how many there were.
std::size_t remove_pictures(json& part) {
    std::size_t count = 0;
    if (part.is_array()) {
        const auto pictures = std::remove_if(part.begin(), part.end(), is_picture);
        count += static_cast<std::size_t>(part.end() - pictures);
        part.erase(pictures, part.end());
        for (auto& element : part)
            count += remove_pictures(element);
        return count;
    }
    if (!part.is_object()) return 0;
    for (auto it = part.begin(); it != part.end();) {
        if (is_picture_member(it.key()) || is_picture(it.value())) {
            it = part.erase(it);
            ++count;
        } else {
            count += remove_pictures(it.value());
            ++it;
        }
    }
    return count;
}

std::size_t remove_card_pictures(json& object) {
    const auto cards = object.find("attachments");
    return cards == object.end() ? 0 : remove_pictures(*cards);
}

Content content_of(const json& object, bool has_file) {
    if (object.contains("attachments")) {
        auto copy = object;
        return remove_card_pictures(copy) > 0 ? Content::kPictureCard : Content::kPlainCard;
    }
    if (has_file) return Content::kFile;
    const auto longest =
        std::max(text_field(object, "text").size(), text_field(object, "markdown").size());
    return longest >= kLongText ? Content::kLongText : Content::kText;
}

// A name as it can stand in markdown without meaning anything there.
std::string harmless(std::string name) {
    for (char& c : name) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ' ' ||
                           static_cast<unsigned char>(c) >= 0x80;
        if (!plain) c = '-';
    }
    return name;
}

void add_notice(json& object, const SpooledFile& file) {
    const auto notice = "(The file " + harmless(file.name) + ", " + std::to_string(file.size) +
                        " bytes, was too big for Webex and is missing here.)";
    const auto* const field = text_field(object, "markdown").empty() ? "text" : "markdown";
    const auto text = text_field(object, field);
    object[field] = text.empty() ? notice : text + "\n\n" + notice;
}

void make_file(json& object, Degraded& made) {
    const auto markdown = text_field(object, "markdown");
    const bool plain = markdown.empty();
    made.attachment = plain ? text_field(object, "text") : markdown;
    made.attachment_name = plain ? "message.txt" : "message.md";
    const auto sentence = "Shortened; the full text is attached as " + made.attachment_name + ".";
    const auto size = made.attachment.size() / 2;
    const SplitOptions limits{
        .syntax = plain ? SplitOptions::Syntax::kPlain : SplitOptions::Syntax::kMarkdown,
        .bytes_max = size,
        .html_max = size};
    object.erase("text");
    object[plain ? "text" : "markdown"] =
        first_part(made.attachment, plain ? sentence : "_" + sentence + "_", limits).text;
}

}  // namespace

const DegradeRow* degrade_row(Refusal refusal, Content content) {
    const auto* const row =
        std::find_if(kDegradeTable.begin(), kDegradeTable.end(), [&](const DegradeRow& candidate) {
            return candidate.refusal == refusal && candidate.content == content;
        });
    return row == kDegradeTable.end() ? nullptr : row;
}

Content content_of(const std::string& payload, bool has_file) {
    return content_of(json::parse(payload, nullptr, false), has_file);
}

std::optional<Degraded> degrade(Refusal refusal,
                                const std::string& payload,
                                const std::optional<SpooledFile>& file) {
    if (refusal == Refusal::kOther) return std::nullopt;
    auto object = json::parse(payload, nullptr, false);
    if (!object.is_object()) return std::nullopt;
    Degraded made;
    made.row = degrade_row(refusal, content_of(object, file.has_value()));
    if (made.row == nullptr) return std::nullopt;
    switch (made.row->instead) {
        case Instead::kCardWithoutPictures:
            remove_card_pictures(object);
            break;
        case Instead::kTextOfCard:
            object.erase("attachments");
            break;
        case Instead::kTextAsFile:
            make_file(object, made);
            break;
        case Instead::kNoticeOfFile:
            add_notice(object, *file);
            break;
        case Instead::kNewMessage:
        case Instead::kNothing:
            return std::nullopt;
    }
    made.payload = written(object);
    return made;
}

}  // namespace messaging::outbox
