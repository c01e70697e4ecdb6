#pragma once

// For files in core/crypto only, and their tests: the path rules of RFC 5280, section 6, made stricter.

#include <span>
#include <string_view>
#include <vector>

#include "core/crypto/ca_certificate.h"
#include "core/crypto/crl.h"
#include "core/crypto/der.h"
#include "core/crypto/x509_signature.h"

namespace mibun::crypto {

struct PathRules {
  SignatureRules signatures;
  std::size_t members_max = kCertificateChainMax;
  std::string_view leaf_usage;  // dotted OID of the leaf's extended key usage
};

struct Window {
  Instant not_before, not_after;  // both belong to it, to the second
  void narrow(Instant from, Instant until);
};

struct VerifiedPath {
  std::vector<CaCertificate> members;  // leaf first
  CaCertificate anchor;
  Window window;  // of all members and the anchor together
  const CaCertificate& issuer_of(std::size_t member) const;
};

// Links, anchor and validity, without a look at the leaf's purpose. Errors: certificate_untrusted, _is_anchor,
// _chain_too_long, _expired, _not_yet_valid, _malformed (empty).
Result<VerifiedPath> verify_path(std::vector<CaCertificate> members, std::span<const CaCertificate> anchors,
                                 const PathRules& rules, Instant now);
// The leaf may sign messages for `rules.leaf_usage` and nobody's certificates. Errors: certificate_wrong_purpose.
Status check_leaf(const CaCertificate& leaf, std::string_view usage);

// Does the CA flag, the key usage, the signature of `issuer` over `subject` and their names fit? `below`: certificates
// between `subject` and the leaf, self-issued ones not counted. Errors: certificate_untrusted.
Status check_link(const CaCertificate& subject, const CaCertificate& issuer, std::size_t below,
                  const SignatureRules& rules);

// Refuses (certificate_untrusted) critical extensions other than those a chain check of ours looks at.
Status check_critical_extensions(std::span<const der::Extension> extensions);
// Is the dotted `oid` among the extended key usages?
bool has_extended_key_usage(const CaCertificate& certificate, std::string_view oid);
// certificate_not_yet_valid, certificate_expired. Both ends belong to the time of validity.
Status check_validity(Instant not_before, Instant not_after, Instant now);

}  // namespace mibun::crypto
