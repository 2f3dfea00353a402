#pragma once

#include "messaging/outbox/sqlite_database.hpp"

#include <optional>

namespace messaging::outbox {

/// The newest schema this program knows; kept in SQLite's `user_version`.
extern const int kSchemaVersion;

/// Brings an open database to kSchemaVersion, one version per transaction. Refuses a file of
/// another program and one that a newer Stentor has written; neither is changed.
std::optional<resilience::Error> migrate(Database& database);

}  // namespace messaging::outbox
