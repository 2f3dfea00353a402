#pragma once

#include "messaging/outbox/sqlite_database.hpp"

#include <optional>

namespace messaging::outbox {

/// Brings an open database to the newest schema that this program knows, one version per
/// transaction; the version is kept in SQLite's `user_version`. The first stores of version 1 lack
/// the log of deliveries; it is made from what has ended. Refuses a file of another program and one
/// that a newer Stentor has written; neither is changed.
std::optional<resilience::Error> migrate(Database& database);

}  // namespace messaging::outbox
