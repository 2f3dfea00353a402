#pragma once

#include "bot/cli/control_protocol.hpp"

#include <chrono>
#include <string>

namespace bot::cli {

/// "2026-11-22 17:21:52.123Z".
std::string moment(messaging::outbox::Millis since_epoch);

/// The two largest units of a time: "3 d 4 h", "5 min 6 s".
std::string span(std::chrono::seconds time);

/// The story of a delivery for a person: how it stands, then one line for each thing that happened
/// to it, with the attempt, the HTTP status, the rule that decided, when it goes on, and Webex's
/// tracking id. Never contains what the message says.
std::string timeline_text(const Timeline& timeline);

}  // namespace bot::cli
