#include <openssl/rand.h>

#include <ctime>

#include "core/crypto/public_key_internal.h"
#include "core/crypto/x509.h"
#include "core/crypto/x509_internal.h"

namespace mibun::crypto {
namespace {

constexpr int kSerialSize = 16;

std::unexpected<Error> refused(const char* where) {
  return clear_errors(fail(ErrorCode::invalid_argument, where));
}

Status set_subject(X509* x509, const CertificateRequest& request) {
  X509_NAME* name = X509_get_subject_name(x509);
  const bool good = add_name_attribute(name, NID_countryName, request.country) &&
                    add_name_attribute(name, NID_stateOrProvinceName, request.state_or_province) &&
                    add_name_attribute(name, NID_organizationName, request.organization) &&
                    add_name_attribute(name, NID_commonName, request.common_name);
  if (!good || X509_NAME_entry_count(name) == 0) return refused("subject");
  return {};
}

bool push_address(GENERAL_NAMES* names, const std::string& text) {
  Owned<GENERAL_NAME, GENERAL_NAME_free> name(GENERAL_NAME_new());
  Owned<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> value(a2i_IPADDRESS(text.c_str()));
  if (!name || !value) return false;
  GENERAL_NAME_set0_value(name.get(), GEN_IPADD, value.release());
  if (sk_GENERAL_NAME_push(names, name.get()) <= 0) return false;
  static_cast<void>(name.release());
  return true;
}

Status add_alternative_names(X509* x509, const CertificateRequest& request) {
  const OwnedNames names(GENERAL_NAMES_new());
  MIBUN_INVARIANT(names != nullptr);
  bool good = true;
  for (const std::string& text : request.san_dns) good = good && push_ascii_name(names.get(), GEN_DNS, text);
  for (const std::string& text : request.san_uri) good = good && push_ascii_name(names.get(), GEN_URI, text);
  for (const std::string& text : request.san_ip) good = good && push_address(names.get(), text);
  if (!good) return refused("subjectAltName");
  if (sk_GENERAL_NAME_num(names.get()) == 0) return {};
  MIBUN_INVARIANT(X509_add1_ext_i2d(x509, NID_subject_alt_name, names.get(), 0, X509V3_ADD_DEFAULT) == 1);
  return {};
}

Status add_extensions(X509* x509, X509* issuer, const CertificateRequest& request) {
  const bool is_root = x509 == issuer;
  bool good = false;
  if (request.purpose) {
    const std::string usage(extended_key_usage_oid(*request.purpose));
    good = add_fixed_extension(x509, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
           add_fixed_extension(x509, issuer, NID_key_usage, "critical,digitalSignature") &&
           add_fixed_extension(x509, issuer, NID_ext_key_usage, usage.c_str());
  } else {
    const char* constraints = is_root ? "critical,CA:TRUE,pathlen:1" : "critical,CA:TRUE,pathlen:0";
    good = add_fixed_extension(x509, issuer, NID_basic_constraints, constraints) &&
           add_fixed_extension(x509, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
  }
  good = good && add_fixed_extension(x509, issuer, NID_subject_key_identifier, "hash") &&
         add_fixed_extension(x509, issuer, NID_authority_key_identifier, "keyid:always");
  if (!good) return clear_errors(fail(ErrorCode::crypto_failure, "extensions"));
  return add_alternative_names(x509, request);
}

Result<OwnedX509> start(const CertificateRequest& request, const PublicKey& subject_key) {
  MIBUN_TRY(OwnedX509 x509, new_certificate(subject_key, request.not_before, request.not_after));
  MIBUN_CHECK(set_subject(x509.get(), request));
  return x509;
}

}  // namespace

Result<OwnedX509> new_certificate(const PublicKey& subject_key, Instant not_before, Instant not_after) {
  if (not_after < not_before) return refused("validity");
  OwnedX509 x509(X509_new());
  MIBUN_INVARIANT(x509 && X509_set_version(x509.get(), X509_VERSION_3) == 1);
  set_random_serial(x509.get());
  set_validity(x509.get(), not_before, not_after);
  const OwnedKey public_part = make_pkey(subject_key);
  MIBUN_INVARIANT(X509_set_pubkey(x509.get(), public_part.get()) == 1);
  return x509;
}

Result<Certificate> sign_and_parse(X509* x509, const CaKey& key) {
  const ToBeSigned object{.sign = [=](EVP_PKEY* by, const EVP_MD* digest) { return X509_sign(x509, by, digest); },
                          .write_signed_part = [=](unsigned char** out) { return i2d_re_X509_tbs(x509, out); },
                          .write = [=](unsigned char** out) { return i2d_X509(x509, out); }};
  MIBUN_TRY(const Bytes der, signed_der(object, key));
  return Certificate::parse(der);
}

bool push_ascii_name(GENERAL_NAMES* names, int type, const std::string& text) {
  for (const char c : text) {
    if (c <= 0x20 || c >= 0x7f) return false;
  }
  Owned<GENERAL_NAME, GENERAL_NAME_free> name(GENERAL_NAME_new());
  Owned<ASN1_IA5STRING, ASN1_IA5STRING_free> value(ASN1_IA5STRING_new());
  if (text.empty() || !name || !value ||
      ASN1_STRING_set(value.get(), text.data(), static_cast<int>(text.size())) != 1) {
    return false;
  }
  GENERAL_NAME_set0_value(name.get(), type, value.release());
  if (sk_GENERAL_NAME_push(names, name.get()) <= 0) return false;
  static_cast<void>(name.release());
  return true;
}

void set_random_serial(X509* x509) {
  std::uint8_t bytes[kSerialSize];
  MIBUN_INVARIANT(RAND_bytes(bytes, kSerialSize) == 1);
  bytes[0] = static_cast<std::uint8_t>((bytes[0] & 0x3f) | 0x40);  // positive and always 16 bytes long
  const OwnedNumber number(BN_bin2bn(bytes, kSerialSize, nullptr));
  MIBUN_INVARIANT(number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(x509)) != nullptr);
}

void set_validity(X509* x509, Instant not_before, Instant not_after) {
  MIBUN_INVARIANT(ASN1_TIME_set(X509_getm_notBefore(x509), static_cast<std::time_t>(not_before.unix_seconds())) &&
                  ASN1_TIME_set(X509_getm_notAfter(x509), static_cast<std::time_t>(not_after.unix_seconds())));
}

bool add_name_attribute(X509_NAME* name, int nid, const std::string& text) {
  if (text.empty()) return true;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  return X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8, bytes, static_cast<int>(text.size()), -1, 0) == 1;
}

bool add_fixed_extension(X509* x509, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, x509, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION, X509_EXTENSION_free> extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  return extension && X509_add_ext(x509, extension.get(), -1) == 1;
}

Result<Certificate> make_root_certificate(const CertificateRequest& request, const CaKey& key) {
  if (request.purpose) return refused("purpose");
  MIBUN_TRY(OwnedX509 x509, start(request, key.public_key()));
  MIBUN_INVARIANT(X509_set_issuer_name(x509.get(), X509_get_subject_name(x509.get())) == 1);
  MIBUN_CHECK(add_extensions(x509.get(), x509.get(), request));
  return sign_and_parse(x509.get(), key);
}

Result<Certificate> make_certificate(const CertificateRequest& request, const PublicKey& subject_key,
                                     const Certificate& issuer, const CaKey& issuer_key) {
  X509* issuer_x509 = x509_of(issuer.parts());
  const bool issuer_fits = issuer.parts().is_ca_flagged() && issuer.public_key() == issuer_key.public_key();
  if (!issuer_fits) return refused("issuer");
  MIBUN_TRY(OwnedX509 x509, start(request, subject_key));
  MIBUN_INVARIANT(X509_set_issuer_name(x509.get(), X509_get_subject_name(issuer_x509)) == 1);
  MIBUN_CHECK(add_extensions(x509.get(), issuer_x509, request));
  return sign_and_parse(x509.get(), issuer_key);
}

}  // namespace mibun::crypto
