#include <algorithm>

#include "core/crypto/crl.h"
#include "core/crypto/crl_internal.h"

namespace mibun::crypto {
namespace {

std::unexpected<Error> untrusted(const char* where, const char* detail) {
  return clear_errors(fail(ErrorCode::crl_untrusted, where, detail));
}

std::unexpected<Error> unknown(const char* detail) {
  return clear_errors(fail(ErrorCode::certificate_revocation_unknown, "crl", detail));
}

bool may_sign_lists(X509* issuer) {
  const std::uint32_t flags = X509_get_extension_flags(issuer);
  return (flags & EXFLAG_BCONS) != 0 && (flags & EXFLAG_CA) != 0 && (flags & EXFLAG_KUSAGE) != 0 &&
         (X509_get_key_usage(issuer) & KU_CRL_SIGN) != 0;
}

bool is_signature_good(const Crl::Parts& list, EVP_PKEY* key) {
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  MIBUN_INVARIANT(context != nullptr);
  const char* digest = list.method.digest == NID_undef ? nullptr : OBJ_nid2sn(list.method.digest);
  const bool good = EVP_DigestVerifyInit_ex(context.get(), nullptr, digest, nullptr, nullptr, key, nullptr) == 1 &&
                    EVP_DigestVerify(context.get(), list.signature.data(), list.signature.size(), list.tbs.data(),
                                     list.tbs.size()) == 1;
  return clear_errors(good);
}

// RFC 5280, section 6.3.3, step (b)(2)(i): a list for one distribution point speaks for certificates that name it.
bool shares_distribution_point(const Crl::Parts& list, const Certificate::Parts& certificate) {
  if (list.distribution_point.empty()) return true;
  return std::ranges::any_of(list.distribution_point, [&](BytesView name) {
    return std::ranges::any_of(certificate.crl_names, [&](const Bytes& own) { return std::ranges::equal(own, name); });
  });
}

bool is_in_scope(Crl::Scope scope, const Certificate::Parts& certificate) {
  const bool ca = (X509_get_extension_flags(certificate.x509.get()) & EXFLAG_CA) != 0;
  return scope == Crl::Scope::every_certificate || ca == (scope == Crl::Scope::ca_certificates);
}

}  // namespace

Result<VerifiedCrl> VerifiedCrl::verify(const Crl& crl, const CaCertificate& issuer, Instant now) {
  const Crl::Parts& list = crl.parts();
  X509* x509 = issuer.parts().x509.get();
  if (X509_NAME_cmp(list.issuer_name.get(), X509_get_subject_name(x509)) != 0) {
    return untrusted("issuer", "not the certificate's subject");
  }
  const BytesView key_id = issuer.subject_key_id();
  if (!list.authority_key_id.empty() && !key_id.empty() && !std::ranges::equal(list.authority_key_id, key_id)) {
    return untrusted("issuer", "another key identifier");
  }
  if (!may_sign_lists(x509)) return untrusted("issuer", "not a certification authority that signs lists");
  EVP_PKEY* key = X509_get0_pubkey(x509);
  MIBUN_CHECK(check_signature_method(list.method, key, {.rsa = true}, ErrorCode::crl_untrusted));
  if (!is_signature_good(list, key)) return untrusted("signature", "does not match");
  if (now < crl.this_update()) return fail(ErrorCode::crl_not_current, "thisUpdate", "in the future");
  if (now.unix_seconds() > crl.next_update().unix_seconds()) return fail(ErrorCode::crl_not_current, "nextUpdate");
  return VerifiedCrl(crl, issuer);
}

Status VerifiedCrl::check_not_revoked(const CaCertificate& certificate) const {
  const Certificate::Parts& parts = certificate.parts();
  X509* issuer = issuer_.parts().x509.get();
  if (X509_NAME_cmp(X509_get_issuer_name(parts.x509.get()), X509_get_subject_name(issuer)) != 0 ||
      X509_verify(parts.x509.get(), X509_get0_pubkey(issuer)) != 1) {
    return unknown("the list is of another issuer");
  }
  if (!is_in_scope(crl_.scope(), parts)) return unknown("the list is about another kind of certificate");
  if (!shares_distribution_point(crl_.parts(), parts)) return unknown("the list is for another distribution point");
  if (crl_.parts().lists(certificate.serial())) return fail(ErrorCode::certificate_revoked, "serialNumber");
  return {};
}

}  // namespace mibun::crypto
