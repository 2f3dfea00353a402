#include "messaging/webex/errors.hpp"

#include "messaging/webex/json_fields.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace messaging::webex {
namespace {

using nlohmann::json;
using resilience::FailureKind;

constexpr std::size_t kTextMax = 300;  // Webex's own sentences are shorter
constexpr std::size_t kTrackingIdMax = 100;

struct Cure {
    std::string_view text;  // part of what Webex says
    std::string_view cure;
};

// The texts were collected from public clients and their issue threads.
constexpr auto kCures = std::to_array<Cure>({
    {"requires a valid access token",
     "put a valid bot token into WEBEX_ACCESS_TOKEN (developer.webex.com, My Webex Apps)"},
    {"destination could not be determined", "give exactly one of room, person id and e-mail"},
    {"Both text and file cannot be empty", "give the message a text, a file or a card"},
    {"Failed to find user", "correct the e-mail address"},
    {"Could not find a room", "add the bot to the room, or correct the room id"},
    {"Unable to get message", "the message is gone, or the bot may not see it"},
    {"Failed to get activity", "in a group room the bot may read only messages that mention it"},
    {"Expect base64 ID or UUID", "correct the id"},
    {"length limited to 7439", "split the text or send it as a file"},
    {"payload is too big", "send a smaller card or file"},
    {"Unable to retrieve content",
     "make the linked file or picture reachable from the internet, or send without it"},
    {"number of edits", "send a new message"},
    {"malformed syntax", "this is a fault of the program: report it with the tracking id"},
    {"invalid value for filter", "add the bot to the room that the webhook's filter names"},
    {"already a participant", "nothing to do"},
    {"already in the room", "nothing to do"},
    {"too many requests", "nothing to do, it goes on when the wait is over"},
    {"excessive device registrations", "remove old devices of this account"},
    {"Missing required scope", "give the token this scope"},
});

std::string_view cure_for(std::string_view text) {
    const auto* const known = std::find_if(kCures.begin(), kCures.end(), [text](const Cure& cure) {
        return text.find(cure.text) != std::string_view::npos;
    });
    return known == kCures.end() ? std::string_view{} : known->cure;
}

// One line without tags, blanks folded. Cut between characters, never inside one.
std::string plain_line(std::string_view text) {
    std::string line;
    bool in_tag = false;
    bool gap = false;
    for (const char c : text) {
        if (c == '<') in_tag = true;
        const auto byte = static_cast<unsigned char>(c);
        const bool skip = in_tag || byte <= ' ' || byte == 0x7f;
        if (c == '>') in_tag = false;
        if (skip) {
            gap = !line.empty();
            continue;
        }
        const bool starts_character = (byte & 0xc0U) != 0x80U;
        if (line.size() >= kTextMax && starts_character) return line + " …";
        if (std::exchange(gap, false)) line.push_back(' ');
        line.push_back(c);
    }
    return line;
}

std::string clean_id(std::string_view id) {
    const bool plain =
        std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c < 0x7f; });
    return plain && id.size() <= kTrackingIdMax ? std::string{id} : std::string{};
}

std::string descriptions_of(const json& object) {
    std::string all;
    const auto errors = object.find("errors");
    if (errors == object.end() || !errors->is_array()) return all;
    for (const json& error : *errors) {
        const auto text = error.is_object() ? text_field(error, "description") : std::string{};
        if (text.empty()) continue;
        if (!all.empty()) all += " ";
        all += text;
    }
    return all;
}

// "https://host/v1/messages?x=y" -> "/v1/messages". Tokens of incoming webhooks stand in the path.
std::string path_of(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
    const auto slash = url.find('/');
    if (slash == std::string_view::npos) return "/";
    url = url.substr(slash, url.find_first_of("?#", slash) - slash);
    constexpr std::string_view kIncoming = "/webhooks/incoming/";
    const auto incoming = url.find(kIncoming);
    if (incoming == std::string_view::npos) return std::string{url};
    return std::string{url.substr(0, incoming + kIncoming.size())} + "…";
}

std::string describe(const http::Failure& failure) {
    std::string text = failure.message.empty() ? "no answer" : failure.message;
    if (!failure.code.empty()) text += " [" + failure.code + "]";
    if (failure.bytes_sent == std::uint64_t{0}) text += "; nothing was sent";
    return text;
}

