// What the library's decoder lets pass and DER does not: X.690 and the ASN.1 module of RFC 5280, appendix A.

#include <algorithm>

#include "core/crypto/der.h"
#include "core/crypto/x509_internal.h"

namespace mibun::crypto {
namespace {

constexpr ErrorCode kMalformed = ErrorCode::certificate_malformed;
constexpr std::uint8_t kVersionTag = 0xa0, kIssuerUniqueId = 0x81, kSubjectUniqueId = 0x82, kExtensionsTag = 0xa3;
constexpr std::size_t kExtensionsMax = 64;

der::Reader reader(BytesView value, const char* where) {
  return {value, kMalformed, where};
}

Status check_extensions(BytesView wrapped) {
  der::Reader outer = reader(wrapped, "extensions");
  MIBUN_TRY(const BytesView extensions, outer.value(der::kSequence));
  MIBUN_CHECK(outer.end());
  if (extensions.empty()) return fail(kMalformed, "extensions", "an empty list");
  std::size_t count = 0;
  for (der::Reader rest = reader(extensions, "extensions"); !rest.empty();) {
    if (++count > kExtensionsMax) return fail(kMalformed, "extensions", "too many");
    MIBUN_CHECK(der::next_extension(rest, kMalformed, "extensions"));
  }
  return {};
}

Status check_validity_shape(BytesView value) {
  der::Reader fields = reader(value, "validity");
  for (int i = 0; i < 2; ++i) {
    MIBUN_TRY(const tlv::Node time, fields.any());
    MIBUN_CHECK(der::instant(time, kMalformed, "validity"));
  }
  return fields.end();
}

}  // namespace

Result<CertificateShape> read_certificate_shape(BytesView der) {
  MIBUN_CHECK(der::check(der, kMalformed, "der"));
  MIBUN_TRY(const BytesView certificate, reader(der, "der").value(der::kSequence));
  der::Reader outer = reader(certificate, "der");
  MIBUN_TRY(const BytesView tbs, outer.value(der::kSequence));
  MIBUN_TRY(const BytesView algorithm, outer.whole(der::kSequence));
  MIBUN_CHECK(outer.value(der::kBitString));
  MIBUN_CHECK(outer.end());

  CertificateShape shape;
  der::Reader fields = reader(tbs, "tbsCertificate");
  MIBUN_CHECK(fields.value(kVersionTag));
  MIBUN_TRY(shape.serial, fields.value(der::kInteger));
  MIBUN_TRY(const BytesView inner, fields.whole(der::kSequence));
  // Only the one inside is signed: RFC 5280, section 4.1.1.2.
  if (!std::ranges::equal(inner, algorithm)) return fail(kMalformed, "signatureAlgorithm", "not the one inside");
  MIBUN_TRY(shape.issuer, fields.whole(der::kSequence));
  MIBUN_TRY(const BytesView validity, fields.value(der::kSequence));
  MIBUN_CHECK(check_validity_shape(validity));
  MIBUN_TRY(shape.subject, fields.whole(der::kSequence));
  MIBUN_CHECK(fields.value(der::kSequence));  // subjectPublicKeyInfo
  // Unique identifiers are of no use, but may be there: section 4.1.2.8.
  for (const std::uint8_t unique_id : {kIssuerUniqueId, kSubjectUniqueId}) {
    if (fields.next_is(unique_id)) MIBUN_CHECK(fields.value(unique_id));
  }
  if (fields.empty()) return shape;
  MIBUN_TRY(const BytesView extensions, fields.value(kExtensionsTag));
  MIBUN_CHECK(fields.end());
  MIBUN_CHECK(check_extensions(extensions));
  return shape;
}

}  // namespace mibun::crypto
