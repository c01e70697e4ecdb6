#pragma once

// For files in core/crypto only: what X.509 and CMS share.

#include <openssl/bio.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <functional>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "core/crypto/ca_certificate.h"
#include "core/crypto/certificate_make.h"
#include "core/crypto/certificate_parts.h"
#include "core/crypto/openssl.h"
#include "core/crypto/pem.h"
#include "core/crypto/x509_path.h"

namespace mibun::crypto {

inline void free_extension_stack(GENERAL_NAMES* names) {
  GENERAL_NAMES_free(names);
}

using OwnedX509 = Owned<X509, X509_free>;
using OwnedBio = Owned<BIO, BIO_free_all>;
using OwnedObject = Owned<ASN1_OBJECT, ASN1_OBJECT_free>;
using OwnedNames = Owned<GENERAL_NAMES, free_extension_stack>;

struct Certificate::Parts::Library {
  OwnedX509 x509;
};
// The library's certificate: of every certificate that parse_certificate() made here.
X509* x509_of(const Certificate::Parts& parts);

// One certificate of any key type, nothing after it; extensions decoded, none twice.
// Errors: certificate_malformed.
Result<OwnedX509> parse_x509(BytesView der);
// RFC 5280, section 4.1.2.5: with seconds and Z. Errors: certificate_malformed.
Result<Instant> instant_of(const ASN1_TIME* time);
// RFC 2253 in UTF-8.
std::string name_text(const X509_NAME* name);
// The first attribute of that kind, empty when absent; text with control characters is certificate_malformed.
Result<std::string> name_attribute(const X509_NAME* name, int nid);
// Views into `x509`; values are not looked at.
std::vector<der::Extension> extensions_of(const X509* x509);

// The whole contents of a memory BIO.
Bytes bio_bytes(BIO* bio);
OwnedBio bio_over(BytesView bytes);

// Pieces for making certificates.
// A certificate or a revocation list that is complete but for its signature, as the library holds it.
struct ToBeSigned {
  std::function<int(EVP_PKEY*, const EVP_MD*)> sign;      // fills in the algorithm, too
  std::function<int(unsigned char**)> write_signed_part;  // DER of what a signature covers
  std::function<int(unsigned char**)> write;              // DER of all of it
};
// DER with the signature of `key`. Errors: crypto_failure, those of the key's holder.
Result<Bytes> signed_der(const ToBeSigned& object, const CaKey& key);
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
