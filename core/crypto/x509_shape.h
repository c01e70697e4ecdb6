#pragma once

// For files in core/crypto only: the shape of a certificate, down to its extensions, which every platform's reader
// begins with.

#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/crypto/der.h"

namespace mibun::crypto {

// Views into the certificate. "DER" is with tag and length, "contents" without.
struct CertificateShape {
  BytesView tbs;              // DER
  BytesView algorithm;        // DER, the same inside and outside
  BytesView signature;        // contents of the BIT STRING
  BytesView version;          // contents of its explicit tag
  BytesView serial;           // contents of the INTEGER
  BytesView issuer, subject;  // DER
  Instant not_before, not_after;
  BytesView spki;                     // DER
  std::vector<BytesView> unique_ids;  // contents: BIT STRINGs that nobody needs
  std::vector<der::Extension> extensions;
};
// Errors: certificate_malformed.
Result<CertificateShape> read_certificate_shape(BytesView der);

// RFC 5280, section 4.1.2.2, asks for 1 to 20 octets; a zero before a set first bit comes on top. Negative numbers and
// zero are a CA's mistake that the section wants users to live with; the mdoc profiles refuse them.
// Errors: certificate_malformed.
Status check_serial(BytesView serial);
// Host names and URIs are ASCII in certificates (RFC 5280, section 7); a NUL inside has fooled comparisons before.
// Errors: certificate_malformed at `where`.
Result<std::string> ascii_name(BytesView bytes, const char* where);

}  // namespace mibun::crypto
