#pragma once

#include "messaging/sandbox/model.hpp"
#include "resilience/clock.hpp"

#include <nlohmann/json.hpp>

#include <random>
#include <string>

namespace tests {

/// A model with one bot, two people, a group room with all three and a direct room of the bot and
/// the first person, on virtual time and fixed random numbers.
struct SandboxWorld {
    using Json = nlohmann::json;
    using Response = messaging::http::ServerResponse;

    explicit SandboxWorld(messaging::sandbox::ModelOptions options = {}, std::size_t keep = 1'000)
        : world("us", keep),
          bot(world.add_person("stentor@webex.bot", "Stentor", true, 0)),
          person(world.add_person("demo@example.com", "Demo Person", false, 0)),
          other(world.add_person("other@example.com", "Other", false, 0)),
          group(world.add_room(messaging::sandbox::name_uuid("g"), "Group", false, &person, 0)),
          direct(world.direct_room(bot, person, 0)),
          model(
              options,
              world,
              files,
              [engine = std::mt19937_64(1)]() mutable { return engine(); },
              now()) {
        world.set_token("bot-token", bot);
        world.set_token("person-token", person);
        group.members = {&bot, &person, &other};
        model.set_base("http://127.0.0.1:1");
    }

    messaging::sandbox::Moment now() const { return messaging::sandbox::read_clocks(clock); }

    Response call(const std::string& method,
                  const std::string& target,
                  const std::string& body = "",
                  const std::string& token = "bot-token",
                  const std::string& type = "application/json; charset=utf-8") {
        messaging::http::ServerRequest request;
        request.method = method;
        const auto mark = std::min(target.find('?'), target.size());
        request.path = "/v1" + target.substr(0, mark);
        if (mark < target.size()) request.query = target.substr(mark + 1);
        request.headers = {{"Host", "127.0.0.1:1"}};
        if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + token);
        if (!body.empty()) request.headers.emplace_back("Content-Type", type);
        request.body = body;
        return model.handle(request, now());
    }

    Response post(const Json& body, const std::string& token = "bot-token") {
        return call("POST", "/messages", body.dump(), token);
    }
    /// Posts a text into the group room and gives the message.
    Json posted(const std::string& text, const std::string& token = "bot-token") {
        return Json::parse(post({{"roomId", group.id}, {"text", text}}, token).body);
    }

    resilience::VirtualClock clock;
    messaging::sandbox::World world;
    messaging::sandbox::Files files;
    messaging::sandbox::Person& bot;
    messaging::sandbox::Person& person;
    messaging::sandbox::Person& other;
    messaging::sandbox::Room& group;
    messaging::sandbox::Room& direct;
    messaging::sandbox::Model model;
};

/// The text of a Webex error body.
inline std::string error_text(const messaging::http::ServerResponse& response) {
    const auto body = nlohmann::json::parse(response.body, nullptr, false);
    return body.is_object() ? body.value("message", "") : "";
}

inline std::string header(const messaging::http::ServerResponse& response, std::string_view name) {
    return std::string(messaging::http::find_header(response.headers, name));
}

}  // namespace tests
