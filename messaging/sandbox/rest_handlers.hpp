#pragma once

// Inside of the REST rules: the handlers that rest_api.cpp routes to.

#include "messaging/sandbox/rest_api.hpp"
#include "messaging/sandbox/rich_text.hpp"
#include "messaging/sandbox/wire.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace messaging::sandbox {

http::ServerResponse create_message(Call& call);
http::ServerResponse list_messages(Call& call);
http::ServerResponse list_direct_messages(Call& call);
http::ServerResponse get_message(Call& call);
http::ServerResponse edit_message(Call& call);
http::ServerResponse delete_message(Call& call);

http::ServerResponse list_rooms(Call& call);
http::ServerResponse create_room(Call& call);
http::ServerResponse get_room(Call& call);
http::ServerResponse edit_room(Call& call);
http::ServerResponse delete_room(Call& call);
http::ServerResponse list_memberships(Call& call);
http::ServerResponse create_membership(Call& call);
http::ServerResponse get_membership(Call& call);
http::ServerResponse delete_membership(Call& call);

http::ServerResponse list_webhooks(Call& call);
http::ServerResponse create_webhook(Call& call);
http::ServerResponse get_webhook(Call& call);
http::ServerResponse edit_webhook(Call& call);
http::ServerResponse delete_webhook(Call& call);

http::ServerResponse get_content(Call& call);
http::ServerResponse create_action(Call& call);
http::ServerResponse get_action(Call& call);

http::ServerResponse get_me(Call& call);
http::ServerResponse get_person(Call& call);
http::ServerResponse list_people(Call& call);

inline http::ServerResponse fail(const Call& call, int status, std::string_view message) {
    return error_response(status, message, call.tracking);
}
inline http::ServerResponse no_content(const Call& call) {
    http::ServerResponse response;
    response.status = 204;
    response.headers = {{"trackingid", call.tracking}};
    return response;
}
http::ServerResponse not_found(const Call& call);

/// The text fields of a JSON object body. Other types of value are left out, except that `invalid`
/// tells when the body is no object or a wanted field is no string.
struct JsonFields {
    bool invalid = false;
    std::vector<std::pair<std::string, std::string>> values;

    std::string get(std::string_view name) const;
    bool has(std::string_view name) const;
};
JsonFields read_fields(const http::ServerRequest& request,
                       const std::vector<std::string_view>& wanted);

/// Answers with one page of `ids` in their order, each written by `write`, and the Link header of
/// the next page. Pages go by `max` and a cursor, the id that the page before ended with.
http::ServerResponse page_response(Call& call,
                                   const std::vector<std::string>& ids,
                                   std::size_t max,
                                   const std::function<void(JsonText&, std::size_t)>& write);

/// A part of a next link: "max=2", or "max=null" where the plan wants it so.
std::string max_parameter(const Call& call, std::size_t max);
/// A page without items whose next link leads to where the page itself should have been.
http::ServerResponse empty_page(const Call& call);

/// Renders markdown with the people of this world for its mentions.
RichText render_for(const World& world, std::string_view markdown);

/// Why this text cannot be posted, or empty.
std::string_view length_problem(const Call& call,
                                std::string_view text,
                                std::string_view markdown,
                                std::string_view html);
bool is_json(const http::ServerRequest& request);

inline constexpr std::string_view kBadId = "Expect base64 ID or UUID.";
inline constexpr std::string_view kMalformed =
    "The request could not be understood by the server due to malformed syntax.";
inline constexpr std::string_view kNoResource = "The requested resource could not be found.";
inline constexpr std::string_view kNoMessage = "Unable to get message.";
inline constexpr std::string_view kNoRoom = "Could not find a room with provided ID.";
inline constexpr std::string_view kNoContent = "Both text and file cannot be empty.";

}  // namespace messaging::sandbox
