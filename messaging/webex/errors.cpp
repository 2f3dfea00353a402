#include "messaging/webex/errors.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <utility>

namespace messaging::webex {

using nlohmann::json;

namespace {

constexpr std::size_t kTextMax = 300;  // of a gateway's page; a Webex sentence is shorter

struct Cure {
    std::string_view text;  // part of what Webex says
    std::string_view cure;
};

// Texts as collected from public clients and issue threads; the cures are ours.
constexpr std::array<Cure, 11> kCures{{
    {"requires a valid access token",
     "put a valid bot token into WEBEX_ACCESS_TOKEN (developer.webex.com, My Webex Apps)"},
    {"Could not find a room", "add the bot to the room, or correct the room id"},
    {"Failed to find user", "correct the e-mail address"},
    {"length limited to 7439", "shorten or split the text, or send it as a file"},
    {"payload is too big", "send a smaller card or file"},
    {"Unable to retrieve content", "make the file or image URL reachable for Webex"},
    {"Failed to get activity", "the bot may read only messages that mention it in this room"},
    {"Missing required scope", "use a token with the scope that is named"},
    {"too many requests", "nothing to do: it is repeated when Webex allows it"},
    {"destination could not be determined", "name exactly one room, person or e-mail"},
    {"cannot be empty", "give a text, a file or a card"},
}};

std::string_view cure_for(std::string_view message) {
    for (const auto& known : kCures) {
        if (message.find(known.text) != std::string_view::npos) return known.cure;
    }
    return {};
}

// A gateway's HTML page as one line of text.
std::string strip_tags(std::string_view body) {
    std::string text;
    bool tag = false;
    for (const char c : body) {
        if (text.size() >= kTextMax) break;
        if (c == '<') tag = true;
        const bool blank = static_cast<unsigned char>(c) <= ' ' || c == '<' || c == '>';
        if (!tag && !blank) text.push_back(c);
        if (blank && !text.empty() && text.back() != ' ') text.push_back(' ');
        if (c == '>') tag = false;
    }
    while (!text.empty() && text.back() == ' ')
        text.pop_back();
    return text;
}

std::string path_of(const std::string& url) {
    const auto scheme = url.find("://");
    const auto slash = url.find('/', scheme == std::string::npos ? 0 : scheme + 3);
    const auto query = url.find('?');
    if (slash == std::string::npos || query < slash) return "/";
    return url.substr(slash, query == std::string::npos ? query : query - slash);
}

}  // namespace

ErrorBody parse_error_body(std::string_view body) {
    ErrorBody parsed;
    const auto object = json::parse(body, nullptr, false);
    if (!object.is_object()) {
        parsed.message = strip_tags(body);
        return parsed;
    }
    const auto text = [&object](const char* name) {
        const auto found = object.find(name);
        return found != object.end() && found->is_string() ? found->get<std::string>()
                                                           : std::string{};
    };
    parsed.message = text("message");
    parsed.tracking_id = text("trackingId");
    const auto errors = object.find("errors");
    const bool vague =
        parsed.message.empty() || parsed.message.find("See 'errors' for") != std::string::npos;
    if (vague && errors != object.end() && errors->is_array()) {
        for (const auto& error : *errors) {
            if (!error.is_object() || !error.contains("description")) continue;
            if (!error["description"].is_string()) continue;
            if (!parsed.message.empty()) parsed.message += " ";
            parsed.message += error["description"].get<std::string>();
        }
    }
    parsed.message = strip_tags(parsed.message);
    return parsed;
}

CallFailure call_failure(const http::Request& asked,
                         const http::Outcome& outcome,
                         const resilience::Classifier& classifier,
                         resilience::Clock::WallTime wall_now) {
    CallFailure failed;
    ErrorBody body;
    resilience::FailureInfo info;
    std::string said;
    if (const auto* response = std::get_if<http::Response>(&outcome)) {
        body = parse_error_body(response->body);
        info.kind = resilience::FailureKind::kHttpStatus;
        info.status = response->status;
        info.retry_after = http::find_header(response->headers, "retry-after");
        info.message = body.message;
        failed.tracking_id = http::find_header(response->headers, "trackingid");
        if (failed.tracking_id.empty()) failed.tracking_id = body.tracking_id;
        said = "HTTP " + std::to_string(response->status);
        if (!body.message.empty()) said += ": " + body.message;
    } else {
        const auto& broken = std::get<http::Failure>(outcome);
        info = broken.info();
        said = broken.message.empty() ? broken.code : broken.message;
    }
    failed.status = info.status;
    const auto verdict = classifier.classify(info, wall_now);
    std::string text = asked.method + " " + path_of(asked.url) + ": " + said;
    if (!failed.tracking_id.empty()) text += " (tracking id " + failed.tracking_id + ")";
    const auto cure = cure_for(said);
    if (!cure.empty()) text += "; " + std::string(cure);
    failed.error = resilience::to_error(verdict, std::move(text));
    return failed;
}

}  // namespace messaging::webex
