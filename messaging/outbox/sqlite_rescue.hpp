#pragma once

#include "messaging/outbox/delivery.hpp"
#include "resilience/result.hpp"

#include <optional>
#include <string>

namespace messaging::outbox {

/// Reads the whole database of a SqliteStore and says what is damaged (rule `store_corrupt`); empty
/// when it is sound or not there. Fails with `store_in_use` while a process has it. What a crash
/// left in its log is folded in, as at every opening; nothing else is changed. Blocks for about a
/// second for each gigabyte.
std::optional<resilience::Error> check_file(const std::string& path);

/// Gives a database that cannot be used a new name beside its old one, "<path>.damaged-<stamp>",
/// with its log, for a person to look at. Nothing is deleted and nothing overwritten. Returns the
/// new name. Fails with `store_in_use` while a process has it. Blocks on the disk.
resilience::Result<std::string> set_aside(const std::string& path, Millis now);

}  // namespace messaging::outbox
