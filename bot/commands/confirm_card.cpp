#include "bot/commands/confirm_card.hpp"

#include <nlohmann/json.hpp>

namespace bot::commands {

using Json = nlohmann::json;

namespace {

Json text_block(const std::string& text, bool subtle) {
    return {{"type", "TextBlock"}, {"text", text}, {"wrap", true}, {"isSubtle", subtle}};
}

Json button(const std::string& title, const std::string& command) {
    return {{"type", "Action.Submit"}, {"title", title}, {"data", {{"command", command}}}};
}

}  // namespace

Reply confirm_card(const std::string& question, const std::string& code, bool direct) {
    const auto minutes = std::to_string(Confirmations::kValid.count());
    const Json card{
        {"$schema", "http://adaptivecards.io/schemas/adaptive-card.json"},
        {"type", "AdaptiveCard"},
        {"version", "1.3"},
        {"body",
         {text_block(question, false),
          text_block("Whoever asked may answer within " + minutes + " minutes.", true)}},
        {"actions", {button("Yes, do it", "confirm " + code), button("No", "decline " + code)}}};
    auto reply = say(question + "\n\nWrite `confirm " + code + "` within " + minutes +
                     " minutes to have it done, or `decline " + code + "`." +
                     (direct ? "" : " Mention me first."));
    reply.messages.front().card_json = card.dump(-1, ' ', false, Json::error_handler_t::replace);
    reply.reason = "asked back";
    return reply;
}

}  // namespace bot::commands
