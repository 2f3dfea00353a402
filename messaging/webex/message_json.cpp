#include "messaging/webex/message_json.hpp"

#include <nlohmann/json.hpp>

#include <cctype>

namespace messaging::webex {

using nlohmann::json;
using resilience::Result;
using std::chrono::milliseconds;

namespace {

constexpr const char* kCardType = "application/vnd.microsoft.card.adaptive";

std::string member(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::size_t length(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_array() ? found->size() : 0;
}

MessageView view_of(const json& object) {
    MessageView view;
    view.id = member(object, "id");
    view.room_id = member(object, "roomId");
    view.room_type = member(object, "roomType");
    view.parent_id = member(object, "parentId");
    view.person_id = member(object, "personId");
    view.person_email = member(object, "personEmail");
    view.text = member(object, "text");
    view.markdown = member(object, "markdown");
    view.html = member(object, "html");
    view.created = parse_timestamp(member(object, "created"));
    view.file_count = length(object, "files");
    view.has_card = length(object, "attachments") > 0;
    const auto mentioned = object.find("mentionedPeople");
    if (mentioned != object.end() && mentioned->is_array()) {
        for (const auto& person : *mentioned) {
            if (person.is_string()) view.mentioned_people.push_back(person.get<std::string>());
        }
    }
    return view;
}

// Stops at the first top-level "id": nothing is built for the rest of the object.
class IdFinder : public json::json_sax_t {
public:
    std::string id;
    bool found = false;

    bool null() override { return value(); }
    bool boolean(bool) override { return value(); }
    bool number_integer(number_integer_t) override { return value(); }
    bool number_unsigned(number_unsigned_t) override { return value(); }
    bool number_float(number_float_t, const string_t&) override { return value(); }
    bool binary(binary_t&) override { return value(); }
    bool string(string_t& text) override {
        if (depth_ == 1 && next_is_id_) {
            id = std::move(text);
            found = true;
            return false;
        }
        return value();
    }
    bool key(string_t& name) override {
        next_is_id_ = depth_ == 1 && name == "id";
        return true;
    }
    bool start_object(std::size_t) override {
        ++depth_;
        next_is_id_ = false;
        return true;
    }
    bool end_object() override {
        --depth_;
        return true;
    }
    bool start_array(std::size_t) override {
        if (depth_ == 0) return false;  // a list has no id
        ++depth_;
        next_is_id_ = false;
        return true;
    }
    bool end_array() override {
        --depth_;
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const json::exception&) override {
        return false;
    }

private:
    bool value() {
        next_is_id_ = false;
        return depth_ > 0;
    }

    int depth_ = 0;
    bool next_is_id_ = false;
};

// Reads exactly `width` digits at `at`; -1 when there are none.
int digits(std::string_view text, std::size_t at, std::size_t width) {
    if (at + width > text.size()) return -1;
    int number = 0;
    for (std::size_t i = at; i < at + width; ++i) {
        if (std::isdigit(static_cast<unsigned char>(text[i])) == 0) return -1;
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

}  // namespace

std::string render_message(const Target& to, const Message& message) {
    json object = json::object();
    switch (to.kind) {
        case Target::Kind::kRoomId:
            object["roomId"] = to.value;
            break;
        case Target::Kind::kPersonId:
            object["toPersonId"] = to.value;
            break;
        case Target::Kind::kPersonEmail:
            object["toPersonEmail"] = to.value;
            break;
    }
    if (!message.text.empty()) object["text"] = message.text;
    if (!message.markdown.empty()) object["markdown"] = message.markdown;
    if (!message.parent_id.empty()) object["parentId"] = message.parent_id;
    if (!message.card_json.empty()) {
        auto content = json::parse(message.card_json, nullptr, false);
        if (!content.is_discarded()) {
            object["attachments"] =
                json::array({json{{"contentType", kCardType}, {"content", std::move(content)}}});
        }
    }
    return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<MessageView> parse_message(std::string_view text) {
    const auto object = json::parse(text, nullptr, false);
    if (!object.is_object() || member(object, "id").empty()) {
        return resilience::permanent_error("the service's answer is no message");
    }
    return view_of(object);
}

std::vector<MessageView> parse_message_list(std::string_view text) {
    std::vector<MessageView> views;
    const auto object = json::parse(text, nullptr, false);
    if (!object.is_object()) return views;
    const auto items = object.find("items");
    if (items == object.end() || !items->is_array()) return views;
    for (const auto& item : *items) {
        if (item.is_object() && !member(item, "id").empty()) views.push_back(view_of(item));
    }
    return views;
}

Result<std::string> parse_id(std::string_view text) {
    IdFinder finder;
    (void)json::sax_parse(text, &finder);
    if (!finder.found || finder.id.empty()) {
        return resilience::permanent_error("the service's answer carries no id");
    }
    return std::move(finder.id);
}

milliseconds parse_timestamp(std::string_view text) {
    using namespace std::chrono;
    const int y = digits(text, 0, 4);
    const int mo = digits(text, 5, 2);
    const int d = digits(text, 8, 2);
    const int h = digits(text, 11, 2);
    const int mi = digits(text, 14, 2);
    const int s = digits(text, 17, 2);
    const bool shaped = text.size() >= 20 && text[4] == '-' && text[7] == '-' && text[10] == 'T' &&
                        text[13] == ':' && text[16] == ':';
    const year_month_day date{year{y}, month{static_cast<unsigned>(mo < 0 ? 0 : mo)},
                              day{static_cast<unsigned>(d < 0 ? 0 : d)}};
    if (!shaped || y < 0 || !date.ok() || h < 0 || h > 23 || mi < 0 || mi > 59 || s < 0 || s > 60) {
        return milliseconds{0};
    }
    milliseconds time = sys_days{date}.time_since_epoch() + hours{h} + minutes{mi} + seconds{s};
    std::size_t at = 19;
    if (text[at] == '.') {
        int weight = 100;
        for (++at; at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) != 0;
             ++at) {
            time += milliseconds{(text[at] - '0') * weight};
            weight /= 10;
        }
    }
    const auto zone = text.substr(at);
    if (zone == "Z") return time;
    const int zh = digits(zone, 1, 2);
    const int zm = digits(zone, 4, 2);
    const bool offset = zone.size() == 6 && (zone[0] == '+' || zone[0] == '-') && zone[3] == ':';
    if (!offset || zh < 0 || zm < 0) return milliseconds{0};
    const milliseconds shift = hours{zh} + minutes{zm};
    return zone[0] == '+' ? time - shift : time + shift;
}

}  // namespace messaging::webex
