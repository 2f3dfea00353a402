#include "messaging/webex/requests.hpp"

#include <nlohmann/json.hpp>

#include <cctype>
#include <utility>

namespace messaging::webex {

using nlohmann::json;

namespace {

constexpr const char* kJsonType = "application/json; charset=utf-8";
constexpr std::string_view kLookCount = "50";  // what the API gives by default

}  // namespace

http::Request api_request(const Endpoint& endpoint, std::string method, std::string_view path) {
    http::Request request;
    request.method = std::move(method);
    request.url = endpoint.base_url;
    request.url += path;
    request.bearer_token = endpoint.token;
    return request;
}

http::Request create_message(const Endpoint& endpoint, std::shared_ptr<const std::string> body) {
    auto request = api_request(endpoint, "POST", "/messages");
    request.body = std::move(body);
    request.content_type = kJsonType;
    return request;
}

http::Request create_message_with_file(const Endpoint& endpoint,
                                       std::string_view text,
                                       const std::string& path,
                                       const std::string& name,
                                       const std::string& content_type) {
    auto request = api_request(endpoint, "POST", "/messages");
    const auto object = json::parse(text, nullptr, false);
    if (object.is_object()) {
        for (const auto& [key, value] : object.items()) {
            if (value.is_string()) {
                request.parts.push_back({.name = key, .content = value.get<std::string>()});
            }
        }
    }
    request.parts.push_back(
        {.name = "files", .file_path = path, .file_name = name, .content_type = content_type});
    return request;
}

http::Request list_messages(const Endpoint& endpoint, std::string_view room_id) {
    return api_request(
        endpoint, "GET",
        "/messages?roomId=" + encode_component(room_id) + "&max=" + std::string(kLookCount));
}

http::Request list_direct_by_id(const Endpoint& endpoint, std::string_view person_id) {
    return api_request(endpoint, "GET", "/messages/direct?personId=" + encode_component(person_id));
}

http::Request list_direct_by_email(const Endpoint& endpoint, std::string_view email) {
    return api_request(endpoint, "GET", "/messages/direct?personEmail=" + encode_component(email));
}

http::Request get_message(const Endpoint& endpoint, std::string_view message_id) {
    return api_request(endpoint, "GET", "/messages/" + encode_component(message_id));
}

http::Request get_me(const Endpoint& endpoint) {
    return api_request(endpoint, "GET", "/people/me");
}

resilience::Result<std::string> created_message_id(const http::Response& response) {
    return parse_id(response.body);
}

resilience::Result<MessageView> read_message(const http::Response& response) {
    return parse_message(response.body);
}

std::vector<MessageView> read_message_list(const http::Response& response) {
    return parse_message_list(response.body);
}

std::string encode_component(std::string_view text) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string encoded;
    encoded.reserve(text.size());
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_' || c == '~') {
            encoded.push_back(c);
            continue;
        }
        encoded.push_back('%');
        encoded.push_back(kHex[byte >> 4U]);
        encoded.push_back(kHex[byte & 15U]);
    }
    return encoded;
}

}  // namespace messaging::webex
