#pragma once

#include "bot/service/control.hpp"
#include "bot/service/timetable.hpp"

#include <string>

namespace bot::service {

/// The answer to "status" in chat: a few lines of markdown. Does not throw; blocks for one read of
/// the store.
std::string status_text(const ControlParts& parts, const Timetable& timetable);

}  // namespace bot::service
