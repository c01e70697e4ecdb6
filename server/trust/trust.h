#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/random.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/crypto/crl.h"
#include "core/crypto/p256.h"
#include "core/crypto/x509.h"
#include "platform/http/server.h"
#include "platform/keyd/signing_keys.h"
#include "server/trust/push_keys.h"

namespace mibun::server {

// Where the revocation list of a root is, by its generation: "/.well-known/mibun-iaca.crl", of the first;
// "/.well-known/mibun-iaca-crl/2"; the same with "mibun-issuer" and "mibun-readers". No root ever signs the list of
// another.
std::string iaca_crl_path(std::uint32_t generation);
std::string issuer_crl_path(std::uint32_t generation);
std::string readers_crl_path(std::uint32_t generation);
// Of the last part of a path, in its one form. Errors: route_not_found (also "1": that has the other path).
Result<std::uint32_t> parse_crl_generation(std::string_view text);

// A signing key with the certificates that say whose it is (leaf first, without the anchor).
struct SigningIdentity {
  std::unique_ptr<crypto::Signer> signer;
  std::vector<Bytes> chain;
};

// Revocation lists of this server's own roots, by what those who are on them sign.
struct SignersLists {
  std::vector<crypto::Crl> sd_jwt, mdoc;
};

// Where these are.
struct SignersListPaths {
  std::vector<std::string> sd_jwt, mdoc;
};

// The keys that this server signs with, each for one purpose, and the anchors it trusts. The signing keys are in this
// process or with the key service (platform/keyd: SigningKeys). What is no signing key lies sealed in a directory of
// the server: its TLS key and the key that opens encrypted requests; also the signing keys, when nobody else has them.
//   <directory>/master.key          32 random bytes, 0600: opens the sealed keys of this profile
//   <directory>/<name>.key          sealed PKCS#8, made once and never overwritten
//   <directory>/<name>.pem          certificate chain
class Trust {
 public:
  // Opens the directory, making what is missing for `public_origin` (its host goes into the certificates).
  // `signing_keys` null: those in files of the directory. `taken_back`: PEM certificates of signers of ours that nobody
  // shall believe any more; they stand on the lists of their roots. Errors: io_error, sealed_file_*,
  // certificate_malformed, pem_malformed, keyd_*, invalid_argument (taken back: not ours, or it signs now).
  static Result<std::unique_ptr<Trust>> open(const std::string& directory, const std::string& public_origin, Rng& rng,
                                             Instant now, std::shared_ptr<keyd::SigningKeys> signing_keys = nullptr,
                                             const std::vector<std::string>& taken_back = {});
  virtual ~Trust() = default;

  // Each is good for the life of this object, and is the right one to sign with until the next renew().
  virtual const SigningIdentity& credential_issuer() const = 0;  // SD-JWT VCs and status lists
  virtual const SigningIdentity& document_signer() const = 0;    // mdocs
  virtual const SigningIdentity& registrar() const = 0;          // partner registrations
  virtual const SigningIdentity& receipt() const = 0;            // consent and erasure receipts
  virtual const SigningIdentity& wallet_provider() const = 0;    // wallet attestations and key attestations
  // Opens credential requests that came encrypted.
  virtual const crypto::P256PrivateKey& credential_encryption() const = 0;
  // What browsers know this server by when it sends them a notice (RFC 8292).
  virtual PushKeys& push_keys() const = 0;
  virtual const http::TlsIdentity& tls() const = 0;

  virtual const crypto::TrustAnchors& credential_issuer_anchors() const = 0;
  // With the profiles of ISO/IEC 18013-5, annex B.
  virtual const crypto::TrustAnchors& iaca_anchors() const = 0;
  virtual const crypto::TrustAnchors& verifier_access_anchors() const = 0;
  virtual const crypto::TrustAnchors& registrar_anchors() const = 0;
  virtual const crypto::TrustAnchors& receipt_anchors() const = 0;
  // Ours; whose wallets are let in beside ours, the configuration says.
  virtual std::vector<crypto::CaCertificate> wallet_provider_roots() const = 0;

  // Whether a signing key's time has come: its successor is to be made or taken up, or its private part to be
  // destroyed. Errors: those of SigningKeys::list().
  virtual Result<bool> is_renewal_due(Instant now) = 0;
  // Does that. What was signed before goes on verifying. One thread at a time. Errors: keyd_*, certificate_*, io_error.
  virtual Status renew(Instant now) = 0;

  // A certificate for a partner's request-signing key, by the verifier access CA: chain leaf first, without the anchor.
  virtual Result<std::vector<Bytes>> certify_verifier(const crypto::P256PublicKey& key, std::string_view organization,
                                                      std::string_view dns_name, Instant now) const = 0;

  // For the key of a partner's device that asks at close range, by the same CA: profile of ISO/IEC 18013-5, annex
  // B.1.7.
  struct ReaderNames {
    std::string organization, device;
  };
  struct CertifiedReader {
    crypto::Certificate certificate;
    std::uint32_t root;  // the generation of the root that signed it
  };
  virtual Result<CertifiedReader> certify_reader(const crypto::P256PublicKey& key, const ReaderNames& names,
                                                 Instant now, Instant not_after) const = 0;
  // DER of the revocation list of that CA's root of `generation`, of now. Errors: route_not_found (no such root, or
  // retired), those of crypto::make_crl.
  virtual Result<Bytes> readers_crl(std::uint32_t generation, std::vector<crypto::CrlRequest::Entry> entries,
                                    Instant now) const = 0;
  // The generations of that CA's roots that sign, oldest first; as of open().
  virtual std::vector<std::uint32_t> access_roots() const = 0;
  // Whether a partner's certificate is below the root that certifies at `now`, and does not end within `reserve`.
  virtual bool is_verifier_current(const crypto::Certificate& certificate, milliseconds reserve, Instant now) const = 0;

  // Seals and opens key material of this server's own (a partner's request-signing key, a request's decryption key).
  virtual Bytes seal_key(std::string_view name, BytesView key) = 0;
  virtual Result<SecretBytes> open_key(std::string_view name, BytesView sealed) const = 0;

  // What wallets and auditors need, public: {"credential_issuer":[PEM],"iaca":[...],"verifier_access":[...],
  // "registrar":[...],"receipt":[...],"wallet_provider":[...],"iaca_link"?:[...],"readers_crl":[path, ...]}; served at
  // /.well-known/mibun-trust.json. "iaca_link": newer IACA keys as older ones certify them, for whoever has no other
  // way to learn of a newer root.
  virtual std::string public_trust_json() const = 0;
  // DER of the revocation list that the IACA's certificates of that generation point to, current at `now`; served at
  // iaca_crl_path(). Errors: route_not_found (no such root, or retired), those of crypto::make_crl.
  virtual Result<Bytes> iaca_crl(std::uint32_t generation, Instant now) const = 0;
  // The same of whoever certifies the signers of SD-JWT VCs and status lists; served at issuer_crl_path().
  virtual Result<Bytes> issuer_crl(std::uint32_t generation, Instant now) const = 0;
  // The same of all roots that sign, for this process and as long as their roots. Errors: those of crypto::make_crl.
  virtual Result<SignersLists> signers_crls() const = 0;
  virtual SignersListPaths signers_crl_paths() const = 0;
  // PEM of the root that signed the TLS certificate, for clients to pin.
  virtual const std::string& tls_root_pem() const = 0;
};

}  // namespace mibun::server
