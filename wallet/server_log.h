#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "wallet/host.h"

namespace mibun::wallet {

// How far the log of this wallet's server went when it was looked at last, and now.
struct ServerLog {
  std::optional<std::uint64_t> entries_before;  // none the first time
  std::uint64_t entries = 0;
};

// Asks the server for the checkpoint of its log of operations, and for the proof that it goes on from the one that this
// wallet saw last; keeps the new one. What a log once showed to somebody it cannot take back without that being seen
// here. None when the trust list of this wallet names no log (it was registered before there was one).
// Errors: log_rollback (the server shows less than it did), log_fork (as much, but something else), log_proof_invalid
// (no proof that it goes on, or not signed by the log's key): what was seen stays as it was, so that the next look says
// so again; http_*, json_*, wallet_not_registered, those of the store.
Result<std::optional<ServerLog>> look_at_server_log(const Host& host, const std::string& origin);

}  // namespace mibun::wallet
