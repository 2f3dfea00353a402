#include "messaging/sandbox/event_log.hpp"

namespace messaging::sandbox {
namespace {

constexpr std::size_t kEventsKept = 1'000;

std::string event_text(std::uint64_t id, std::string_view type, std::string_view json) {
    std::string text;
    text.reserve(json.size() + type.size() + 48);
    text += "id: ";
    text += std::to_string(id);
    text += "\nevent: ";
    text += type;
    text += "\ndata: ";
    text += json;  // JSON text has no line breaks
    text += "\n\n";
    return text;
}

}  // namespace

const std::string& EventLog::add(std::string_view type, std::string_view json) {
    if (events_.size() == kEventsKept) events_.pop_front();
    return events_.emplace_back(event_text(next_id_++, type, json));
}

std::optional<std::string> EventLog::since(std::uint64_t id) const {
    const auto oldest = next_id_ - events_.size();
    if (id >= next_id_ || id + 1 < oldest) return std::nullopt;
    std::string all;
    for (auto i = id + 1 - oldest; i < events_.size(); ++i)
        all += events_[i];
    return all;
}

std::string EventLog::reset_event() const {
    return event_text(last_id(), "reset", "{}");
}

}  // namespace messaging::sandbox