// These speak of files alone ("REST API Basics", anti-malware scanning); a HEAD has no text.
std::string_view cure_for_file(int status) {
    switch (status) {
        case 410:
            return "the file was found to be infected and is gone for good";
        case 423:
            return "nothing to do, the file is being looked through for malware";
        case 428:
            return "the file cannot be looked through for malware: ask for it with "
                   "allow_unscannable if its sender is trusted";
        default:
            return {};
    }
}

std::string_view cure_for(const http::Failure& failure) {
    switch (failure.kind) {
        case FailureKind::kDns:
            return "check WEBEX_API_BASE_URL and the name service";
        case FailureKind::kTls:
            return "check the clock, the host name and the CA file";
        case FailureKind::kProxy:
            return "check https_proxy and NO_PROXY";
        default:
            return {};
    }
}

// Other content would change nothing about these.
constexpr auto kNotContent = std::to_array<std::string_view>(
    {"destination could not be determined", "Expect base64 ID or UUID", "Failed to find user",
     "Could not find a room", "Unable to get message", "Cannot send a message to yourself",
     "valid access token", "Missing required scope"});

bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

}  // namespace

Refusal refusal_of(int status, std::string_view message) {
    if (status == 413) return Refusal::kTooBig;
    if (status != 400) return Refusal::kOther;
    if (has(message, "length limited to")) return Refusal::kTooLong;
    if (has(message, "payload is too big")) return Refusal::kTooBig;
    if (has(message, "Unable to retrieve content")) return Refusal::kUnreachable;
    if (has(message, "number of edits") || has(message, "edit limit")) return Refusal::kEditLimit;
    const bool elsewhere = std::any_of(kNotContent.begin(), kNotContent.end(),
                                       [&](auto known) { return has(message, known); });
    return elsewhere ? Refusal::kOther : Refusal::kContent;
}

ErrorBody parse_error_body(std::string_view body) {
    ErrorBody parsed;
    const json object = parse_json(body);
    if (!object.is_object()) {
        parsed.message = plain_line(body);
        return parsed;
    }
    parsed.message = text_field(object, "message");
    parsed.tracking_id = clean_id(text_field(object, "trackingId"));
    const bool vague =
        parsed.message.empty() || parsed.message.find("See 'errors' for") != std::string::npos;
    const auto details = vague ? descriptions_of(object) : std::string{};
    if (!details.empty()) parsed.message = details;
    parsed.message = plain_line(parsed.message);
    return parsed;
}

CallFailure call_failure(const http::Request& asked,
                         const http::Outcome& outcome,
                         const resilience::Classifier& classifier,
                         resilience::Clock::WallTime wall_now) {
    CallFailure failed;
    resilience::FailureInfo info;
    std::string text = asked.method + " " + path_of(asked.url) + ": ";
    std::string_view cure;
    ErrorBody body;
    if (const auto* const response = std::get_if<http::Response>(&outcome)) {
        body = parse_error_body(response->body);
        info.kind = FailureKind::kHttpStatus;
        info.status = response->status;
        info.retry_after = http::find_header(response->headers, "Retry-After");
        info.message = response->body;
        failed.tracking_id = clean_id(http::find_header(response->headers, "trackingid"));
        if (failed.tracking_id.empty()) failed.tracking_id = body.tracking_id;
        text += "HTTP " + std::to_string(response->status);
        if (!body.message.empty()) text += ", " + body.message;
        cure = cure_for(body.message);
        const bool file = path_of(asked.url).find("/contents/") != std::string::npos;
        if (cure.empty() && file) cure = cure_for_file(response->status);
    } else {
        const auto& failure = std::get<http::Failure>(outcome);
        info = failure.info();
        text += describe(failure);
        cure = cure_for(failure);
    }
    if (!cure.empty()) text.append(" (").append(cure).append(")");
    if (!failed.tracking_id.empty()) text += " [tracking id " + failed.tracking_id + "]";
    failed.status = info.status;
    failed.refusal = refusal_of(info.status, body.message);
    failed.error = resilience::to_error(classifier.classify(info, wall_now), std::move(text));
    return failed;
}

}  // namespace messaging::webex
