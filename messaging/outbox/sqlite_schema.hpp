#pragma once

#include "messaging/outbox/sqlite_database.hpp"

#include <optional>

namespace messaging::outbox {

/// Brings an open database to the newest schema that this program knows, one version per
/// transaction; the version is kept in SQLite's `user_version`. Refuses a file of another program
/// and one that a newer Stentor has written; neither is changed.
std::optional<resilience::Error> migrate(Database& database);

}  // namespace messaging::outbox
