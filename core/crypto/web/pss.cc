#include "core/crypto/web/pss.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "core/crypto/der.h"
#include "core/crypto/web/algorithm.h"

namespace mibun::crypto::web {
namespace {

constexpr ErrorCode kMalformed = ErrorCode::certificate_malformed;
constexpr const char* kWhere = "signatureAlgorithm";
constexpr std::string_view kMgf1 = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08";
constexpr std::string_view kNistDigests = "\x60\x86\x48\x01\x65\x03\x04\x02";  // 2.16.840.1.101.3.4.2.x
constexpr std::uint8_t kNistDigestLast = 12;
// SHA-1, MD5, RIPEMD-160: not taken, but known.
constexpr std::string_view kOldDigests[] = {"\x2b\x0e\x03\x02\x1a", "\x2a\x86\x48\x86\xf7\x0d\x02\x05",
                                            "\x2b\x24\x03\x02\x01"};

// The contents of the only object in `value`.
Result<BytesView> only(BytesView value, std::uint8_t tag) {
  der::Reader outer(value, kMalformed, kWhere);
  MIBUN_TRY(const BytesView out, outer.value(tag));
  MIBUN_CHECK(outer.end());
  return out;
}

Result<SignatureDigest> digest_of(BytesView algorithm) {
  MIBUN_TRY(const Algorithm read, read_algorithm(algorithm, kWhere));
  const std::string_view oid = as_text(read.oid);
  if (std::ranges::find(kOldDigests, oid) != std::end(kOldDigests)) return SignatureDigest::other;
  const bool known = oid.size() == kNistDigests.size() + 1 && oid.starts_with(kNistDigests) && read.oid.back() != 0 &&
                     read.oid.back() <= kNistDigestLast;
  if (!known) return fail(kMalformed, kWhere);
  switch (read.oid.back()) {
    case 1:
      return SignatureDigest::sha256;
    case 2:
      return SignatureDigest::sha384;
    case 3:
      return SignatureDigest::sha512;
    default:
      return SignatureDigest::other;
  }
}

Result<SignatureDigest> mask_digest_of(BytesView algorithm) {
  MIBUN_TRY(const Algorithm read, read_algorithm(algorithm, kWhere));
  if (as_text(read.oid) != kMgf1 || read.parameters.empty()) return fail(kMalformed, kWhere);
  return digest_of(read.parameters);
}

// A number from 0, nullopt when it is negative or beyond counting.
Result<std::uint64_t> number_of(BytesView object) {
  MIBUN_TRY(const BytesView value, only(object, der::kInteger));
  if (value[0] >= 0x80 || value.size() > 8) return fail(kMalformed, kWhere);
  std::uint64_t out = 0;
  for (const std::uint8_t byte : value) out = out << 8 | byte;
  return out;
}

Result<PssParameters> read(BytesView parameters) {
  constexpr std::uint8_t kHash = 0xa0, kMask = 0xa1, kSalt = 0xa2, kTrailer = 0xa3;
  MIBUN_TRY(const BytesView sequence, only(parameters, der::kSequence));
  der::Reader fields(sequence, kMalformed, kWhere);
  PssParameters out;
  if (fields.next_is(kHash)) {
    MIBUN_TRY(const BytesView algorithm, fields.value(kHash));
    MIBUN_TRY(out.digest, digest_of(algorithm));
  }
  if (fields.next_is(kMask)) {
    MIBUN_TRY(const BytesView algorithm, fields.value(kMask));
    MIBUN_TRY(out.mask_digest, mask_digest_of(algorithm));
  }
  if (fields.next_is(kSalt)) {
    MIBUN_TRY(const BytesView number, fields.value(kSalt));
    MIBUN_TRY(out.salt_bytes, number_of(number));
  }
  if (fields.next_is(kTrailer)) {
    MIBUN_TRY(const BytesView number, fields.value(kTrailer));
    MIBUN_TRY(const std::uint64_t trailer, number_of(number));
    if (trailer != 1) return fail(kMalformed, kWhere);
  }
  MIBUN_CHECK(fields.end());
  return out;
}

}  // namespace

std::optional<PssParameters> read_pss_parameters(BytesView parameters) {
  const auto out = read(parameters);
  return out ? std::optional(*out) : std::nullopt;
}

}  // namespace mibun::crypto::web
