#pragma once

// The two readers of certificates, the library's and the one without a library, held against each other.

#include <algorithm>
#include <string>

#include "core/crypto/web/certificate.h"

enum class Readers {
  alike,
  // Differences that are meant: docs/formats/x509.md, "Without a library".
  key_only_native_reads,   // a key that no rule takes: other curves, parameters written out, DH, SM2, odd DSA
  name_only_native_knows,  // an identifier that is no attribute type stands in a name: shown as a number
  differ,
};

struct ReadersVerdict {
  Readers verdict = Readers::alike;
  bool accepted = false;   // by both
  bool same_place = true;  // refused by both, and `where` is the same
  std::string what;        // the first fact that differs, or both errors
};

namespace certificate_readers {

using Parts = mibun::crypto::Certificate::Parts;

inline bool is_same_extension(const mibun::crypto::der::Extension& a, const mibun::crypto::der::Extension& b) {
  return std::ranges::equal(a.oid, b.oid) && a.critical == b.critical && std::ranges::equal(a.value, b.value);
}

inline bool is_same_key(const Parts& a, const Parts& b) {
  if (a.public_key.has_value() != b.public_key.has_value()) return false;
  return a.public_key ? *a.public_key == *b.public_key : a.public_key.error().code == b.public_key.error().code;
}

// The name of the first fact that differs, empty when there is none; the subject's text comes last.
inline std::string different_fact(const Parts& a, const Parts& b) {
  if (!std::ranges::equal(a.tbs, b.tbs)) return "tbs";
  if (!std::ranges::equal(a.signature_algorithm, b.signature_algorithm)) return "signature_algorithm";
  if (!std::ranges::equal(a.signature, b.signature)) return "signature";
  if (!std::ranges::equal(a.spki, b.spki)) return "spki";
  if (!std::ranges::equal(a.extensions, b.extensions, is_same_extension)) return "extensions";
  if (!is_same_key(a, b)) return "public_key";
  if (a.key != b.key) return "key";
  if (a.method != b.method) return "method";
  if (a.sha256 != b.sha256) return "sha256";
  if (a.not_before != b.not_before || a.not_after != b.not_after) return "validity";
  if (a.common_name != b.common_name || a.organization != b.organization) return "common_name, organization";
  if (a.country != b.country || a.state_or_province != b.state_or_province) return "country, state_or_province";
  if (a.country_count != b.country_count) return "country_count";
  if (a.state_or_province_count != b.state_or_province_count) return "state_or_province_count";
  if (a.san_dns != b.san_dns || a.san_uri != b.san_uri) return "subjectAltName";
  if (a.crl_uris != b.crl_uris || a.crl_names != b.crl_names) return "cRLDistributionPoints";
  if (a.issuer_has_contact != b.issuer_has_contact) return "issuerAltName";
  if (a.serial != b.serial || a.issuer_der != b.issuer_der || a.subject_der != b.subject_der) return "bytes";
  if (a.self_issued != b.self_issued) return "self_issued";
  if (a.basic_constraints != b.basic_constraints) return "basicConstraints";
  if (a.key_usage != b.key_usage) return "keyUsage";
  if (a.extended_key_usages != b.extended_key_usages) return "extKeyUsage";
  if (a.subject_key_id != b.subject_key_id || a.authority_key_id != b.authority_key_id) return "key identifiers";
  if (a.subject != b.subject) return "subject";
  return {};
}

inline std::string said(const mibun::Result<std::shared_ptr<const Parts>>& read) {
  if (read) return "accepted";
  return std::string(to_string(read.error().code)) + " at " + read.error().where;
}

}  // namespace certificate_readers

inline ReadersVerdict compare_readers(mibun::BytesView der) {
  using namespace mibun::crypto;
  const auto native = parse_certificate(der);
  const auto own = web::parse_certificate(der);
  const std::string both = "native " + certificate_readers::said(native) + ", web " + certificate_readers::said(own);
  const auto no_rule_takes = [](const Certificate::Parts& parts) {
    return parts.key.kind == KeyKind::other || (parts.key.kind == KeyKind::ec && parts.key.curve == EcCurve::other);
  };
  if (!native && !own) {
    const bool alike = native.error().code == own.error().code;
    return {alike ? Readers::alike : Readers::differ, false, native.error().where == own.error().where, both};
  }
  if (!own) {
    const bool meant = own.error().where == "subjectPublicKeyInfo" && no_rule_takes(**native);
    return {meant ? Readers::key_only_native_reads : Readers::differ, false, true, both};
  }
  if (!native) return {Readers::differ, false, true, both};
  const std::string fact = certificate_readers::different_fact(**native, **own);
  if (fact.empty()) return {Readers::alike, true, true, {}};
  const std::string shown = fact == "subject" ? fact + " " + (*native)->subject + " / " + (*own)->subject : fact;
  const bool number = fact == "subject" && (*own)->subject.find("=#") != std::string::npos;
  return {number ? Readers::name_only_native_knows : Readers::differ, true, true, shown};
}
