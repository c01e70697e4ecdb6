#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/codecs/json.h"
#include "core/crypto/signer.h"
#include "core/crypto/x509.h"
#include "core/oid4vci/metadata.h"

// Issuer metadata that say themselves who speaks: OpenID4VCI 1.0, section 12.2.3.
//   {"typ":"openidvci-issuer-metadata+jwt","alg":..,"x5c":[..]}.{"sub":credential_issuer,"iat":..,"exp"?:..,<metadata>}
namespace mibun::oid4vci {

inline constexpr std::string_view kSignedMetadataType = "openidvci-issuer-metadata+jwt";

// `metadata`: what IssuerMetadata::to_json() says. `chain`: leaf first, without the anchor.
Result<std::string> sign_issuer_metadata(const IssuerMetadata& metadata, Instant now, const crypto::Signer& signer,
                                         std::span<const Bytes> chain);

struct SignedMetadataPolicy {
  const crypto::TrustAnchors& issuers;  // of the purpose credential_issuer
  std::string_view credential_issuer;   // where it was fetched for: "sub", and a name of the signer's certificate
  Instant now;
};
// "the Wallet MUST establish trust in the signer of the metadata. Otherwise, the Wallet MUST reject".
// Errors: jws_*, jwt_* (no iat, one that is older than a day or lies ahead, expired), certificate_*,
// oid4vci_issuer_mismatch, and those of IssuerMetadata::parse.
Result<IssuerMetadata> verify_issuer_metadata(std::string_view text, const SignedMetadataPolicy& policy);

}  // namespace mibun::oid4vci
