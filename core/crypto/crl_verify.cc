#include <algorithm>

#include "core/crypto/certificate_parts.h"
#include "core/crypto/crl.h"
#include "core/crypto/crl_internal.h"

namespace mibun::crypto {
namespace {

std::unexpected<Error> untrusted(const char* where, const char* detail) {
  return fail(ErrorCode::crl_untrusted, where, detail);
}

std::unexpected<Error> unknown(const char* detail) {
  return fail(ErrorCode::certificate_revocation_unknown, "crl", detail);
}

bool may_sign_lists(const Certificate::Parts& issuer) {
  return issuer.is_ca_flagged() && issuer.has_key_usage(kCrlSignBit);
}

// RFC 5280, section 6.3.3, step (b)(2)(i): a list for one distribution point speaks for certificates that name it.
bool shares_distribution_point(const Crl::Parts& list, const Certificate::Parts& certificate) {
  if (list.distribution_point.empty()) return true;
  return std::ranges::any_of(list.distribution_point, [&](BytesView name) {
    return std::ranges::any_of(certificate.crl_names, [&](const Bytes& own) { return std::ranges::equal(own, name); });
  });
}

bool is_in_scope(Crl::Scope scope, const Certificate::Parts& certificate) {
  return scope == Crl::Scope::every_certificate ||
         certificate.is_ca_flagged() == (scope == Crl::Scope::ca_certificates);
}

}  // namespace

Result<VerifiedCrl> VerifiedCrl::verify(const Crl& crl, const CaCertificate& issuer, Instant now) {
  const Crl::Parts& list = crl.parts();
  const Certificate::Parts& signer = issuer.parts();
  if (!same_name(list.issuer_der, signer.subject_der)) return untrusted("issuer", "not the certificate's subject");
  const BytesView key_id = issuer.subject_key_id();
  if (!list.authority_key_id.empty() && !key_id.empty() && !std::ranges::equal(list.authority_key_id, key_id)) {
    return untrusted("issuer", "another key identifier");
  }
  if (!may_sign_lists(signer)) return untrusted("issuer", "not a certification authority that signs lists");
  MIBUN_CHECK(check_signature_method(list.method, signer.key, {.rsa = true}, ErrorCode::crl_untrusted));
  if (!is_list_signed_by(list.method, list.tbs, list.signature, signer))
    return untrusted("signature", "does not match");
  if (now < crl.this_update()) return fail(ErrorCode::crl_not_current, "thisUpdate", "in the future");
  if (now.unix_seconds() > crl.next_update().unix_seconds()) return fail(ErrorCode::crl_not_current, "nextUpdate");
  return VerifiedCrl(crl, issuer);
}

Status VerifiedCrl::check_not_revoked(const CaCertificate& certificate) const {
  const Certificate::Parts& parts = certificate.parts();
  const Certificate::Parts& issuer = issuer_.parts();
  if (!same_name(parts.issuer_der, issuer.subject_der) || !is_signed_by(parts, issuer)) {
    return unknown("the list is of another issuer");
  }
  if (!is_in_scope(crl_.scope(), parts)) return unknown("the list is about another kind of certificate");
  if (!shares_distribution_point(crl_.parts(), parts)) return unknown("the list is for another distribution point");
  if (crl_.parts().lists(certificate.serial())) return fail(ErrorCode::certificate_revoked, "serialNumber");
  return {};
}

}  // namespace mibun::crypto
