#include "core/crypto/mdoc_certificates.h"

#include "core/crypto/mdoc_profile.h"
#include "core/crypto/x509_internal.h"

namespace mibun::crypto {
namespace {

std::unexpected<Error> refused(const char* where) {
  return clear_errors(fail(ErrorCode::invalid_argument, where));
}

Status set_subject(X509* x509, const MdocCertificateRequest& request) {
  X509_NAME* name = X509_get_subject_name(x509);
  const bool good = add_name_attribute(name, NID_countryName, request.country) &&
                    add_name_attribute(name, NID_stateOrProvinceName, request.state_or_province) &&
                    add_name_attribute(name, NID_organizationName, request.organization) &&
                    add_name_attribute(name, NID_commonName, request.common_name);
  return good ? Status{} : Status(refused("subject"));
}

Status add_distribution_point(X509* x509, const std::string& uri) {
  const OwnedNames names(GENERAL_NAMES_new());
  MIBUN_INVARIANT(names != nullptr);
  if (!push_ascii_name(names.get(), GEN_URI, uri)) return refused("crl_uri");
  const Owned<CRL_DIST_POINTS, CRL_DIST_POINTS_free> points(sk_DIST_POINT_new_null());
  Owned<DIST_POINT, DIST_POINT_free> point(DIST_POINT_new());
  MIBUN_INVARIANT(points && point && (point->distpoint = DIST_POINT_NAME_new()) != nullptr);
  point->distpoint->type = 0;
  point->distpoint->name.fullname = GENERAL_NAMES_new();
  MIBUN_INVARIANT(point->distpoint->name.fullname != nullptr);
  MIBUN_INVARIANT(push_ascii_name(point->distpoint->name.fullname, GEN_URI, uri));
  MIBUN_INVARIANT(sk_DIST_POINT_push(points.get(), point.get()) > 0);
  static_cast<void>(point.release());
  MIBUN_INVARIANT(X509_add1_ext_i2d(x509, NID_crl_distribution_points, points.get(), 0, X509V3_ADD_DEFAULT) == 1);
  return {};
}

Status add_issuer_names(X509* x509, const MdocCertificateRequest& request) {
  const OwnedNames names(GENERAL_NAMES_new());
  MIBUN_INVARIANT(names != nullptr);
  bool good = true;
  if (!request.issuer_mail.empty()) good = push_ascii_name(names.get(), GEN_EMAIL, request.issuer_mail);
  if (!request.issuer_uri.empty()) good = good && push_ascii_name(names.get(), GEN_URI, request.issuer_uri);
  if (!good || sk_GENERAL_NAME_num(names.get()) == 0) return refused("issuer_mail");
  MIBUN_INVARIANT(X509_add1_ext_i2d(x509, NID_issuer_alt_name, names.get(), 0, X509V3_ADD_DEFAULT) == 1);
  return {};
}

// The same extension as in `from`, when it is there.
void copy_extension(X509* x509, X509* from, int nid) {
  const int at = X509_get_ext_by_NID(from, nid, -1);
  if (at >= 0) MIBUN_INVARIANT(X509_add_ext(x509, X509_get_ext(from, at), -1) == 1);
}

Status add_authority_extensions(X509* x509, X509* issuer) {
  const bool good = add_fixed_extension(x509, issuer, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                    add_fixed_extension(x509, issuer, NID_key_usage, "critical,keyCertSign,cRLSign") &&
                    add_fixed_extension(x509, issuer, NID_subject_key_identifier, "hash");
  return good ? Status{} : Status(clear_errors(fail(ErrorCode::crypto_failure, "extensions")));
}

Status add_leaf_extensions(X509* x509, X509* issuer, const char* usage) {
  const bool good = add_fixed_extension(x509, issuer, NID_key_usage, "critical,digitalSignature") &&
                    add_fixed_extension(x509, issuer, NID_ext_key_usage, usage) &&
                    add_fixed_extension(x509, issuer, NID_subject_key_identifier, "hash") &&
                    add_fixed_extension(x509, issuer, NID_authority_key_identifier, "keyid:always");
  return good ? Status{} : Status(clear_errors(fail(ErrorCode::crypto_failure, "extensions")));
}

Status check_issuer(const Certificate& issuer, const CaKey& key) {
  const bool fits = issuer.parts().is_ca_flagged() && issuer.public_key() == key.public_key();
  return fits ? Status{} : Status(refused("issuer"));
}

// A leaf below `issuer`, complete but for its signature.
Result<OwnedX509> start_leaf(const MdocCertificateRequest& request, const PublicKey& subject_key,
                             const Certificate& issuer, const char* usage) {
  X509* above = x509_of(issuer.parts());
  MIBUN_TRY(OwnedX509 x509, new_certificate(subject_key, request.not_before, request.not_after));
  MIBUN_CHECK(set_subject(x509.get(), request));
  MIBUN_INVARIANT(X509_set_issuer_name(x509.get(), X509_get_subject_name(above)) == 1);
  MIBUN_CHECK(add_leaf_extensions(x509.get(), above, usage));
  copy_extension(x509.get(), above, NID_issuer_alt_name);
  MIBUN_CHECK(add_distribution_point(x509.get(), request.crl_uri));
  return x509;
}

}  // namespace

Result<Certificate> make_iaca_certificate(const MdocCertificateRequest& request, const CaKey& key) {
  MIBUN_TRY(OwnedX509 x509, new_certificate(key.public_key(), request.not_before, request.not_after));
  MIBUN_CHECK(set_subject(x509.get(), request));
  MIBUN_INVARIANT(X509_set_issuer_name(x509.get(), X509_get_subject_name(x509.get())) == 1);
  MIBUN_CHECK(add_authority_extensions(x509.get(), x509.get()));
  MIBUN_CHECK(add_issuer_names(x509.get(), request));
  MIBUN_CHECK(add_distribution_point(x509.get(), request.crl_uri));
  MIBUN_TRY(Certificate iaca, sign_and_parse(x509.get(), key));
  MIBUN_CHECK(check_iaca_root(iaca));
  return iaca;
}

Result<Certificate> make_iaca_link_certificate(const Certificate& newer, const Certificate& older,
                                               const CaKey& older_key, Instant not_before, Instant not_after) {
  MIBUN_CHECK(check_issuer(older, older_key));
  X509* subject = x509_of(newer.parts());
  X509* above = x509_of(older.parts());
  MIBUN_TRY(OwnedX509 x509, new_certificate(newer.public_key(), not_before, not_after));
  MIBUN_INVARIANT(X509_set_subject_name(x509.get(), X509_get_subject_name(subject)) == 1 &&
                  X509_set_issuer_name(x509.get(), X509_get_subject_name(above)) == 1);
  MIBUN_CHECK(add_authority_extensions(x509.get(), above));
  if (!add_fixed_extension(x509.get(), above, NID_authority_key_identifier, "keyid:always")) return refused("issuer");
  copy_extension(x509.get(), subject, NID_issuer_alt_name);
  copy_extension(x509.get(), above, NID_crl_distribution_points);  // of who signs it: RFC 5280, section 4.2.1.13
  MIBUN_TRY(Certificate link, sign_and_parse(x509.get(), older_key));
  MIBUN_CHECK(check_iaca_link(link, older));
  return link;
}

Result<Certificate> make_document_signer_certificate(const MdocCertificateRequest& request,
                                                     const PublicKey& subject_key, const Certificate& iaca,
                                                     const CaKey& iaca_key) {
  MIBUN_CHECK(check_issuer(iaca, iaca_key));
  MIBUN_TRY(OwnedX509 x509, start_leaf(request, subject_key, iaca, "critical,1.0.18013.5.1.2"));
  MIBUN_TRY(Certificate signer, sign_and_parse(x509.get(), iaca_key));
  MIBUN_CHECK(check_document_signer(signer, iaca));
  return signer;
}

Result<Certificate> make_mdoc_reader_certificate(const MdocCertificateRequest& request, const PublicKey& subject_key,
                                                 const Certificate& issuer, const CaKey& issuer_key) {
  MIBUN_CHECK(check_issuer(issuer, issuer_key));
  MIBUN_TRY(OwnedX509 x509, start_leaf(request, subject_key, issuer, "critical,1.0.18013.5.1.6"));
  MIBUN_TRY(Certificate reader, sign_and_parse(x509.get(), issuer_key));
  MIBUN_CHECK(check_mdoc_reader(reader, issuer));
  return reader;
}

}  // namespace mibun::crypto
