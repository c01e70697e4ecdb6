#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/crypto/ca_certificate.h"
#include "core/crypto/certificate_make.h"

namespace mibun::crypto {

inline constexpr std::size_t kCrlBytesMax = 16 * 1024 * 1024;
inline constexpr std::size_t kCrlEntriesMax = 1'000'000;

// A certificate revocation list as it arrived, parsed and not verified: RFC 5280, section 5, version 2, complete and
// direct. Copies share. docs/formats/x509.md has the table of checks.
class Crl {
 public:
  enum class Scope { every_certificate, user_certificates, ca_certificates };

  // DER, nothing after it, at most kCrlBytesMax with kCrlEntriesMax entries. Errors: crl_malformed, crl_unsupported (a
  // delta or indirect list, one of some reasons or of attribute certificates, a critical extension that is not
  // understood).
  static Result<Crl> parse(BytesView der);
  // Exactly one X509 CRL block. Errors: also pem_malformed.
  static Result<Crl> from_pem(std::string_view pem);

  BytesView der() const;
  const Sha256Digest& sha256() const;  // of the DER
  const std::string& issuer() const;   // RFC 2253 text in UTF-8, for showing
  Instant this_update() const;
  Instant next_update() const;
  Scope scope() const;
  std::size_t size() const;  // entries
  std::string pem() const;

  struct Parts;  // for files in core/crypto only
  const Parts& parts() const { return *parts_; }

 private:
  explicit Crl(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}
  std::shared_ptr<const Parts> parts_;
};

// A list that its issuer signed and that was current when it was verified.
class VerifiedCrl {
 public:
  // RFC 5280, section 6.3.3: `issuer` has the list's name and key identifier, is a CA with cRLSign, and signed the
  // list with an algorithm that fits its key; `now` lies from thisUpdate to nextUpdate. RSA keys need 2048 bits.
  // Errors: crl_untrusted, crl_not_current.
  static Result<VerifiedCrl> verify(const Crl& crl, const CaCertificate& issuer, Instant now);

  // Is `certificate`, which the list's issuer signed, not on the list? Errors: certificate_revoked;
  // certificate_revocation_unknown (the list says nothing about this certificate: another issuer, another kind of
  // certificate, another distribution point).
  Status check_not_revoked(const CaCertificate& certificate) const;

  Instant this_update() const { return crl_.this_update(); }
  Instant next_update() const { return crl_.next_update(); }

 private:
  VerifiedCrl(Crl crl, CaCertificate issuer) : crl_(std::move(crl)), issuer_(std::move(issuer)) {}
  Crl crl_;
  CaCertificate issuer_;
};

// What goes into a list that we make.
struct CrlRequest {
  struct Entry {
    Bytes serial;  // CaCertificate::serial()
    Instant revoked_at;
  };
  Instant this_update, next_update;
  std::uint64_t number = 0;  // greater than that of every list before
  std::vector<Entry> entries;
};
// A complete list for every certificate of `issuer`, signed with `issuer_key`. Errors: invalid_argument (also when
// `issuer` is no CA or has another key).
Result<Crl> make_crl(const CrlRequest& request, const Certificate& issuer, const CaKey& issuer_key);

}  // namespace mibun::crypto
