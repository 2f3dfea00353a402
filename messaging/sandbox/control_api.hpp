#pragma once

#include "messaging/http/server.hpp"
#include "messaging/sandbox/model.hpp"
#include "messaging/sandbox/moment.hpp"

#include <optional>
#include <string>

namespace messaging::sandbox {

/// What the chat page and tests use: everything below /sandbox except the stream of events, which
/// needs a connection. Acts as the demo person. One thread at a time.
class ControlApi {
public:
    /// `person` may be null: then nobody can act.
    ControlApi(Model& model, const Person* person) : model_(model), person_(person) {}

    void set_bot_url(std::string url) { bot_url_ = std::move(url); }
    const std::string& bot_url() const { return bot_url_; }
    /// Shown in the state, so that a full disk does not stay unnoticed.
    void set_problem(std::string problem) { problem_ = std::move(problem); }

    http::ServerResponse handle(const http::ServerRequest& request, const Moment& now);

private:
    std::string state_json(const Moment& now) const;
    http::ServerResponse say(const http::ServerRequest& request, Room& room, const Moment& now);
    http::ServerResponse press(const http::ServerRequest& request, const Moment& now);
    http::ServerResponse set_trouble(const http::ServerRequest& request, const Moment& now);
    http::ServerResponse set_faults(const http::ServerRequest& request, const Moment& now);
    http::ServerResponse content(const http::ServerRequest& request) const;
    std::optional<http::ServerResponse> room_call(const http::ServerRequest& request,
                                                  const Moment& now);

    Model& model_;
    const Person* person_;
    std::string bot_url_;
    std::string problem_;
};

/// Refuses what a hostile web page could send to a loopback address: a Host that is another name
/// (DNS rebinding), or a change without Content-Type application/json (cross-site forms). Nothing
/// if the request may pass.
std::optional<http::ServerResponse> refuse_foreign(const http::ServerRequest& request);

}  // namespace messaging::sandbox
