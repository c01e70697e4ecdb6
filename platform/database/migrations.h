#pragma once

#include <span>

#include "platform/database/connection.h"

namespace mibun::database {

// Brings the schema up to date. What is recorded must be a prefix of `migrations` with the same SQL (by SHA-256):
// checked before anything is applied. Errors: database_migration_mismatch, database_error.
Status migrate(Connection& connection, std::span<const Migration> migrations);

}  // namespace mibun::database
