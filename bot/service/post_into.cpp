#include "bot/service/post_into.hpp"

namespace bot::service {

using resilience::Done;
using resilience::Result;

Result<Done> post_into(const PostParts& parts,
                       const std::string& room,
                       const std::vector<messaging::Message>& messages,
                       const std::string& key) {
    const auto to = parts.rooms.find(room);
    if (!to.ok()) return to.error();
    int number = 0;
    for (const auto& message : messages) {
        messaging::SendOptions options;
        options.deadline = parts.deadline;
        options.key = key + "#" + std::to_string(++number);
        options.origin = "command post";
        const auto posted = parts.messenger.post(to.value(), message, options);
        // A restart may do again what was done before it; the first stands.
        const bool there = posted.ok() || posted.error().rule == messaging::kKeyConflict;
        if (!there) return posted.error();
    }
    return Done{};
}

}  // namespace bot::service
