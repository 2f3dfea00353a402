#pragma once

#include "resilience/clock.hpp"
#include "resilience/result.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace messaging::sandbox {

struct SandboxPerson {
    std::string email;
    std::string display_name;
    bool is_bot = false;
    std::string token = {};  ///< Access token; empty: cannot call the API.
};

struct SandboxRoom {
    enum class Type : std::uint8_t { kGroup, kDirect };
    std::string title;  ///< Makes the room's id; without meaning for direct rooms.
    Type type = Type::kGroup;
    std::vector<std::string> members;  ///< E-mail addresses; two for a direct room.
};

/// An incoming webhook: POST /v1/webhooks/incoming/{token} posts to the room.
struct SandboxIncoming {
    std::string token;
    std::string room_title;
    std::string display_name = "Incoming Webhook";
};

struct SandboxOptions {
    std::uint16_t port = 0;            ///< On 127.0.0.1, never elsewhere. 0: the system chooses.
    bool next_free_port = false;       ///< If `port` is taken, try the following ones.
    std::string state_dir = {};        ///< Where messages and webhooks survive; empty: memory only.
    std::string web_root = {};         ///< Folder of the chat page; empty: no page.
    std::string bot_url = {};          ///< Address of the bot's own pages, for the chat page.
    std::string fault_plan_file = {};  ///< JSON as FaultPlan reads it; empty: none.
    std::uint64_t seed = 0;            ///< Of the ids; 0: a random one. (With a state folder
                                       ///< the time of the start counts as well.)
    std::vector<SandboxPerson> people = {};
    std::vector<SandboxRoom> rooms = {};
    std::vector<SandboxIncoming> incoming = {};
    bool echo_own = true;                            ///< See ModelOptions.
    bool limit_html = true;                          ///< See RestOptions.
    std::size_t keep_messages = 2'000;               ///< For each room.
    std::chrono::milliseconds idle_timeout{55'000};  ///< Closes silent connections, as Webex does.
};

/// A Webex on loopback that any client can use, with a fault plan, an oracle and a chat page.
///
/// The API is below http://127.0.0.1:PORT/v1, the page at /, the control interface below
/// /sandbox. People and rooms keep their ids over restarts, because those depend on e-mail and
/// title alone.
class Sandbox {
public:
    /// Binds the port and reads the state. Fails when the port or the state folder is taken, the
    /// fault plan cannot be used, or people and rooms contradict each other. `clock` must outlive
    /// the sandbox.
    static resilience::Result<std::unique_ptr<Sandbox>> open(SandboxOptions options,
                                                             resilience::Clock& clock);
    ~Sandbox();
    Sandbox(const Sandbox&) = delete;
    Sandbox& operator=(const Sandbox&) = delete;

    std::uint16_t port() const;
    /// Serves on the calling thread until stopped. Once.
    void run(const std::stop_token& stop);
    /// Tells the chat page where the bot is. Any thread.
    void set_bot_url(std::string url);
    /// Id of the configured room with this title, or of the direct room of `title`, an e-mail
    /// address, with the demo person. Empty if there is none. Any thread.
    std::string room_id(const std::string& title) const;

private:
    class Impl;
    explicit Sandbox(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace messaging::sandbox
