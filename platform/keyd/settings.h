#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/codecs/json.h"
#include "platform/keyd/embedded_key_holder.h"

namespace mibun::keyd {

// Where a passphrase or a PIN comes from; never the command line, which everybody can see. What is read may end with
// one line feed, which does not belong to it.
struct SecretFile {
  std::string path;  // readable by its owner alone
};
struct SystemdCredential {
  std::string name;  // a file of that name in $CREDENTIALS_DIRECTORY
};
using SecretSource = std::variant<SecretFile, SystemdCredential>;

// Errors: not_found, io_error (also: others may read it), invalid_argument (empty, no credentials directory).
Result<SecretBytes> read_secret(const SecretSource& source);

struct PlainFiles {};
struct SealedFiles {
  SecretSource passphrase;
};
struct TokenObjects {
  std::string module, token;
  SecretSource pin;
};
using EpochKeysSettings = std::variant<PlainFiles, SealedFiles, TokenObjects>;

// As JSON, members of the object "keyd" of `mibun serve` and of the whole file of `mibun keyd`:
//   "socket": ask the service there, and nothing else in the object but "service_user"
//   "directories": copies of the key table
//   "epoch_keys": {"kind":"file"}
//                 {"kind":"sealed_file", "passphrase_file": PATH | "passphrase_credential": NAME}
//                 {"kind":"token", "module": PATH, "token": LABEL, "pin_file": PATH | "pin_credential": NAME}
//   "previous_epoch_keys": the same, when they are being moved
struct Settings {
  std::string socket;
  std::string service_user;  // whose service is believed; empty: this process' own user and root
  std::vector<std::string> directories;
  EpochKeysSettings epoch_keys;
  std::optional<EpochKeysSettings> previous_epoch_keys;
};

// Reads its members and leaves finish() to the caller, who may have more. Errors: json_*, invalid_argument.
Result<Settings> read_settings(json::ObjectReader& reader);

// A holder in this process. Secrets are read by prepare(), the rest is opened by the function it returns, perhaps as
// another user.
using OpenHolder = std::function<Result<std::unique_ptr<EmbeddedKeyHolder>>(Rng& rng, StaleCopies stale)>;
Result<OpenHolder> prepare(const Settings& settings, const std::string& default_directory);

// In this process or at the socket, as the settings say. Errors: those of EmbeddedKeyHolder and RemoteKeyHolder.
Result<std::unique_ptr<KeyHolder>> open_key_holder(const Settings& settings, const std::string& default_directory,
                                                   Rng& rng);

}  // namespace mibun::keyd
