#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/result.h"
#include "core/codecs/json.h"

namespace mibun::keyd {

// Where a passphrase or a PIN comes from; never the command line, which everybody can see. What is read may end with
// one line feed, which does not belong to it.
struct SecretFile {
  std::string path;  // readable by its owner alone
};
struct SystemdCredential {
  std::string name;  // a file of that name in the credentials directory that systemd made for the unit ("%d" in it)
};
using SecretSource = std::variant<SecretFile, SystemdCredential>;

struct PlainFiles {};
struct SealedFiles {
  SecretSource passphrase;
};
struct TokenObjects {
  std::string module, token;
  SecretSource pin;
};
using EpochKeysSettings = std::variant<PlainFiles, SealedFiles, TokenObjects>;

// Where a server has its keys: in its own process, with a service that it starts itself, or with one at a socket.
enum class ServiceKind { in_process, own, socket };

// As JSON, members of the object "keyd" of `mibun serve` and of the whole file of `mibun keyd`:
//   "service": "in_process" | "own" | "socket"; not said: socket where there is one, or else in_process
//   "socket": ask the service there, and nothing else in the object but "service_user"
//   "directories": copies of the key table
//   "memory": a file outside of them that remembers how far the table has come (generation_memory.h)
//   "epoch_keys": {"kind":"file"}
//                 {"kind":"sealed_file", "passphrase_file": PATH | "passphrase_credential": NAME}
//                 {"kind":"token", "module": PATH, "token": LABEL, "pin_file": PATH | "pin_credential": NAME}
//   "previous_epoch_keys": the same, when they are being moved
//   "signing_keys": {"kind":"file"} (sealed under a master key beside them) or {"kind":"token", ...} as above: where
//   new
//     ones are made
//   "previous_signing_keys": {"kind":"file"}, whose keys go on signing until they have successors in the token
struct Settings {
  ServiceKind service = ServiceKind::in_process;
  std::string socket;
  std::string service_user;  // whose service is believed; empty: this process' own user and root
  std::vector<std::string> directories;
  std::string memory;  // empty: where the caller says, or nowhere
  EpochKeysSettings epoch_keys;
  std::optional<EpochKeysSettings> previous_epoch_keys;
  std::variant<PlainFiles, TokenObjects> signing_keys;
  bool has_previous_signing_files = false;
  std::string credentials_directory;  // not in the JSON: `mibun keyd --credentials`
};

// Reads its members and leaves finish() to the caller, who may have more. Errors: json_*, invalid_argument.
Result<Settings> read_settings(json::ObjectReader& reader);

}  // namespace mibun::keyd
