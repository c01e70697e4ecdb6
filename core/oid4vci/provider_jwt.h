#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/codecs/json.h"
#include "core/crypto/x509.h"
#include "core/jose/jwk.h"
#include "core/jose/jws.h"
#include "core/oid4vci/provider_signer.h"

// For files in core/oid4vci only: what wallet providers sign. HAIP 1.0, sections 4.4.1 and 4.5.1, wants the chain in
// x5c, without the anchor, and ES256.
namespace mibun::oid4vci {

Result<std::string> sign_provider_jwt(std::string_view typ, const json::Object& payload,
                                      const ProviderSigner& provider);

struct ProviderJwt {
  json::Object payload;
  crypto::Certificate signer;
};
// `providers`: anchors for wallet_provider. A kid is allowed and names nothing: the key is the certificate's.
// Errors: jws_*, certificate_*, algorithm_not_allowed (not P-256).
Result<ProviderJwt> verify_provider_jwt(const jose::Jws& jws, std::string_view typ,
                                        const crypto::TrustAnchors& providers, Instant now);

// A public P-256 key for signing, as it stands in cnf and in attested_keys. Errors: json_wrong_type, jwk_*,
// public_key_*, private_key_rejected.
Result<jose::Jwk> read_attested_key(const json::Value& value, std::string_view where);

}  // namespace mibun::oid4vci
