#include "messaging/webex/limits.hpp"

#include "messaging/content/utf8.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

namespace messaging::webex {

using resilience::Done;
using resilience::Error;
using resilience::permanent_error;

namespace {

std::optional<Error> mistake_in_target(const Target& to) {
    if (to.value.empty()) {
        return permanent_error("the message has no destination; name a room, person or e-mail");
    }
    for (const char c : to.value) {
        if (static_cast<unsigned char>(c) <= ' ') {
            return permanent_error("the destination '" + to.value +
                                   "' holds white space or control characters");
        }
    }
    const bool email = to.kind == Target::Kind::kPersonEmail;
    if (email && to.value.find('@') == std::string::npos) {
        return permanent_error("'" + to.value + "' is no e-mail address");
    }
    return std::nullopt;
}

std::optional<Error> mistake_in_text(const char* name, const std::string& text) {
    if (text.size() > kTextBytesMax) {
        return permanent_error("the " + std::string(name) + " has " + std::to_string(text.size()) +
                               " bytes, Webex takes " + std::to_string(kTextBytesMax) +
                               "; shorten it, split it, or send it as a file");
    }
    if (!is_valid_utf8(text)) {
        return permanent_error("the " + std::string(name) +
                               " is not valid UTF-8; convert it before sending");
    }
    return std::nullopt;
}

std::optional<Error> mistake_in_card(const Message& message) {
    if (message.card_json.size() > kCardBytesMax) {
        return permanent_error("the card has " + std::to_string(message.card_json.size()) +
                               " bytes, more than " + std::to_string(kCardBytesMax) +
                               "; shorten it or link to the details");
    }
    const auto card = nlohmann::json::parse(message.card_json, nullptr, false);
    if (!card.is_object() || card.value("type", "") != "AdaptiveCard") {
        return permanent_error(
            "the card is no JSON object of type AdaptiveCard; see adaptivecards.io/explorer");
    }
    const auto actions = card.find("actions");
    if (actions != card.end() && actions->is_array() && actions->size() > kCardActionsMax) {
        return permanent_error("the card has " + std::to_string(actions->size()) +
                               " actions, Webex takes " + std::to_string(kCardActionsMax));
    }
    if (message.text.empty() && message.markdown.empty()) {
        return permanent_error(
            "a card needs a text as well: it is what notifications and old clients show");
    }
    if (!message.files.empty()) {
        return permanent_error("a card and a file cannot be one message; send two");
    }
    return std::nullopt;
}

std::optional<Error> mistake_in_file(const File& file) {
    std::error_code failed;
    const auto status = std::filesystem::status(file.path, failed);
    if (failed || !std::filesystem::is_regular_file(status)) {
        return permanent_error("cannot read the file '" + file.path +
                               "': " + (failed ? failed.message() : "it is no regular file"));
    }
    const auto size = std::filesystem::file_size(file.path, failed);
    if (!failed && size > kFileBytesMax) {
        return permanent_error("the file '" + file.path + "' has " + std::to_string(size) +
                               " bytes, Webex takes " + std::to_string(kFileBytesMax));
    }
    return std::nullopt;
}

}  // namespace

resilience::Result<Done> check_message(const Target& to, const Message& message) {
    if (auto mistake = mistake_in_target(to)) return *mistake;
    const bool empty = message.text.empty() && message.markdown.empty() && message.files.empty() &&
                       message.card_json.empty();
    if (empty) return permanent_error("the message is empty: give a text, a file or a card");
    if (auto mistake = mistake_in_text("text", message.text)) return *mistake;
    if (auto mistake = mistake_in_text("markdown", message.markdown)) return *mistake;
    if (!message.card_json.empty()) {
        if (auto mistake = mistake_in_card(message)) return *mistake;
    }
    for (const auto& file : message.files) {
        if (auto mistake = mistake_in_file(file)) return *mistake;
    }
    return Done{};
}

}  // namespace messaging::webex
