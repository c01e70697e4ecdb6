#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/base/time.h"
#include "core/crypto/certificate.h"
#include "core/crypto/p256.h"
#include "core/crypto/p384.h"
#include "core/crypto/public_key.h"

namespace mibun::crypto {

// The key that a certification authority of ours signs with, borrowed: ECDSA with the digest of its curve. One on P-256
// may be anywhere: in a token, with the key service.
class CaKey {
 public:
  CaKey(const P256Signer& key) : key_(&key) {}      // NOLINT(google-explicit-constructor)
  CaKey(const P384PrivateKey& key) : key_(&key) {}  // NOLINT(google-explicit-constructor)

  PublicKey public_key() const;
  const std::variant<const P256Signer*, const P384PrivateKey*>& held() const { return key_; }

 private:
  std::variant<const P256Signer*, const P384PrivateKey*> key_;
};

// What goes into a certificate that we make. Each has a random serial number of 16 bytes and key identifiers. Empty
// texts are left out.
struct CertificateRequest {
  std::string common_name;
  std::string organization;
  std::string country = "JP";
  std::string state_or_province;
  Instant not_before, not_after;
  std::vector<std::string> san_dns;
  std::vector<std::string> san_uri;
  std::vector<std::string> san_ip;
  // A purpose gives a leaf with its EKU and digitalSignature; none gives a CA (pathlen 0, a root's is 1).
  std::optional<CertificatePurpose> purpose;
};

// A self-signed CA for `key`. Errors: invalid_argument (a purpose, or text that does not fit a certificate), and those
// of the key's holder, as of all that sign.
Result<Certificate> make_root_certificate(const CertificateRequest& request, const CaKey& key);
// A certificate for `subject_key` signed by `issuer` with `issuer_key`. Errors: invalid_argument (also when
// `issuer` is no CA or has another key).
Result<Certificate> make_certificate(const CertificateRequest& request, const PublicKey& subject_key,
                                     const Certificate& issuer, const CaKey& issuer_key);

// PEM of a PKCS#8 private key, for TLS libraries that want a file or a buffer.
SecretBytes private_key_pem(const P256PrivateKey& key);
// Exactly one unencrypted PRIVATE KEY block. Errors: pem_malformed, private_key_malformed.
Result<P256PrivateKey> private_key_from_pem(std::string_view pem);
// DER of each block, at least one; all must be CERTIFICATE blocks. Errors: pem_malformed.
Result<std::vector<Bytes>> certificates_from_pem(std::string_view pem);

}  // namespace mibun::crypto
