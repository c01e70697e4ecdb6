// What the library's decoder lets pass and DER does not: X.690 and the ASN.1 module of RFC 5280, appendix A.

#include "core/crypto/x509_shape.h"

#include <algorithm>

namespace mibun::crypto {
namespace {

constexpr ErrorCode kMalformed = ErrorCode::certificate_malformed;
constexpr std::uint8_t kVersionTag = 0xa0, kIssuerUniqueId = 0x81, kSubjectUniqueId = 0x82, kExtensionsTag = 0xa3;
constexpr std::size_t kExtensionsMax = 64;

der::Reader reader(BytesView value, const char* where) {
  return {value, kMalformed, where};
}

Result<std::vector<der::Extension>> read_extensions(BytesView wrapped) {
  der::Reader outer = reader(wrapped, "extensions");
  MIBUN_TRY(const BytesView extensions, outer.value(der::kSequence));
  MIBUN_CHECK(outer.end());
  if (extensions.empty()) return fail(kMalformed, "extensions", "an empty list");
  std::vector<der::Extension> out;
  for (der::Reader rest = reader(extensions, "extensions"); !rest.empty();) {
    if (out.size() == kExtensionsMax) return fail(kMalformed, "extensions", "too many");
    MIBUN_TRY(const der::Extension one, der::next_extension(rest, kMalformed, "extensions"));
    out.push_back(one);
  }
  return out;
}

Status read_validity(BytesView value, CertificateShape& shape) {
  der::Reader fields = reader(value, "validity");
  for (Instant* time : {&shape.not_before, &shape.not_after}) {
    MIBUN_TRY(const tlv::Node node, fields.any());
    MIBUN_TRY(*time, der::instant(node, kMalformed, "validity"));
  }
  return fields.end();
}

}  // namespace

Result<CertificateShape> read_certificate_shape(BytesView der) {
  MIBUN_CHECK(der::check(der, kMalformed, "der"));
  MIBUN_TRY(const BytesView certificate, reader(der, "der").value(der::kSequence));
  der::Reader outer = reader(certificate, "der");
  CertificateShape shape;
  MIBUN_TRY(shape.tbs, outer.whole(der::kSequence));
  MIBUN_TRY(shape.algorithm, outer.whole(der::kSequence));
  MIBUN_TRY(shape.signature, outer.value(der::kBitString));
  MIBUN_CHECK(outer.end());

  MIBUN_TRY(const BytesView tbs, reader(shape.tbs, "der").value(der::kSequence));
  der::Reader fields = reader(tbs, "tbsCertificate");
  MIBUN_TRY(shape.version, fields.value(kVersionTag));
  MIBUN_TRY(shape.serial, fields.value(der::kInteger));
  MIBUN_TRY(const BytesView inner, fields.whole(der::kSequence));
  // Only the one inside is signed: RFC 5280, section 4.1.1.2.
  if (!std::ranges::equal(inner, shape.algorithm)) return fail(kMalformed, "signatureAlgorithm", "not the one inside");
  MIBUN_TRY(shape.issuer, fields.whole(der::kSequence));
  MIBUN_TRY(const BytesView validity, fields.value(der::kSequence));
  MIBUN_CHECK(read_validity(validity, shape));
  MIBUN_TRY(shape.subject, fields.whole(der::kSequence));
  MIBUN_TRY(shape.spki, fields.whole(der::kSequence));
  // Unique identifiers are of no use, but may be there: section 4.1.2.8.
  for (const std::uint8_t unique_id : {kIssuerUniqueId, kSubjectUniqueId}) {
    if (!fields.next_is(unique_id)) continue;
    MIBUN_TRY(const BytesView bits, fields.value(unique_id));
    shape.unique_ids.push_back(bits);
  }
  if (fields.empty()) return shape;
  MIBUN_TRY(const BytesView extensions, fields.value(kExtensionsTag));
  MIBUN_CHECK(fields.end());
  MIBUN_TRY(shape.extensions, read_extensions(extensions));
  return shape;
}

Status check_serial(BytesView serial) {
  const std::size_t octets = serial.size() - (serial.size() > 1 && serial[0] == 0 ? 1 : 0);
  return octets <= 20 ? Status{} : Status(fail(kMalformed, "serialNumber"));
}

Result<std::string> ascii_name(BytesView bytes, const char* where) {
  const bool good = !bytes.empty() && std::ranges::all_of(bytes, [](std::uint8_t c) { return c > 0x20 && c < 0x7f; });
  if (!good) return fail(kMalformed, where);
  return std::string(as_text(bytes));
}

}  // namespace mibun::crypto
