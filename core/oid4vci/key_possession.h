#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/crypto/p256.h"
#include "core/jose/jwk.h"

// What a wallet shows to its own provider before the provider attests a key. How the two talk is left to them
// (OpenID4VCI 1.0, appendix E; attestation-based client authentication -11, section 2), so this form is ours:
//   {"typ":"mibun-key-possession+jwt","alg":"ES256","jwk":{..}}.{"aud":provider,"sub":account,"iat":..}
// The account's assertion over the request that carries it is what is used once; this says that the key's holder wants
// it to be known as that account's, so nobody gets the keys of others attested.
namespace mibun::oid4vci {

struct KeyPossession {
  std::string_view provider, account;
};
// Errors: those of the signer.
Result<std::string> make_key_possession(const KeyPossession& possession, const crypto::P256Signer& key, Instant now);

// The key, whose holder wants it attested. Errors: oid4vci_invalid_proof; the detail names the cause.
Result<jose::Jwk> verify_key_possession(std::string_view jwt, const KeyPossession& expected, Instant now);

}  // namespace mibun::oid4vci
