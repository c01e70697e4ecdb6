#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "wallet/host.h"
#include "wallet/labels.h"
#include "wallet/profile.h"
#include "wallet/server_api.h"

namespace mibun::wallet {

// What the server knows of a device that has, or had, the account's one key. Its authenticator said so of itself.
struct AccountDevice {
  std::optional<Instant> since;
  std::optional<CalendarDate> last_used_on;  // no finer: the server keeps the day
  std::string aaguid;                        // the authenticator's model; empty where it does not say
  std::vector<std::string> transports;       // WebAuthn's words
  bool known = false;                        // false: registered before this was kept
  bool backup_eligible = false, backed_up = false;
  std::optional<Instant> moved_at;  // when another device took its place

  // The maker's name where the model is a known one; else what the ways to reach it say.
  Label kind() const;
  // Whether its passkey is copied to other devices.
  Label backup() const;
  // How it is reached, in words.
  std::vector<Label> ways() const;
};

struct AccountDevices {
  AccountDevice device;
  std::vector<AccountDevice> former;  // the last one first
};
// Errors: those of account_request, json_*, date_malformed.
Result<AccountDevices> fetch_devices(ServerApi& api, Profile& profile);

}  // namespace mibun::wallet
