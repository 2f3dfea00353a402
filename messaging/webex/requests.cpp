#include "messaging/webex/requests.hpp"

#include "messaging/webex/json_fields.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace messaging::webex {
namespace {

constexpr const char* kJsonType = "application/json; charset=utf-8";

bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

}  // namespace

http::Request api_request(const Endpoint& endpoint, std::string method, std::string_view path) {
    http::Request request;
    request.method = std::move(method);
    request.url.reserve(endpoint.base_url.size() + path.size());
    request.url.append(endpoint.base_url).append(path);
    request.bearer_token = endpoint.token;
    return request;
}

http::Request api_request(const Endpoint& endpoint,
                          std::string method,
                          std::string_view path,
                          std::string json) {
    auto request = api_request(endpoint, std::move(method), path);
    request.body = std::make_shared<const std::string>(std::move(json));
    request.content_type = kJsonType;
    return request;
}

http::Request create_message(const Endpoint& endpoint, std::shared_ptr<const std::string> json) {
    auto request = api_request(endpoint, "POST", "/messages");
    request.body = std::move(json);
    request.content_type = kJsonType;
    return request;
}

http::Request create_message_with_file(const Endpoint& endpoint,
                                       std::string_view json,
                                       const std::string& path,
                                       const std::string& name,
                                       const std::string& content_type) {
    auto request = api_request(endpoint, "POST", "/messages");
    const auto fields = parse_json(json);
    if (fields.is_object()) {
        for (auto field = fields.begin(); field != fields.end(); ++field) {
            if (!field->is_string()) continue;
            request.parts.push_back({.name = field.key(), .content = field->get<std::string>()});
        }
    }
    request.parts.push_back(
        {.name = "files", .file_path = path, .file_name = name, .content_type = content_type});
    return request;
}

http::Request list_messages(const Endpoint& endpoint, std::string_view room_id) {
    return api_request(endpoint, "GET", "/messages?roomId=" + encode_component(room_id));
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

resilience::Result<std::vector<MessageView>> read_message_list(const http::Response& response) {
    return parse_message_list(response.body);
}

std::string encode_component(std::string_view text) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string encoded;
    encoded.reserve(text.size() + text.size() / 4);
    for (const char c : text) {
        if (is_unreserved(c)) {
            encoded.push_back(c);
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        encoded.push_back('%');
        encoded.push_back(kHex[byte >> 4U]);
        encoded.push_back(kHex[byte & 15U]);
    }
    return encoded;
}

}  // namespace messaging::webex
