#include "messaging/outbox/evidence.hpp"

#include "messaging/webex/json_fields.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace messaging::outbox {

namespace {

using nlohmann::json;
using webex::text_field;

bool is_blank(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

}  // namespace

std::string normalise_text(std::string_view text) {
    std::string folded;
    folded.reserve(text.size());
    bool gap = false;
    for (const char c : text) {
        if (is_blank(c)) {
            gap = !folded.empty();
            continue;
        }
        if (gap) folded.push_back(' ');
        gap = false;
        folded.push_back(c);
    }
    return folded;
}

Evidence::Evidence(const Intent& intent, std::string self, std::chrono::milliseconds skew)
    : self_(std::move(self)), file_(intent.file.has_value()), earliest_(intent.started - skew) {
    const auto& sent = intent.repeats > 0 ? mark_repeat(intent.payload) : intent.payload;
    const auto object = json::parse(sent, nullptr, false);
    if (!object.is_object()) return;
    text_ = normalise_text(text_field(object, "text"));
    markdown_ = normalise_text(text_field(object, "markdown"));
    parent_id_ = text_field(object, "parentId");
    card_ = object.contains("attachments");
}

bool Evidence::matches(const webex::MessageView& seen) const {
    if (self_.empty() || seen.person_id != self_) return false;
    if (seen.created < earliest_) return false;
    if (seen.parent_id != parent_id_) return false;
    if ((seen.file_count > 0) != file_) return false;
    if (seen.has_card != card_) return false;
    if (!markdown_.empty() && !seen.markdown.empty()) {
        return normalise_text(seen.markdown) == markdown_;
    }
    if (!text_.empty()) return normalise_text(seen.text) == text_;
    // Only markdown was sent and the service shows none: nothing to compare but the shape.
    return markdown_.empty() && seen.text.empty();
}

std::string mark_repeat(const std::string& payload) {
    auto object = json::parse(payload, nullptr, false);
    if (!object.is_object()) return payload;
    const std::string mark(kRepeatMark);
    const auto markdown = text_field(object, "markdown");
    const auto text = text_field(object, "text");
    if (!markdown.empty()) object["markdown"] = markdown + "\n\n_" + mark + "_";
    if (!text.empty() || markdown.empty())
        object["text"] = text.empty() ? mark : text + "\n" + mark;
    return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace messaging::outbox
