#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/crypto/x509.h"

namespace mibun::crypto {

// Is `issuer` (an "iss" claim) one of the certificate's URIs, or an https URL on one of its DNS names? Without this any
// signer that we trust could speak for every other (docs/threat_model.md). Errors: jwt_issuer_mismatch.
Status check_names_issuer(const Certificate& signer, std::string_view issuer);

// The same for an https URL that the signer says is its own: on one of its DNS names, or with the origin of one of its
// URIs. Errors: url_malformed, url_not_https, certificate_name_mismatch.
Status check_owns_url(const Certificate& signer, std::string_view url);

// Is `name` one of the certificate's DNS names? As OpenID4VP 1.0, section 5.9.3, compares for x509_san_dns: the whole
// name, ASCII letters of either case, no wildcard on either side. Errors: certificate_name_mismatch (also when `name`
// is no DNS name: letters, digits, hyphens and dots).
Status check_san_dns(const Certificate& certificate, std::string_view name);

// The hash by which OpenID4VP 1.0, section 5.9.3, names a certificate for x509_hash: base64url of the SHA-256 of the
// leaf's DER.
class X509Hash {
 public:
  static X509Hash of(const Certificate& leaf) { return X509Hash(leaf.sha256()); }
  // 43 characters without padding. Errors: base64url_bad_character, base64url_bad_length, base64url_trailing_bits.
  static Result<X509Hash> parse(std::string_view text);

  // Is it this certificate's? Errors: certificate_name_mismatch.
  Status check(const Certificate& leaf) const;
  std::string to_string() const;
  friend bool operator==(const X509Hash&, const X509Hash&) = default;

 private:
  explicit X509Hash(const Sha256Digest& digest) : digest_(digest) {}
  Sha256Digest digest_;
};

}  // namespace mibun::crypto
