#include "core/crypto/document_signer.h"

#include <openssl/cms.h>
#include <openssl/rsa.h>

#include <ctime>
#include <limits>

#include "core/crypto/x509_internal.h"

namespace mibun::crypto {

struct DocumentSigner::Impl {
  OwnedKey key;
  OwnedX509 x509;
  Bytes der;
  bool pss = false;
};

struct Csca::Impl {
  OwnedKey key;
  OwnedX509 x509;
  CscaCertificate certificate;
  DocumentKey kind;
};

namespace {

using OwnedCms = Owned<CMS_ContentInfo, CMS_ContentInfo_free>;
using OwnedDigestContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using OwnedTime = Owned<ASN1_TIME, ASN1_STRING_free>;

std::unexpected<Error> failed(ErrorCode code, const char* where) {
  return clear_errors(fail(code, where));
}

const char* curve_name(DocumentKey kind) {
  switch (kind) {
    case DocumentKey::p256:
      return "P-256";
    case DocumentKey::p384:
      return "P-384";
    case DocumentKey::brainpool_p256r1:
      return "brainpoolP256r1";
    case DocumentKey::brainpool_p384r1:
      return "brainpoolP384r1";
    case DocumentKey::rsa_2048:
    case DocumentKey::rsa_2048_pss:
      return nullptr;
  }
  return nullptr;
}

// RFC 5758 pairs a curve with the digest of its strength.
const EVP_MD* digest_for(DocumentKey kind) {
  return kind == DocumentKey::p384 || kind == DocumentKey::brainpool_p384r1 ? EVP_sha384() : EVP_sha256();
}

OwnedKey generate_key(DocumentKey kind, bool explicit_parameters) {
  const char* curve = curve_name(kind);
  const OwnedKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, curve != nullptr ? "EC" : "RSA", nullptr));
  bool good = context && EVP_PKEY_keygen_init(context.get()) == 1;
  if (curve != nullptr) {
    good = good && EVP_PKEY_CTX_set_group_name(context.get(), curve) == 1 &&
           EVP_PKEY_CTX_set_ec_param_enc(context.get(),
                                         explicit_parameters ? OPENSSL_EC_EXPLICIT_CURVE : OPENSSL_EC_NAMED_CURVE) == 1;
  } else {
    good = good && EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), 2048) == 1;
  }
  EVP_PKEY* key = nullptr;
  MIBUN_INVARIANT(good && EVP_PKEY_generate(context.get(), &key) == 1);
  return OwnedKey(key);
}

