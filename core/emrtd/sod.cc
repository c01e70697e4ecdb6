#include "core/emrtd/sod.h"

#include "core/codecs/tlv.h"
#include "core/crypto/hash.h"
#include "core/emrtd/data_groups.h"

namespace mibun::emrtd {
namespace {

constexpr std::uint32_t kEfSod = 0x77;
constexpr std::uint32_t kInteger = 0x02, kOctetString = 0x04, kNull = 0x05, kObjectId = 0x06, kSequence = 0x30;
constexpr int kDataGroupMax = 16;

// 2.16.840.1.101.3.4.2: NIST's hash functions; .1 SHA-256, .2 SHA-384, .3 SHA-512.
constexpr std::uint8_t kHashArc[] = {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02};

std::unexpected<Error> malformed(const char* detail) {
  return fail(ErrorCode::emrtd_sod_malformed, "security object", detail);
}

std::size_t digest_size(DigestAlgorithm algorithm) {
  switch (algorithm) {
    case DigestAlgorithm::sha256:
      return 32;
    case DigestAlgorithm::sha384:
      return 48;
    case DigestAlgorithm::sha512:
      return 64;
  }
  return 0;
}

// Exactly the objects of `value`, with exactly these tags.
Result<std::vector<tlv::Node>> objects_of(BytesView value, std::size_t count_min, std::size_t count_max) {
  auto nodes = tlv::read_all(value, count_max);
  if (!nodes || nodes->size() < count_min) return malformed("structure");
  return nodes;
}

// Of the only object of `input`.
Result<BytesView> only_value(BytesView input, std::uint32_t tag) {
  const auto node = tlv::read_whole(input);
  if (!node || node->tag != tag) return malformed("structure");
  return node->value;
}

Result<DigestAlgorithm> parse_algorithm(BytesView value) {
  MIBUN_TRY(const std::vector<tlv::Node> parts, objects_of(value, 1, 2));
  const bool shape =
      parts[0].tag == kObjectId && (parts.size() == 1 || (parts[1].tag == kNull && parts[1].value.empty()));
  if (!shape) return malformed("hash algorithm");
  const BytesView oid = parts[0].value;
  const bool nist =
      oid.size() == sizeof kHashArc + 1 && std::equal(std::begin(kHashArc), std::end(kHashArc), oid.begin());
  const int member = nist ? oid.back() : 0;
  switch (member) {
    case 1:
      return DigestAlgorithm::sha256;
    case 2:
      return DigestAlgorithm::sha384;
    case 3:
      return DigestAlgorithm::sha512;
    default:
      return fail(ErrorCode::digest_not_allowed, "hash algorithm");
  }
}

Status read_digest(BytesView value, SecurityObject& object) {
  MIBUN_TRY(const std::vector<tlv::Node> parts, objects_of(value, 2, 2));
  const bool shape = parts[0].tag == kInteger && parts[0].value.size() == 1 && parts[1].tag == kOctetString &&
                     parts[1].value.size() == digest_size(object.algorithm);
  if (!shape) return malformed("data group hash");
  const int number = parts[0].value[0];
  if (number < 1 || number > kDataGroupMax) return malformed("data group number");
  if (!object.digests.emplace(number, to_bytes(parts[1].value)).second) {
    return fail(ErrorCode::emrtd_duplicate_data_group, "security object");
  }
  return {};
}

}  // namespace

Bytes digest(DigestAlgorithm algorithm, BytesView data) {
  switch (algorithm) {
    case DigestAlgorithm::sha256:
      return to_bytes(crypto::sha256(data));
    case DigestAlgorithm::sha384:
      return crypto::sha384(data);
    case DigestAlgorithm::sha512:
      return crypto::sha512(data);
  }
  return {};
}

Result<SecurityObject> parse_security_object(BytesView der) {
  const auto whole = tlv::read_whole(der);
  if (!whole || whole->tag != kSequence) return malformed("not one sequence");
  MIBUN_TRY(const std::vector<tlv::Node> parts, objects_of(whole->value, 3, 4));
  SecurityObject object;
  if (parts[0].tag != kInteger || parts[0].value.size() != 1 || parts[0].value[0] > 1) return malformed("version");
  object.version = parts[0].value[0];
  const bool shape = parts[1].tag == kSequence && parts[2].tag == kSequence &&
                     (parts.size() == 3 || (parts[3].tag == kSequence && object.version == 1));
  if (!shape) return malformed("structure");
  MIBUN_TRY(object.algorithm, parse_algorithm(parts[1].value));
  // One more than there can be, so that a repeated number is found as such.
  MIBUN_TRY(const std::vector<tlv::Node> hashes, objects_of(parts[2].value, 2, kDataGroupMax + 1));
  for (const tlv::Node& hash : hashes) {
    if (hash.tag != kSequence) return malformed("data group hash");
    MIBUN_CHECK(read_digest(hash.value, object));
  }
  if (!object.digests.contains(1) || !object.digests.contains(2)) return malformed("no digest of DG1 or DG2");
  return object;
}

Bytes write_security_object(const SecurityObject& object) {
  const auto integer = [](int value) {
    const std::uint8_t byte[] = {static_cast<std::uint8_t>(value)};
    return tlv::write(kInteger, byte);
  };
  Bytes oid(std::begin(kHashArc), std::end(kHashArc));
  oid.push_back(static_cast<std::uint8_t>(static_cast<int>(object.algorithm) + 1));
  const Bytes algorithm = tlv::write(kSequence, tlv::write(kObjectId, oid));
  Bytes hashes;
  for (const auto& [number, value] : object.digests) {
    const Bytes one = tlv::write(kSequence, tlv::concat({integer(number), tlv::write(kOctetString, value)}));
    hashes.insert(hashes.end(), one.begin(), one.end());
  }
  return tlv::write(kSequence, tlv::concat({integer(object.version), algorithm, tlv::write(kSequence, hashes)}));
}

Result<BytesView> parse_ef_sod(BytesView file) {
  if (file.size() > kFileBytesMax) return fail(ErrorCode::emrtd_file_too_large, "sod");
  const auto node = tlv::read_whole(file);
  if (!node || node->tag != kEfSod) return fail(ErrorCode::emrtd_sod_malformed, "sod", "not one object of tag 77");
  return node->value;
}

// RFC 5652: ContentInfo { id-signedData, [0] SignedData { version, algorithms, EncapsulatedContentInfo { type,
// [0] OCTET STRING }, ... } }, in DER as ICAO Doc 9303-10, section 4.6.2 wants it.
Result<SecurityObject> read_unverified_security_object(BytesView ef_sod) {
  constexpr std::uint32_t kSet = 0x31, kExplicit = 0xA0;
  MIBUN_TRY(const BytesView cms, parse_ef_sod(ef_sod));
  MIBUN_TRY(const BytesView content_info, only_value(cms, kSequence));
  MIBUN_TRY(const auto outer, objects_of(content_info, 2, 2));
  if (outer[0].tag != kObjectId || outer[1].tag != kExplicit) return malformed("content info");
  MIBUN_TRY(const BytesView signed_data, only_value(outer[1].value, kSequence));
  MIBUN_TRY(const auto parts, objects_of(signed_data, 4, 6));
  const bool shape = parts[0].tag == kInteger && parts[1].tag == kSet && parts[2].tag == kSequence;
  if (!shape) return malformed("signed data");
  MIBUN_TRY(const auto content, objects_of(parts[2].value, 2, 2));
  if (content[0].tag != kObjectId || content[1].tag != kExplicit) return malformed("content");
  MIBUN_TRY(const BytesView object, only_value(content[1].value, kOctetString));
  return parse_security_object(object);
}

Bytes write_ef_sod(BytesView cms) {
  return tlv::write(kEfSod, cms);
}

}  // namespace mibun::emrtd
