#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/oid4vp/known_verifiers.h"
#include "core/oid4vp/request_signer.h"
#include "server/partners/service.h"

// For files in server/partners only: under which name a partner asks, and what proves it to wallets.
namespace mibun::server {

// Where wallets send answers of a partner that is known by its addresses: posted to the gateway, in the same place for
// all its requests, or through the browser to its page.
std::vector<std::string> partner_addresses(std::string_view public_origin, std::string_view partner_id,
                                           const std::string& redirect_uri);

// Made once, when the partner is registered.
struct PartnerIdentity {
  std::string client_id;
  std::optional<crypto::P256PrivateKey>
      key;                      // that signs its requests; none: redirect_uri, whose requests nobody signs
  Bytes certificate;            // DER, of x509_hash and x509_san_dns; else empty
  std::string attestation_jwt;  // of verifier_attestation; else empty
};
// `until`: when its registration ends, and an attestation with it. Errors: request_malformed (x509_san_dns: the gateway
// has no DNS name; redirect_uri: its address is too long), those of certifying and signing.
Result<PartnerIdentity> make_identity(const Trust& trust, const std::string& public_origin,
                                      const PartnerApplication& application, Instant now, Instant until);

// What is kept of an identity.
struct KeptIdentity {
  std::string_view client_id;
  std::shared_ptr<const crypto::P256PrivateKey> key;
  BytesView certificate;
  std::string_view attestation_jwt;
  std::vector<std::string> addresses;
};
// Null where nobody signs. Errors: invalid_argument (it proves another key, or another name), certificate_*, those of
// VerifiedAttestation::verify.
Result<std::shared_ptr<const oid4vp::RequestSigner>> open_identity(const KeptIdentity& kept,
                                                                   const crypto::TrustAnchors& registrars, Instant now);

// As wallets are told of it, when it has no prefix.
oid4vp::KnownVerifier known_verifier(std::string_view client_id, const crypto::PublicKey& key,
                                     std::vector<std::string> addresses);

}  // namespace mibun::server