[[nodiscard]] bool use_pss(EVP_PKEY_CTX* context) {
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

[[nodiscard]] bool sign_certificate(X509* x509, EVP_PKEY* key, DocumentKey kind) {
  const OwnedDigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* key_context = nullptr;  // belongs to `context`
  bool good = context && EVP_DigestSignInit(context.get(), &key_context, digest_for(kind), nullptr, key) == 1;
  if (kind == DocumentKey::rsa_2048_pss) good = good && use_pss(key_context);
  return good && X509_sign_ctx(x509, context.get()) > 0;
}

struct Above {
  X509* x509;
  EVP_PKEY* key;
  DocumentKey kind;
};

// Self-signed when `above` is null.
Result<OwnedX509> make_x509(const DocumentCertificateRequest& request, EVP_PKEY* key, const Above* above) {
  OwnedX509 x509(X509_new());
  MIBUN_INVARIANT(x509 && X509_set_version(x509.get(), X509_VERSION_3) == 1);
  if (request.not_after < request.not_before) return failed(ErrorCode::invalid_argument, "validity");
  set_random_serial(x509.get());
  set_validity(x509.get(), request.not_before, request.not_after);
  X509_NAME* name = X509_get_subject_name(x509.get());
  const bool named = !request.country.empty() && add_name_attribute(name, NID_countryName, request.country) &&
                     add_name_attribute(name, NID_organizationName, request.organization) &&
                     add_name_attribute(name, NID_commonName, request.common_name);
  if (!named) return failed(ErrorCode::invalid_argument, "subject");
  X509* issuer = above != nullptr ? above->x509 : x509.get();
  bool good =
      X509_set_issuer_name(x509.get(), X509_get_subject_name(issuer)) == 1 && X509_set_pubkey(x509.get(), key) == 1;
  if (above == nullptr) {
    good = good && add_fixed_extension(x509.get(), issuer, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
           add_fixed_extension(x509.get(), issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
  } else {
    good = good && add_fixed_extension(x509.get(), issuer, NID_key_usage, "critical,digitalSignature");
  }
  good = good && add_fixed_extension(x509.get(), issuer, NID_subject_key_identifier, "hash") &&
         add_fixed_extension(x509.get(), issuer, NID_authority_key_identifier, "keyid:always") &&
         (above != nullptr ? sign_certificate(x509.get(), above->key, above->kind)
                           : sign_certificate(x509.get(), key, request.key));
  if (!good) return failed(ErrorCode::crypto_failure, "certificate");
  return x509;
}

template <class T, class Encode>
Bytes encoded(T* object, Encode encode) {
  unsigned char* bytes = nullptr;
  const int size = encode(object, &bytes);
  const OwnedMemory owner(bytes);
  MIBUN_INVARIANT(size > 0);
  return to_bytes(BytesView(bytes, static_cast<std::size_t>(size)));
}

// The library would put the system's time there; ours comes as an argument.
[[nodiscard]] bool add_signing_time(CMS_SignerInfo* signer, Instant at) {
  const OwnedTime time(ASN1_TIME_set(nullptr, static_cast<std::time_t>(at.unix_seconds())));
  return time &&
         CMS_signed_add1_attr_by_NID(signer, NID_pkcs9_signingTime, ASN1_STRING_type(time.get()), time.get(), -1) == 1;
}

}  // namespace

DocumentSigner::DocumentSigner(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DocumentSigner::DocumentSigner(DocumentSigner&&) noexcept = default;
DocumentSigner& DocumentSigner::operator=(DocumentSigner&&) noexcept = default;
DocumentSigner::~DocumentSigner() = default;

const Bytes& DocumentSigner::certificate_der() const {
  return impl_->der;
}

Result<Bytes> DocumentSigner::sign_data(std::string_view content_type, BytesView content, Instant signing_time) const {
  const OwnedObject type(OBJ_txt2obj(std::string(content_type).c_str(), 1));
  if (!type || content.empty() || content.size() > kSignedDataBytesMax) {
    return failed(ErrorCode::invalid_argument, "content");
  }
  const OwnedBio input = bio_over(content);
  const OwnedCms cms(CMS_sign(nullptr, nullptr, nullptr, nullptr, CMS_BINARY | CMS_PARTIAL));
  bool good = cms && CMS_set1_eContentType(cms.get(), type.get()) == 1 && CMS_set_detached(cms.get(), 0) == 1;
  const unsigned int flags = CMS_BINARY | CMS_NOSMIMECAP | (impl_->pss ? CMS_KEY_PARAM : 0u);
  CMS_SignerInfo* signer =
      good ? CMS_add1_signer(cms.get(), impl_->x509.get(), impl_->key.get(), EVP_sha256(), flags) : nullptr;
  good = signer != nullptr && add_signing_time(signer, signing_time) &&
         (!impl_->pss || use_pss(CMS_SignerInfo_get0_pkey_ctx(signer))) &&
         CMS_final(cms.get(), input.get(), nullptr, CMS_BINARY) == 1;
  if (!good) return failed(ErrorCode::crypto_failure, "sign");
  return encoded(cms.get(), i2d_CMS_ContentInfo);
}

Csca::Csca(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Csca::Csca(Csca&&) noexcept = default;
Csca& Csca::operator=(Csca&&) noexcept = default;
Csca::~Csca() = default;

const CscaCertificate& Csca::certificate() const {
  return impl_->certificate;
}

Result<Csca> Csca::make(const DocumentCertificateRequest& request) {
  OwnedKey key = generate_key(request.key, request.explicit_parameters);
  MIBUN_TRY(OwnedX509 x509, make_x509(request, key.get(), nullptr));
  MIBUN_TRY(CscaCertificate certificate, CscaCertificate::parse(encoded(x509.get(), i2d_X509)));
  return Csca(std::make_unique<Impl>(Impl{std::move(key), std::move(x509), std::move(certificate), request.key}));
}

Result<DocumentSigner> Csca::make_document_signer(const DocumentCertificateRequest& request) const {
  OwnedKey key = generate_key(request.key, request.explicit_parameters);
  const Above above{impl_->x509.get(), impl_->key.get(), impl_->kind};
  MIBUN_TRY(OwnedX509 x509, make_x509(request, key.get(), &above));
  Bytes der = encoded(x509.get(), i2d_X509);
  const bool pss = request.key == DocumentKey::rsa_2048_pss;
  return DocumentSigner(std::make_unique<DocumentSigner::Impl>(
      DocumentSigner::Impl{std::move(key), std::move(x509), std::move(der), pss}));
}

}  // namespace mibun::crypto
