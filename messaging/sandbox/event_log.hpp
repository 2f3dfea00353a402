#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace messaging::sandbox {

/// The last events for the chat page, as server-sent events with rising ids, so that a page that
/// lost its connection can go on where it was.
class EventLog {
public:
    /// `first_id` should differ from run to run (a time will do), so that the position of a reader
    /// from an earlier run is not mistaken for one in this.
    explicit EventLog(std::uint64_t first_id) : next_id_(first_id) {}

    /// Adds an event and returns it as the bytes to send.
    const std::string& add(std::string_view type, std::string_view json);

    std::uint64_t last_id() const { return next_id_ - 1; }

    /// Everything after the event `id`, as bytes to send; nothing if that is no longer known, so
    /// that the reader has to start anew.
    std::optional<std::string> since(std::uint64_t id) const;

    /// The event that tells a reader to start anew.
    std::string reset_event() const;

private:
    std::uint64_t next_id_;
    std::deque<std::string> events_;
};

}  // namespace messaging::sandbox
