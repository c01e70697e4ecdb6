#include <ctime>

#include "core/crypto/crl.h"
#include "core/crypto/crl_internal.h"
#include "core/crypto/der.h"
#include "core/crypto/x509_internal.h"

namespace mibun::crypto {
namespace {

using OwnedCrl = Owned<X509_CRL, X509_CRL_free>;
using OwnedTime = Owned<ASN1_TIME, ASN1_TIME_free>;
using OwnedInteger = Owned<ASN1_INTEGER, ASN1_INTEGER_free>;

std::unexpected<Error> refused(const char* where) {
  return clear_errors(fail(ErrorCode::invalid_argument, where));
}

OwnedTime time_of(Instant instant) {
  OwnedTime out(ASN1_TIME_set(nullptr, static_cast<std::time_t>(instant.unix_seconds())));
  MIBUN_INVARIANT(out != nullptr);
  return out;
}

// From the contents of a DER INTEGER.
OwnedInteger integer_of(BytesView contents) {
  const Bytes der = tlv::write(der::kInteger, contents);
  const unsigned char* at = der.data();
  return OwnedInteger(d2i_ASN1_INTEGER(nullptr, &at, static_cast<long>(der.size())));
}

Status add_entry(X509_CRL* crl, const CrlRequest::Entry& entry) {
  const OwnedInteger serial = integer_of(entry.serial);
  if (!serial || entry.serial.size() > 21) return refused("serial");
  const OwnedTime date = time_of(entry.revoked_at);
  Owned<X509_REVOKED, X509_REVOKED_free> revoked(X509_REVOKED_new());
  MIBUN_INVARIANT(revoked && X509_REVOKED_set_serialNumber(revoked.get(), serial.get()) == 1 &&
                  X509_REVOKED_set_revocationDate(revoked.get(), date.get()) == 1 &&
                  X509_CRL_add0_revoked(crl, revoked.get()) == 1);
  static_cast<void>(revoked.release());
  return {};
}

bool add_extensions(X509_CRL* crl, X509* issuer, std::uint64_t number) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, nullptr, nullptr, crl, 0);
  const Owned<X509_EXTENSION, X509_EXTENSION_free> key_id(
      X509V3_EXT_conf_nid(nullptr, &context, NID_authority_key_identifier, "keyid:always"));
  const OwnedInteger value(ASN1_INTEGER_new());
  return key_id && value && X509_CRL_add_ext(crl, key_id.get(), -1) == 1 &&
         ASN1_INTEGER_set_uint64(value.get(), number) == 1 &&
         X509_CRL_add1_ext_i2d(crl, NID_crl_number, value.get(), 0, X509V3_ADD_DEFAULT) == 1;
}

}  // namespace

Result<Crl> make_crl(const CrlRequest& request, const Certificate& issuer, const CaKey& issuer_key) {
  X509* above = x509_of(issuer.parts());
  if (!issuer.parts().is_ca_flagged() || !(issuer.public_key() == issuer_key.public_key())) return refused("issuer");
  if (request.next_update < request.this_update) return refused("next_update");
  if (request.entries.size() > kCrlEntriesMax) return refused("entries");
  const OwnedCrl crl(X509_CRL_new());
  const OwnedTime this_update = time_of(request.this_update), next_update = time_of(request.next_update);
  MIBUN_INVARIANT(crl && X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2) == 1 &&
                  X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(above)) == 1 &&
                  X509_CRL_set1_lastUpdate(crl.get(), this_update.get()) == 1 &&
                  X509_CRL_set1_nextUpdate(crl.get(), next_update.get()) == 1);
  for (const CrlRequest::Entry& entry : request.entries) MIBUN_CHECK(add_entry(crl.get(), entry));
  if (!add_extensions(crl.get(), above, request.number)) return refused("issuer");
  if (X509_CRL_sort(crl.get()) != 1) return clear_errors(fail(ErrorCode::crypto_failure, "sort"));
  X509_CRL* list = crl.get();
  const ToBeSigned object{.sign = [=](EVP_PKEY* by, const EVP_MD* digest) { return X509_CRL_sign(list, by, digest); },
                          .write_signed_part = [=](unsigned char** out) { return i2d_re_X509_CRL_tbs(list, out); },
                          .write = [=](unsigned char** out) { return i2d_X509_CRL(list, out); }};
  MIBUN_TRY(const Bytes der, signed_der(object, issuer_key));
  return Crl::parse(der);
}

}  // namespace mibun::crypto
