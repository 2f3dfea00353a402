#pragma once

#include "messaging/http/client.hpp"
#include "messaging/webex/message_json.hpp"
#include "resilience/result.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace messaging::webex {

/// Where the API is and who we are there.
struct Endpoint {
    std::string base_url = "https://webexapis.com/v1";  ///< Without a slash at its end.
    std::string token = {};
};

// Builders of single requests (developer.webex.com, "Messages"). Pure; the caller sets time limits.

/// `json` is what `render_message` made.
http::Request create_message(const Endpoint& endpoint, std::shared_ptr<const std::string> json);

/// The same with a file, as multipart/form-data: the text members of `json` become parts, the file
/// a part named `files`, streamed from `path` at each attempt.
http::Request create_message_with_file(const Endpoint& endpoint,
                                       std::string_view json,
                                       const std::string& path,
                                       const std::string& name,
                                       const std::string& content_type);

/// The newest messages of a room, newest first. In group rooms a bot is refused.
http::Request list_messages(const Endpoint& endpoint, std::string_view room_id);
/// The newest messages exchanged with one person.
http::Request list_direct_by_id(const Endpoint& endpoint, std::string_view person_id);
http::Request list_direct_by_email(const Endpoint& endpoint, std::string_view email);
http::Request get_message(const Endpoint& endpoint, std::string_view message_id);
http::Request get_me(const Endpoint& endpoint);

/// A request with the token, for anything else below the base URL. `path` begins with a slash and
/// is percent-encoded already.
http::Request api_request(const Endpoint& endpoint, std::string method, std::string_view path);
/// The same with a JSON body.
http::Request api_request(const Endpoint& endpoint,
                          std::string method,
                          std::string_view path,
                          std::string json);

// Readers of what came back with a success status.

/// Reads no more of the body than it must: this runs for every message that is delivered.
resilience::Result<std::string> created_message_id(const http::Response& response);
resilience::Result<MessageView> read_message(const http::Response& response);
/// An error, not an empty list, when the body is unreadable: no message may be taken for missing
/// because an answer was cut.
resilience::Result<std::vector<MessageView>> read_message_list(const http::Response& response);

/// Percent-encodes everything but unreserved characters (RFC 3986, section 2.3).
std::string encode_component(std::string_view text);

}  // namespace messaging::webex
