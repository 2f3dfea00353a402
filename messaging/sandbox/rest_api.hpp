#pragma once

#include "messaging/http/server.hpp"
#include "messaging/sandbox/change.hpp"
#include "messaging/sandbox/fault_rule.hpp"
#include "messaging/sandbox/files.hpp"
#include "messaging/sandbox/ids.hpp"
#include "messaging/sandbox/query.hpp"
#include "messaging/sandbox/world.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace messaging::sandbox {

/// Where public material leaves open what Webex does.
struct RestOptions {
    /// Is the length limit applied to the html derived from markdown as well? (The arithmetic of
    /// the limits says yes; nobody has shown it.)
    bool limit_html = true;
    /// Status of a successful POST /attachment/actions: 200 was seen, 202 is documented.
    int action_status = 200;
    /// Largest card as JSON text; Webex names no number.
    std::size_t card_bytes_max = 22'000;
};

/// A file that a message names by URL, as fetched by the shell.
struct RemoteFile {
    bool ok = false;
    std::string name = {};
    std::string type = {};
    std::string bytes = {};
};

/// One REST call under way: what the handlers need, and where they leave what happened.
struct Call {
    World& world;
    Files& files;
    const RestOptions& options;
    const Random& random;
    const http::ServerRequest& request;
    const Person& caller;
    std::int64_t now_ms;
    std::string base;      ///< "http://127.0.0.1:8080": what links start with.
    std::string tracking;  ///< Tracking id of the answer.
    const RemoteFile* remote_file = nullptr;
    PagingFault paging = {};
    std::vector<std::string> path = {};  ///< Segments after /v1.
    Query query = Query();
    std::vector<Change> changes = {};
};

/// Longest text, markdown or derived html in bytes (public OpenAPI description of POST /messages).
inline constexpr std::size_t kTextBytesMax = 7'439;
/// Largest file (developer.webex.com, "REST API Basics").
inline constexpr std::size_t kFileBytesMax = 100U << 20U;
/// A message can be edited this often (public OpenAPI description of PUT /messages).
inline constexpr int kEditsMax = 10;

/// Most actions of a card, or of one ActionSet in it (developer.webex.com, "Buttons and Cards").
inline constexpr std::size_t kCardActionsMax = 5;

/// Answers one authorised call below /v1 as Webex would, and changes the world.
http::ServerResponse handle_rest(Call& call);

/// The URL of the file that a POST /messages wants fetched before it can be answered.
std::optional<std::string> wanted_file(const http::ServerRequest& request);

/// The room that a call is about, as far as its path and body say: its `roomId`, or the room of the
/// message in the path. Null for none.
const Room* room_of(const World& world, const http::ServerRequest& request);

/// May this person see this message? A bot in a group room only sees what mentions it and what it
/// wrote itself (developer.webex.com, "Bots").
bool can_see(const Person& person, const Message& message);

/// The file of a message as a download, with its name.
http::ServerResponse content_response(const Files& files,
                                      const Message& message,
                                      std::string_view tracking);

http::ServerResponse json_response(int status, std::string body, std::string_view tracking);
http::ServerResponse error_response(int status,
                                    std::string_view message,
                                    std::string_view tracking);

}  // namespace messaging::sandbox
