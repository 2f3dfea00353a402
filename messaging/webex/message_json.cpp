#include "messaging/webex/message_json.hpp"

#include "messaging/content/utf8.hpp"
#include "messaging/webex/json_fields.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace messaging::webex {
namespace {

using nlohmann::json;
using resilience::permanent_error;
using resilience::Result;
using std::chrono::milliseconds;

constexpr const char* kCardType = "application/vnd.microsoft.card.adaptive";

const char* name_of(Target::Kind kind) {
    switch (kind) {
        case Target::Kind::kRoomId:
            return "roomId";
        case Target::Kind::kPersonId:
            return "toPersonId";
        case Target::Kind::kPersonEmail:
            break;
    }
    return "toPersonEmail";
}

MessageView view_of(const json& object) {
    MessageView view;
    view.id = text_field(object, "id");
    view.room_id = text_field(object, "roomId");
    view.room_type = text_field(object, "roomType");
    view.parent_id = text_field(object, "parentId");
    view.person_id = text_field(object, "personId");
    view.person_email = text_field(object, "personEmail");
    view.text = text_field(object, "text");
    view.markdown = text_field(object, "markdown");
    view.html = text_field(object, "html");
    view.mentioned_people = texts_field(object, "mentionedPeople");
    view.mentioned_groups = texts_field(object, "mentionedGroups");
    view.files = texts_field(object, "files");
    view.created = time_field(object, "created");
    view.file_count = count_field(object, "files");
    view.has_card = count_field(object, "attachments") > 0;
    return view;
}

bool is_message(const json& object) {
    return object.is_object() && !text_field(object, "id").empty();
}

/// Stops at the top-level "id"; nothing is kept of what stands before it.
class IdReader final : public json::json_sax_t {
public:
    std::string id;

    bool null() override { return other_value(); }
    bool boolean(bool) override { return other_value(); }
    bool number_integer(number_integer_t) override { return other_value(); }
    bool number_unsigned(number_unsigned_t) override { return other_value(); }
    bool number_float(number_float_t, const string_t&) override { return other_value(); }
    bool binary(binary_t&) override { return other_value(); }
    bool string(string_t& value) override {
        if (!wanted_) return depth_ > 0;
        id = std::move(value);
        return false;
    }
    bool key(string_t& name) override {
        wanted_ = depth_ == 1 && objects_ && name == "id";
        return true;
    }
    bool start_object(std::size_t) override {
        if (depth_ == 0) objects_ = true;
        return open();
    }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override { return open(); }
    bool end_array() override { return close(); }
    bool parse_error(std::size_t, const std::string&, const json::exception&) override {
        return false;
    }

private:
    bool other_value() {
        wanted_ = false;
        return depth_ > 0;
    }
    bool open() {
        wanted_ = false;
        ++depth_;
        return true;
    }
    bool close() { return --depth_ > 0; }

    int depth_ = 0;
    bool objects_ = false;  // the outermost value is an object
    bool wanted_ = false;   // the next value is the one
};

// Takes `width` digits off the front of `text`.
std::optional<int> take_number(std::string_view& text, std::size_t width) {
    if (text.size() < width) return std::nullopt;
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + width, number);
    if (error != std::errc{} || end != text.data() + width || number < 0) return std::nullopt;
    text.remove_prefix(width);
    return number;
}

bool take(std::string_view& text, char c) {
    if (text.empty() || text.front() != c) return false;
    text.remove_prefix(1);
    return true;
}

