#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/codecs/json.h"

namespace mibun::webauthn {

inline constexpr std::size_t kChallengeBytesMin = 16;  // section 13.4.3
inline constexpr std::size_t kChallengeBytesMax = 128;

// PublicKeyCredentialCreationOptionsJSON (WebAuthn Level 3, section 5.1.8): what the server asks of a device that
// registers. Always one ES256 credential, discoverable, with user verification and attestation:
//   {"challenge", "rp": {"id", "name"}, "user": {"id", "name", "displayName"},
//    "pubKeyCredParams": [{"type": "public-key", "alg": -7}], "timeout": ms, "attestation": "direct",
//    "authenticatorSelection": {"residentKey": "required", "userVerification": "required"}}
struct CreationOptions {
  Bytes challenge;
  std::string rp_id;
  std::string rp_name;
  Bytes user_id;  // the user handle: 1 to 64 random bytes, never a name
  std::string user_name;
  std::string user_display_name;
  std::chrono::milliseconds timeout{60'000};

  json::Object to_json() const;
  // The wallet's side; unknown members are ignored. Errors: webauthn_malformed, webauthn_algorithm_not_allowed (ES256
  // is not offered), webauthn_user_not_verified (the server does not require user verification).
  static Result<CreationOptions> parse(const json::Object& object);
};

// PublicKeyCredentialRequestOptionsJSON (section 5.1.9): what the server asks of a registered device.
//   {"challenge", "timeout": ms, "rpId", "allowCredentials": [{"type": "public-key", "id"}], "userVerification":
//   "required"}
struct RequestOptions {
  Bytes challenge;
  std::string rp_id;
  std::vector<Bytes> allowed_credentials;  // empty: any credential of this relying party
  std::chrono::milliseconds timeout{60'000};

  json::Object to_json() const;
  // Errors: webauthn_malformed, webauthn_user_not_verified.
  static Result<RequestOptions> parse(const json::Object& object);
};

}  // namespace mibun::webauthn
