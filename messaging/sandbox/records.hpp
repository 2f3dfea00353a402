#pragma once

#include "messaging/sandbox/change.hpp"
#include "messaging/sandbox/world.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace messaging::sandbox {

/// The world as lines of JSON, one for each thing or change. Applied in order they rebuild it;
/// applying one twice does no harm.

/// The line that a change adds to the journal.
std::string record_of(const Change& change);

/// The line that says: all messages were removed.
std::string cleared_record();

/// Lines for everything there is.
std::vector<std::string> snapshot(const World& world);

/// Applies one line. False if it is malformed, which changes nothing.
bool apply_record(World& world, std::string_view line);

}  // namespace messaging::sandbox
