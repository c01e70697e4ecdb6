#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/keyd/guarded_key_holder.h"
#include "platform/keyd/settings.h"

namespace mibun::cli {

// The file of `mibun keyd --config`: the members of keyd::Settings, and
//   "user": whom it becomes when root started it
//   "peers": users who may ask; the first gets the socket. None: the user it runs as
//   "limits": {"show_history": {"per_second": 200, "burst": 5000}, ...}, how many records are opened of each purpose
//   "connections_max": 1 to 256
struct KeydConfig {
  keyd::Settings settings;
  std::string user;
  std::vector<std::string> peers;
  keyd::OpenRates limits;
  std::optional<std::size_t> connections_max;
};

// An empty path: everything as it is without a file. Errors: not_found, io_error, json_*, invalid_argument.
Result<KeydConfig> read_keyd_config(const std::string& path);

}  // namespace mibun::cli
