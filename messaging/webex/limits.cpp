#include "messaging/webex/limits.hpp"

#include "messaging/content/utf8.hpp"

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

namespace messaging::webex {
namespace {

using nlohmann::json;
using resilience::Done;
using resilience::Error;
using resilience::permanent_error;

std::optional<Error> wrong(std::string message) {
    return permanent_error(std::move(message));
}

std::string bytes_of(std::uint64_t count) {
    return std::to_string(count) + " bytes";
}

std::optional<Error> mistake_in_text(const std::string& name, const std::string& text, bool card) {
    if (text.size() > kTextBytesMax) {
        return wrong("the " + name + (card ? " beside the card" : "") + " has " +
                     bytes_of(text.size()) + ", Webex takes " + std::to_string(kTextBytesMax) +
                     (card ? ": shorten it, or send it without the card"
                           : ": shorten it, split it, or send it as a file"));
    }
    if (!is_valid_utf8(text)) {
        return wrong("the " + name + " is not valid UTF-8: convert it before sending");
    }
    return std::nullopt;
}

// What has to be known of a card, read in passing. A tree of it is never made: nlohmann's trees ask
// for memory when they are destroyed, and end the program where there is none.
class CardReader final : public json::json_sax_t {
public:
    std::string type;
    std::string version;
    std::size_t actions = 0;
    bool too_deep = false;

    bool null() override { return value(); }
    bool boolean(bool) override { return value(); }
    bool number_integer(number_integer_t) override { return value(); }
    bool number_unsigned(number_unsigned_t) override { return value(); }
    bool number_float(number_float_t, const string_t&) override { return value(); }
    bool binary(binary_t&) override { return value(); }
    bool string(string_t& text) override {
        if (depth_ == 1 && key_ == "type") type = text;
        if (depth_ == 1 && key_ == "version") version = text;
        return value();
    }
    bool key(string_t& name) override {
        if (depth_ == 1) key_ = name;
        return true;
    }
    bool start_object(std::size_t) override { return value() && open(); }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override {
        if (depth_ == 0) return false;  // a card is an object
        const bool counted = depth_ == 1 && key_ == "actions";
        if (!value() || !open()) return false;
        if (counted) actions = 0;
        counting_ = counting_ || counted;
        return true;
    }
    bool end_array() override { return close(); }
    bool parse_error(std::size_t, const std::string&, const json::exception&) override {
        return false;
    }

private:
    bool value() {
        if (depth_ == 2 && counting_) ++actions;
        return true;
    }
    bool open() {
        too_deep = ++depth_ > kCardDepthMax;
        return !too_deep;
    }
    bool close() {
        if (--depth_ == 1) counting_ = false;
        return true;
    }

    std::string key_;  // the last one of the card itself
    std::size_t depth_ = 0;
    bool counting_ = false;  // inside its "actions"
};

// Webex shows cards up to version 1.3 (developer.webex.com, "Buttons and Cards").
bool is_known_version(const std::string& version) {
    constexpr std::array kKnown = {"1.0", "1.1", "1.2", "1.3"};
    return std::find(kKnown.begin(), kKnown.end(), version) != kKnown.end();
}

std::optional<Error> mistake_in_card(const std::string& text) {
    if (text.size() > kCardBytesMax) {
        return wrong("the card has " + bytes_of(text.size()) + ", Webex takes about " +
                     std::to_string(kCardBytesMax) + ": leave parts out or link to them");
    }
    CardReader card;
    const bool read = json::sax_parse(text, &card);
    if (card.too_deep) {
        return wrong("the card is nested more than " + std::to_string(kCardDepthMax) +
                     " deep: make it flatter");
    }
    if (!read || card.type != "AdaptiveCard") {
        return wrong(R"(the card is no JSON object with "type": "AdaptiveCard")");
    }
    if (!is_known_version(card.version)) {
        return wrong(R"(the card's "version" must be "1.0" to "1.3": Webex shows no later ones)");
    }
    if (card.actions > kCardActionsMax) {
        return wrong("the card has " + std::to_string(card.actions) + " actions, Webex takes " +
                     std::to_string(kCardActionsMax) +
                     ": remove some or put choices into an input");
    }
    return std::nullopt;
}

std::optional<Error> mistake_in_file(const File& file) {
    std::error_code error;
    const auto status = std::filesystem::status(file.path, error);
    if (!std::filesystem::exists(status)) return wrong("there is no file " + file.path);
    if (!std::filesystem::is_regular_file(status)) return wrong(file.path + " is not a plain file");
    if (::access(file.path.c_str(), R_OK) != 0) {
        return wrong("cannot read the file " + file.path + ": " +
                     std::generic_category().message(errno));
    }
    const auto size = std::filesystem::file_size(file.path, error);
    if (error) return wrong("cannot read the file " + file.path + ": " + error.message());
    if (size > kFileBytesMax) {
        return wrong("the file " + file.path + " has " + bytes_of(size) + ", Webex takes " +
                     std::to_string(kFileBytesMax) + ": send a smaller one or a link to it");
    }
    return std::nullopt;
}

std::optional<Error> mistake_in(const Message& message) {
    const bool card = !message.card_json.empty();
    const bool said = !message.text.empty() || !message.markdown.empty();
    if (!said && !card && message.files.empty()) {
        return wrong("the message is empty: give it a text, markdown, a file or a card");
    }
    if (auto mistake = mistake_in_text("text", message.text, card)) return mistake;
    if (auto mistake = mistake_in_text("markdown", message.markdown, card)) return mistake;
    if (card) {
        if (auto mistake = mistake_in_card(message.card_json)) return mistake;
        if (!said) {
            return wrong(
                "the card has no text beside it: give one, notifications and clients "
                "that cannot show cards need it");
        }
        if (!message.files.empty()) {
            return wrong("a card and a file do not fit into one message: send two");
        }
    }
    for (const File& file : message.files) {
        if (auto mistake = mistake_in_file(file)) return mistake;
    }
    return std::nullopt;
}

}  // namespace

resilience::Result<Done> check_target(const Target& to) {
    if (to.value.empty()) {
        return permanent_error("the message has no destination: name a room, person or e-mail");
    }
    const bool blank = std::any_of(to.value.begin(), to.value.end(), [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == 0x7f;
    });
    if (blank || !is_valid_utf8(to.value)) {
        return permanent_error("the destination holds a blank or a control character");
    }
    const auto at = to.value.find('@');
    const bool address = at != std::string::npos && at > 0 && at + 1 < to.value.size();
    if (to.kind == Target::Kind::kPersonEmail && !address) {
        return permanent_error("'" + to.value + "' is no e-mail address");
    }
    if (to.kind != Target::Kind::kPersonEmail && at != std::string::npos) {
        return permanent_error("'" + to.value + "' is an e-mail address, not an id");
    }
    return Done{};
}

resilience::Result<Done> check_message(const Target& to, const Message& message) {
    auto target = check_target(to);
    if (!target) return target;
    if (auto mistake = mistake_in(message)) return *std::move(mistake);
    return Done{};
}

}  // namespace messaging::webex
