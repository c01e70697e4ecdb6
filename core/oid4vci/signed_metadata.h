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
#include "core/oid4vci/server_metadata.h"

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

// RFC 8414, section 2.1: the member "signed_metadata" of an authorization server that is its own credential issuer. The
// RFC says neither a typ nor whose key signs: here it is the issuer's, as for its own metadata.
//   {"typ":"mibun-server-metadata+jwt","alg":..,"x5c":[..]}.{"iss":issuer,"iat":..,"exp"?:..,<metadata>}
inline constexpr std::string_view kSignedServerMetadataType = "mibun-server-metadata+jwt";

Result<std::string> sign_server_metadata(const AuthorizationServerMetadata& metadata, Instant now,
                                         const crypto::Signer& signer, std::span<const Bytes> chain);

// Whether `text` calls itself what we know how to verify; other signed metadata may be passed over (section 2.1).
bool is_signed_server_metadata(std::string_view text);
// What is signed goes before what stands beside it. Errors: those of verify_issuer_metadata, for "iss" in the place of
// "sub", and of AuthorizationServerMetadata::parse.
Result<AuthorizationServerMetadata> verify_server_metadata(std::string_view text, const SignedMetadataPolicy& policy);

}  // namespace mibun::oid4vci