// Number, separator, number …: the six of a date and time.
std::optional<milliseconds> take_date_time(std::string_view& text) {
    using std::chrono::day;
    using std::chrono::month;
    using std::chrono::year;
    constexpr std::string_view kSeparators = "--T::";
    std::array<int, 6> fields{};
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (i > 0 && !take(text, kSeparators[i - 1])) return std::nullopt;
        const auto number = take_number(text, i == 0 ? 4 : 2);
        if (!number) return std::nullopt;
        fields[i] = *number;
    }
    const std::chrono::year_month_day date{year{fields[0]}, month{static_cast<unsigned>(fields[1])},
                                           day{static_cast<unsigned>(fields[2])}};
    if (!date.ok() || fields[3] > 23 || fields[4] > 59 || fields[5] > 60) return std::nullopt;
    return std::chrono::sys_days{date}.time_since_epoch() + std::chrono::hours{fields[3]} +
           std::chrono::minutes{fields[4]} + std::chrono::seconds{fields[5]};
}

milliseconds take_fraction(std::string_view& text) {
    milliseconds fraction{0};
    if (!take(text, '.')) return fraction;
    int weight = 100;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        fraction += milliseconds{(text.front() - '0') * weight};
        weight /= 10;
        text.remove_prefix(1);
    }
    return fraction;
}

// "Z", "+00:00", "-0730"
std::optional<milliseconds> take_zone(std::string_view text) {
    if (text == "Z") return milliseconds{0};
    const bool west = take(text, '-');
    if (!west && !take(text, '+')) return std::nullopt;
    const auto hours = take_number(text, 2);
    take(text, ':');
    const auto minutes = take_number(text, 2);
    if (!hours || !minutes || !text.empty()) return std::nullopt;
    const milliseconds shift = std::chrono::hours{*hours} + std::chrono::minutes{*minutes};
    return west ? -shift : shift;
}

// A text as JSON (RFC 8259, section 7). Most need no escape; a text with bytes that are no UTF-8 is
// left to the library, which replaces them.
void append_quoted(std::string& to, const std::string& text) {
    const auto plain = [](char c) {
        return static_cast<unsigned char>(c) >= ' ' && c != '"' && c != '\\';
    };
    if (std::all_of(text.begin(), text.end(), plain) && is_valid_utf8(text)) {
        to += '"';
        to += text;
        to += '"';
    } else {
        to += json(text).dump(-1, ' ', false, json::error_handler_t::replace);
    }
}

}  // namespace

// No tree is made of it, for the reason that limits.cpp gives, and the card stays as it was
// written.
std::string render_message(const Target& to, const Message& message) {
    std::string object = "{";
    if (!message.card_json.empty() && json::accept(message.card_json)) {
        object += R"("attachments":[{"content":)" + message.card_json + R"(,"contentType":")";
        object += kCardType;
        object += R"("}],)";
    }
    const auto member = [&object](std::string_view name, const std::string& text) {
        object += '"';
        object += name;
        object += "\":";
        append_quoted(object, text);
        object += ',';
    };
    if (!message.markdown.empty()) member("markdown", message.markdown);
    if (!message.parent_id.empty()) member("parentId", message.parent_id);
    if (!message.text.empty()) member("text", message.text);
    member(name_of(to.kind), to.value);
    object.back() = '}';
    return object;
}

Result<MessageView> parse_message(std::string_view text) {
    const json object = parse_json(text);
    if (!is_message(object)) return permanent_error("the answer is no message");
    return view_of(object);
}

Result<std::vector<MessageView>> parse_message_list(std::string_view text) {
    const json list = parse_json(text);
    const json* const items = items_of(list);
    if (items == nullptr) return permanent_error("the answer is no list of messages");
    std::vector<MessageView> views;
    views.reserve(items->size());
    for (const json& item : *items) {
        if (is_message(item)) views.push_back(view_of(item));
    }
    return views;
}

Result<std::string> parse_id(std::string_view text) {
    IdReader reader;
    (void)json::sax_parse(text, &reader);
    if (reader.id.empty()) return permanent_error("the answer carries no id");
    return std::move(reader.id);
}

milliseconds parse_timestamp(std::string_view text) {
    const auto time = take_date_time(text);
    if (!time) return milliseconds{0};
    const auto fraction = take_fraction(text);
    const auto zone = take_zone(text);
    if (!zone) return milliseconds{0};
    return *time + fraction - *zone;
}

}  // namespace messaging::webex
