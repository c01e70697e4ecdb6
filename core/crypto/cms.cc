#include "core/crypto/cms.h"

#include <openssl/cms.h>
#include <openssl/pem.h>

#include <algorithm>

#include "core/crypto/cms_shape.h"
#include "core/crypto/document_key.h"
#include "core/crypto/x509.h"
#include "core/crypto/x509_internal.h"

namespace mibun::crypto {

struct CscaCertificate::Parts {
  Bytes der;
  OwnedX509 x509;
  OwnedKey key;  // on a named curve, however the certificate writes it
  std::string subject, country;
  Sha256Digest sha256{};
  Instant not_before, not_after;
};

namespace {

void free_certificates(STACK_OF(X509) * stack) {
  sk_X509_pop_free(stack, X509_free);
}

using OwnedCms = Owned<CMS_ContentInfo, CMS_ContentInfo_free>;
using OwnedCertificates = Owned<STACK_OF(X509), free_certificates>;

constexpr int kCertificatesMax = 8;

std::unexpected<Error> refuse(ErrorCode code, const char* where, const char* detail = "") {
  return clear_errors(fail(code, where, detail));
}

Bytes der_of(X509* x509) {
  unsigned char* encoded = nullptr;
  const int size = i2d_X509(x509, &encoded);
  const OwnedMemory owner(encoded);
  return size > 0 ? to_bytes(BytesView(encoded, static_cast<std::size_t>(size))) : Bytes{};
}

bool is_ca(X509* x509) {
  const std::uint32_t flags = X509_get_extension_flags(x509);
  return (flags & EXFLAG_CA) != 0 && (flags & EXFLAG_KUSAGE) != 0 && (X509_get_key_usage(x509) & KU_KEY_CERT_SIGN) != 0;
}

// Real CSCAs and DSCs differ from RFC 5280 in many small ways, so this is laxer than parse_x509 in form only.
Status decode_extensions(X509* x509) {
  const bool good = X509_check_purpose(x509, -1, 0) == 1 && (X509_get_extension_flags(x509) & EXFLAG_INVALID) == 0;
  if (!good) return refuse(ErrorCode::certificate_malformed, "extensions");
  return {};
}

// ---- the message ----

Result<OwnedCms> parse_cms(BytesView der) {
  if (der.empty() || der.size() > kSignedDataBytesMax) return refuse(ErrorCode::cms_malformed, "size");
  const unsigned char* at = der.data();
  OwnedCms cms(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(der.size())));
  if (!cms || at != der.data() + der.size()) return refuse(ErrorCode::cms_malformed, "content info");
  // Asking any other type for its content type or signers is not safe in the library: compare first.
  if (OBJ_obj2nid(CMS_get0_type(cms.get())) != NID_pkcs7_signed) return refuse(ErrorCode::cms_malformed, "type");
  return cms;
}

Bytes encoded_name(const X509_NAME* name) {
  unsigned char* encoded = nullptr;
  const int size = i2d_X509_NAME(name, &encoded);
  const OwnedMemory owner(encoded);
  return size > 0 ? to_bytes(BytesView(encoded, static_cast<std::size_t>(size))) : Bytes{};
}

// The parts that no signature covers. BER with an indefinite length outside is judged by the library's DER of it.
Status check_shape(CMS_ContentInfo* cms, BytesView der, X509* certificate) {
  Bytes definite;
  if (der[1] == 0x80) {
    unsigned char* encoded = nullptr;
    const int size = i2d_CMS_ContentInfo(cms, &encoded);
    const OwnedMemory owner(encoded);
    if (size <= 0) return refuse(ErrorCode::cms_malformed, "content info");
    definite = to_bytes(BytesView(encoded, static_cast<std::size_t>(size)));
  }
  MIBUN_TRY(const SignedDataShape shape, read_signed_data_shape(definite.empty() ? der : definite));
  if (!shape.issuer.empty() && !std::ranges::equal(shape.issuer, encoded_name(X509_get_issuer_name(certificate)))) {
    return refuse(ErrorCode::cms_malformed, "signer identifier");
  }
  const bool named = std::ranges::any_of(
      shape.digest_oids, [&](BytesView oid) { return std::ranges::equal(oid, shape.signer_digest_oid); });
  if (!named) return refuse(ErrorCode::cms_malformed, "digest algorithms");
  return {};
}

Result<BytesView> content_of(CMS_ContentInfo* cms) {
  ASN1_OCTET_STRING** content = CMS_get0_content(cms);
  if (content == nullptr || *content == nullptr) return refuse(ErrorCode::cms_malformed, "content");
  const int size = ASN1_STRING_length(*content);
  if (size <= 0) return refuse(ErrorCode::cms_malformed, "content");
  return BytesView(ASN1_STRING_get0_data(*content), static_cast<std::size_t>(size));
}

Status check_content_type(CMS_ContentInfo* cms, const ASN1_OBJECT* wanted) {
  const ASN1_OBJECT* type = CMS_get0_eContentType(cms);
  if (type == nullptr) return refuse(ErrorCode::cms_malformed, "content type");
  if (OBJ_cmp(type, wanted) != 0) return refuse(ErrorCode::cms_wrong_content_type, "content type");
  return {};
}

Result<CMS_SignerInfo*> only_signer(CMS_ContentInfo* cms) {
  STACK_OF(CMS_SignerInfo)* signers = CMS_get0_SignerInfos(cms);
  if (signers == nullptr || sk_CMS_SignerInfo_num(signers) != 1) {
    return refuse(ErrorCode::cms_malformed, "signers", "not exactly one");
  }
  return sk_CMS_SignerInfo_value(signers, 0);
}

Result<OwnedX509> signer_certificate(CMS_ContentInfo* cms, CMS_SignerInfo* signer) {
  const OwnedCertificates certificates(CMS_get1_certs(cms));
  const int count = certificates ? sk_X509_num(certificates.get()) : 0;
  if (count < 1 || count > kCertificatesMax) return refuse(ErrorCode::cms_malformed, "certificates");
  for (int i = 0; i < count; ++i) {
    X509* x509 = sk_X509_value(certificates.get(), i);
    if (CMS_SignerInfo_cert_cmp(signer, x509) != 0) continue;
    X509_up_ref(x509);
    return OwnedX509(x509);
  }
  return refuse(ErrorCode::cms_malformed, "certificates", "the signer's is not inside");
}

// ---- the signer ----

struct Attributes {
  BytesView message_digest;
  std::optional<Instant> signing_time;
};

// The value of an attribute that is there once with one value, of the type that it must have.
template <class T>
const T* signed_attribute(CMS_SignerInfo* signer, int nid, int type) {
  constexpr int kOnceWithOneValue = -3;
  return static_cast<const T*>(CMS_signed_get0_data_by_OBJ(signer, OBJ_nid2obj(nid), kOnceWithOneValue, type));
}

Result<std::optional<Instant>> signing_time_of(CMS_SignerInfo* signer) {
  if (CMS_signed_get_attr_by_NID(signer, NID_pkcs9_signingTime, -1) < 0) return std::nullopt;
  const auto* time = signed_attribute<ASN1_TIME>(signer, NID_pkcs9_signingTime, V_ASN1_UTCTIME);
  if (time == nullptr) time = signed_attribute<ASN1_TIME>(signer, NID_pkcs9_signingTime, V_ASN1_GENERALIZEDTIME);
  if (time == nullptr) return refuse(ErrorCode::cms_malformed, "signing time");
  const auto instant = instant_of(time);
  if (!instant) return refuse(ErrorCode::cms_malformed, "signing time");
  return *instant;
}

Result<Attributes> signed_attributes(CMS_SignerInfo* signer, const ASN1_OBJECT* content_type) {
  if (CMS_signed_get_attr_count(signer) <= 0) return refuse(ErrorCode::cms_malformed, "signed attributes", "absent");
  const auto* type = signed_attribute<ASN1_OBJECT>(signer, NID_pkcs9_contentType, V_ASN1_OBJECT);
  if (type == nullptr) return refuse(ErrorCode::cms_malformed, "signed attributes", "content type");
  if (OBJ_cmp(type, content_type) != 0) return refuse(ErrorCode::cms_wrong_content_type, "signed attributes");
  const auto* digest = signed_attribute<ASN1_OCTET_STRING>(signer, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING);
  if (digest == nullptr) return refuse(ErrorCode::cms_malformed, "signed attributes", "message digest");
  const int size = ASN1_STRING_length(digest);
  MIBUN_TRY(const std::optional<Instant> signing_time, signing_time_of(signer));
  return Attributes{{ASN1_STRING_get0_data(digest), size > 0 ? static_cast<std::size_t>(size) : 0}, signing_time};
}

int algorithm_nid(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* object = nullptr;
  if (algorithm != nullptr) X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  return object != nullptr ? OBJ_obj2nid(object) : NID_undef;
}

// The library takes the key's algorithm and the digest algorithm, whatever the signature algorithm says.
bool is_consistent(int signature_nid, int digest_nid, EVP_PKEY* key) {
  const bool rsa = EVP_PKEY_get_base_id(key) != EVP_PKEY_EC;
  if (rsa && (signature_nid == NID_rsaEncryption || signature_nid == NID_rsassaPss)) return true;
  int digest = NID_undef;
  int key_type = NID_undef;
  if (OBJ_find_sigid_algs(signature_nid, &digest, &key_type) != 1) return false;
  return digest == digest_nid && key_type == (rsa ? NID_rsaEncryption : NID_X9_62_id_ecPublicKey);
}

Status check_message_digest(CMS_SignerInfo* signer, EVP_PKEY* key, BytesView content, BytesView stated) {
  X509_ALGOR* digest_algorithm = nullptr;
  X509_ALGOR* signature_algorithm = nullptr;
  CMS_SignerInfo_get0_algs(signer, nullptr, nullptr, &digest_algorithm, &signature_algorithm);
  const EVP_MD* digest = document_digest(algorithm_nid(digest_algorithm));
  if (digest == nullptr) return refuse(ErrorCode::digest_not_allowed, "digest algorithm");
  if (!is_consistent(algorithm_nid(signature_algorithm), algorithm_nid(digest_algorithm), key)) {
    return refuse(ErrorCode::algorithm_not_allowed, "signature algorithm");
  }
  std::uint8_t computed[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  MIBUN_INVARIANT(EVP_Digest(content.data(), content.size(), computed, &size, digest, nullptr) == 1);
  if (!std::ranges::equal(BytesView(computed, size), stated)) {
    return refuse(ErrorCode::cms_signature_invalid, "message digest", "does not match the content");
  }
  return {};
}

Status check_signature(CMS_SignerInfo* signer, X509* certificate, EVP_PKEY* key) {
  // The library verifies with the certificate's key: hand it one whose curve has a name.
  const OwnedX509 with_named_curve(X509_dup(certificate));
  const bool ready = with_named_curve && X509_set_pubkey(with_named_curve.get(), key) == 1;
  if (!ready) return refuse(ErrorCode::crypto_failure, "signer");
  CMS_SignerInfo_set1_signer_cert(signer, with_named_curve.get());
  if (CMS_SignerInfo_verify(signer) != 1) return refuse(ErrorCode::cms_signature_invalid, "signature");
  return {};
}

// ---- the chain of two ----

Status check_signer_profile(X509* x509) {
  const auto untrusted = [](const char* detail) {
    return refuse(ErrorCode::cms_signer_untrusted, "signer certificate", detail);
  };
  if (!decode_extensions(x509)) return untrusted("malformed extensions");
  const std::uint32_t flags = X509_get_extension_flags(x509);
  if ((flags & EXFLAG_CA) != 0) return untrusted("a certification authority");
  if ((flags & EXFLAG_KUSAGE) == 0 || (X509_get_key_usage(x509) & KU_DIGITAL_SIGNATURE) == 0) {
    return untrusted("key usage without digitalSignature");
  }
  // A document signer has none (9303-12, table 6); a CSCA's other signers (master lists, deviation lists) do.
  if ((flags & EXFLAG_XKUSAGE) != 0) return untrusted("an extended key usage");
  if (!check_critical_extensions(extensions_of(x509))) return untrusted("a critical extension that is not understood");
  return {};
}

bool is_issued_by(X509* x509, const CscaCertificate& csca) {
  X509* issuer = csca.parts().x509.get();
  if (X509_NAME_cmp(X509_get_issuer_name(x509), X509_get_subject_name(issuer)) != 0) return false;
  const ASN1_OCTET_STRING* wanted = X509_get0_authority_key_id(x509);
  const ASN1_OCTET_STRING* given = X509_get0_subject_key_id(issuer);
  if (wanted != nullptr && given != nullptr && ASN1_OCTET_STRING_cmp(wanted, given) != 0) return false;
  return clear_errors(X509_verify(x509, csca.parts().key.get()) == 1);
}

Result<const CscaCertificate*> find_csca(X509* x509, std::span<const CscaCertificate> trusted) {
  int digest = NID_undef;
  if (X509_get_signature_info(x509, &digest, nullptr, nullptr, nullptr) != 1 || document_digest(digest) == nullptr) {
    return refuse(ErrorCode::digest_not_allowed, "signer certificate");
  }
  for (const CscaCertificate& csca : trusted) {
    if (is_issued_by(x509, csca)) return &csca;
  }
  return refuse(ErrorCode::cms_signer_untrusted, "signer certificate", "no trusted CSCA has signed it");
}

Result<Instant> chain_instant(const SignedDataRules& rules, const std::optional<Instant>& signing_time) {
  if (rules.chain_time == ChainTime::now || !signing_time) return rules.now;
  if (*signing_time > rules.now) return refuse(ErrorCode::cms_signer_untrusted, "signing time", "in the future");
  return *signing_time;
}

}  // namespace

Result<CscaCertificate> CscaCertificate::parse(BytesView der) {
  if (der.empty() || der.size() > kCertificateBytesMax) return refuse(ErrorCode::certificate_malformed, "size");
  const unsigned char* at = der.data();
  OwnedX509 x509(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (!x509 || at != der.data() + der.size()) return refuse(ErrorCode::certificate_malformed, "der");
  MIBUN_CHECK(decode_extensions(x509.get()));
  if (!is_ca(x509.get())) return refuse(ErrorCode::certificate_wrong_purpose, "csca", "not a certification authority");
  MIBUN_TRY(OwnedKey key, document_public_key(x509.get()));
  MIBUN_TRY(const Instant not_before, instant_of(X509_get0_notBefore(x509.get())));
  MIBUN_TRY(const Instant not_after, instant_of(X509_get0_notAfter(x509.get())));
  const X509_NAME* name = X509_get_subject_name(x509.get());
  MIBUN_TRY(std::string country, name_attribute(name, NID_countryName));
  for (char& c : country) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  std::string subject = name_text(name);
  return CscaCertificate(
      std::make_shared<Parts>(Parts{to_bytes(der), std::move(x509), std::move(key), std::move(subject),
                                    std::move(country), crypto::sha256(der), not_before, not_after}));
}

Result<CscaCertificate> CscaCertificate::from_pem(std::string_view pem) {
  MIBUN_TRY(const std::vector<Bytes> blocks, certificates_from_pem(pem));
  if (blocks.size() != 1) return fail(ErrorCode::pem_malformed, "pem", "more than one certificate");
  return parse(blocks[0]);
}

BytesView CscaCertificate::der() const {
  return parts_->der;
}
const std::string& CscaCertificate::subject() const {
  return parts_->subject;
}
const std::string& CscaCertificate::country() const {
  return parts_->country;
}
const Sha256Digest& CscaCertificate::sha256() const {
  return parts_->sha256;
}
Instant CscaCertificate::not_before() const {
  return parts_->not_before;
}
Instant CscaCertificate::not_after() const {
  return parts_->not_after;
}
std::string CscaCertificate::pem() const {
  return pem_block("CERTIFICATE", parts_->der);
}

Result<VerifiedSignedData> verify_signed_data(BytesView der, const SignedDataRules& rules) {
  const OwnedObject content_type(OBJ_txt2obj(std::string(rules.content_type).c_str(), 1));
  MIBUN_INVARIANT(content_type != nullptr);
  MIBUN_TRY(const OwnedCms cms, parse_cms(der));
  MIBUN_CHECK(check_content_type(cms.get(), content_type.get()));
  MIBUN_TRY(const BytesView content, content_of(cms.get()));
  MIBUN_TRY(CMS_SignerInfo * signer, only_signer(cms.get()));
  MIBUN_TRY(const OwnedX509 certificate, signer_certificate(cms.get(), signer));
  MIBUN_CHECK(check_shape(cms.get(), der, certificate.get()));
  MIBUN_TRY(const OwnedKey key, document_public_key(certificate.get()));
  MIBUN_TRY(const Attributes attributes, signed_attributes(signer, content_type.get()));
  MIBUN_CHECK(check_message_digest(signer, key.get(), content, attributes.message_digest));
  MIBUN_CHECK(check_signature(signer, certificate.get(), key.get()));

  MIBUN_CHECK(check_signer_profile(certificate.get()));
  MIBUN_TRY(const CscaCertificate* csca, find_csca(certificate.get(), rules.trusted));
  MIBUN_TRY(const Instant not_before, instant_of(X509_get0_notBefore(certificate.get())));
  MIBUN_TRY(const Instant not_after, instant_of(X509_get0_notAfter(certificate.get())));
  MIBUN_TRY(const Instant judged_at, chain_instant(rules, attributes.signing_time));
  MIBUN_CHECK(check_validity(not_before, not_after, judged_at));
  MIBUN_CHECK(check_validity(csca->not_before(), csca->not_after(), judged_at));
  return VerifiedSignedData{to_bytes(content),
                            der_of(certificate.get()),
                            name_text(X509_get_subject_name(certificate.get())),
                            not_before,
                            not_after,
                            csca->subject(),
                            csca->country(),
                            csca->sha256(),
                            attributes.signing_time,
                            judged_at};
}

}  // namespace mibun::crypto
