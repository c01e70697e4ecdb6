#pragma once

// For files in core/crypto only: what X.509 and CMS share.

#include <openssl/bio.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <string>
#include <vector>

#include "core/base/time.h"
#include "core/crypto/ca_certificate.h"
#include "core/crypto/certificate_make.h"
#include "core/crypto/openssl.h"
#include "core/crypto/x509_signature.h"

namespace mibun::crypto {

inline void free_extension_stack(GENERAL_NAMES* names) {
  GENERAL_NAMES_free(names);
}

using OwnedX509 = Owned<X509, X509_free>;
using OwnedBio = Owned<BIO, BIO_free_all>;
using OwnedObject = Owned<ASN1_OBJECT, ASN1_OBJECT_free>;
using OwnedNames = Owned<GENERAL_NAMES, free_extension_stack>;

struct Certificate::Parts {
  Bytes der;
  OwnedX509 x509;
  Result<PublicKey> public_key;  // an error when the key is of a kind that only CAs may have
  SignatureMethod method{};
  Sha256Digest sha256{};
  Instant not_before, not_after;
  std::string subject, common_name, organization, country, state_or_province;
  std::vector<std::string> san_dns, san_uri, crl_uris;
  std::vector<Bytes> crl_names;  // DER of every name among the CRL distribution points
  Bytes serial, issuer_der, subject_der;
  bool self_issued = false;

  bool is_ca_flagged() const { return (X509_get_extension_flags(x509.get()) & EXFLAG_CA) != 0; }
};

// A whole certificate in strict DER, of any kind of key that the library can read: the rules of docs/formats/x509.md
// that hold for one certificate alone. Errors: certificate_malformed.
Result<std::shared_ptr<const Certificate::Parts>> parse_certificate(BytesView der);
// The shape of a certificate, down to the contents of its extensions: x509_shape.cc.
struct CertificateShape {
  BytesView serial;           // contents of the INTEGER
  BytesView issuer, subject;  // DER of the names
};
Result<CertificateShape> read_certificate_shape(BytesView der);

// One certificate of any key type, nothing after it; extensions decoded, none twice.
// Errors: certificate_malformed.
Result<OwnedX509> parse_x509(BytesView der);
// RFC 5280, section 4.1.2.5: with seconds and Z. Errors: certificate_malformed.
Result<Instant> instant_of(const ASN1_TIME* time);
// RFC 2253 in UTF-8.
std::string name_text(const X509_NAME* name);
// The first attribute of that kind, empty when absent; text with control characters is certificate_malformed.
Result<std::string> name_attribute(const X509_NAME* name, int nid);
// Refuses (certificate_untrusted) critical extensions other than those a chain check of ours looks at.
Status check_critical_extensions(const X509* x509);
// Is the dotted `oid` among the extended key usages?
bool has_extended_key_usage(X509* x509, std::string_view oid);
// certificate_not_yet_valid, certificate_expired. Both ends belong to the time of validity.
Status check_validity(Instant not_before, Instant not_after, Instant now);

std::string pem_block(const char* label, BytesView der);
// The contents of exactly one block with that label. Errors: pem_malformed.
Result<Bytes> single_pem_block(std::string_view pem, const char* label);

// The whole contents of a memory BIO.
Bytes bio_bytes(BIO* bio);
OwnedBio bio_over(BytesView bytes);

// Pieces for making certificates.
EVP_PKEY* library_key(const CaKey& key);
const EVP_MD* library_digest(const CaKey& key);
// Version 3 with a random serial number; names and extensions are still missing. Errors: invalid_argument.
Result<OwnedX509> new_certificate(const PublicKey& subject_key, Instant not_before, Instant not_after);
Result<Certificate> sign_and_parse(X509* x509, const CaKey& key);
// False when `text` is not ASCII without spaces.
[[nodiscard]] bool push_ascii_name(GENERAL_NAMES* names, int type, const std::string& text);
void set_random_serial(X509* x509);
void set_validity(X509* x509, Instant not_before, Instant not_after);
[[nodiscard]] bool add_name_attribute(X509_NAME* name, int nid, const std::string& text);
// `value` in OpenSSL's own language ("critical,CA:TRUE,pathlen:0"): fixed text only, never anything from outside.
[[nodiscard]] bool add_fixed_extension(X509* x509, X509* issuer, int nid, const char* value);

}  // namespace mibun::crypto
