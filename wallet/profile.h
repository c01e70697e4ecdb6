#pragma once

#include <optional>
#include <string>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/codecs/json.h"
#include "wallet/host.h"

namespace mibun::wallet {

// Who this wallet is to its server: one account, one device key, for good.
struct Profile {
  std::string origin;  // "https://localhost:8443"
  std::string rp_id;
  std::string account_id;
  // The account's credential: a key of ours, or the public key of the device's passkey (and no device key).
  KeyId device_key;
  std::optional<crypto::P256PublicKey> passkey;
  KeyId history_key;  // events kept on the server are encrypted to it
  Bytes credential_id, user_handle;
  std::uint32_t counter = 0;  // of the device key; stored before it is used; a passkey has its own
  std::string key_thumbprint;
  std::string revocation_code;  // sealed like everything here; shown again only after user verification
  Instant registered_at;
  std::string terms_version;  // that the person accepted last
};

// Errors: wallet_not_registered, json_* (a record that is not ours).
Result<Profile> load_profile(Store& store);
Result<bool> has_profile(Store& store);
json::Object to_json(const Profile& profile);
Result<Profile> profile_from_json(const json::Object& object);
Status save_profile(Store& store, const Profile& profile);

}  // namespace mibun::wallet
