#include "core/cose/key.h"

#include "core/cose/algorithm.h"

namespace mibun::cose {
namespace {

constexpr std::int64_t kKeyType = 1, kKeyId = 2, kAlgorithm = 3, kKeyOps = 4;
constexpr std::int64_t kCurve = -1, kX = -2, kY = -3, kPrivate = -4;
constexpr std::int64_t kOkp = 1, kEc2 = 2;                  // RFC 9053, table 17
constexpr std::int64_t kP256 = 1, kP384 = 2, kEd25519 = 6;  // table 18
constexpr std::int64_t kVerify = 2;                         // RFC 9052, table 5

std::unexpected<Error> malformed(const char* why) {
  return fail(ErrorCode::cose_key_malformed, "cose_key", why);
}
std::unexpected<Error> unsupported(const char* why) {
  return fail(ErrorCode::cose_key_unsupported, "cose_key", why);
}

struct Members {
  std::optional<std::int64_t> key_type, algorithm, curve;
  std::optional<BytesView> key_id, x, y;
  bool y_is_sign = false;  // a compressed point
  bool has_private = false;
  std::optional<bool> may_verify;  // none: key_ops is absent
};

// RFC 9052, section 7.1: names or numbers.
Result<bool> read_key_ops(cbor::Reader& reader) {
  auto items = reader.enter_array();
  if (!items) return malformed("key_ops is an array");
  bool may_verify = false, any = false;
  while (reader.next(*items)) {
    any = true;
    if (reader.next_is(cbor::Major::text_string)) {
      MIBUN_TRY(const std::string_view name, reader.read_text());
      may_verify = may_verify || name == "verify";
    } else {
      const auto number = reader.read_integer();
      if (!number) return malformed("an operation is a number or a text");
      may_verify = may_verify || *number == kVerify;
    }
  }
  if (!any) return malformed("key_ops is empty");
  return may_verify;
}

Status read_integer(cbor::Reader& reader, std::optional<std::int64_t>& out) {
  if (reader.next_is(cbor::Major::text_string)) return unsupported("a type, curve or algorithm named by a text");
  const auto value = reader.read_integer();
  if (!value) return malformed("kty, crv and alg are integers");
  out = *value;
  return {};
}

Status read_bytes(cbor::Reader& reader, std::optional<BytesView>& out) {
  if (!reader.next_is(cbor::Major::byte_string)) return malformed("kid and coordinates are byte strings");
  MIBUN_TRY(out, reader.read_bytes());
  return {};
}

Status read_member(std::int64_t name, cbor::Reader& reader, Members& members) {
  switch (name) {
    case kKeyType:
      return read_integer(reader, members.key_type);
    case kAlgorithm:
      return read_integer(reader, members.algorithm);
    case kCurve:
      // RSA's modulus and a symmetric key stand under the same label; their kty is refused later.
      if (!reader.next_is(cbor::Major::byte_string)) return read_integer(reader, members.curve);
      MIBUN_CHECK(reader.skip());
      return {};
    case kKeyId:
      return read_bytes(reader, members.key_id);
    case kX:
      return read_bytes(reader, members.x);
    case kY:
      if (!reader.next_is(cbor::Major::simple)) return read_bytes(reader, members.y);
      members.y_is_sign = true;
      if (!reader.read_bool()) return malformed("y is a byte string or a bool");
      return {};
    case kKeyOps: {
      MIBUN_TRY(members.may_verify, read_key_ops(reader));
      return {};
    }
    default:
      members.has_private = members.has_private || name == kPrivate;
      MIBUN_CHECK(reader.skip());
      return {};
  }
}

Result<Members> read_members(cbor::Reader& reader) {
  if (!reader.next_is(cbor::Major::map)) return malformed("a key is a map");
  MIBUN_TRY(cbor::Items pairs, reader.enter_map());
  Members members;
  while (reader.next(pairs)) {
    if (reader.next_is(cbor::Major::text_string)) {
      MIBUN_CHECK(reader.skip());
      MIBUN_CHECK(reader.skip());
      continue;
    }
    const auto name = reader.read_integer();
    if (!name) return malformed("a label is an integer or a text");
    MIBUN_CHECK(read_member(*name, reader, members));
  }
  return members;
}

Result<crypto::PublicKey> make_ec2(const Members& members) {
  if (members.curve != kP256 && members.curve != kP384) return unsupported("only P-256 and P-384");
  if (members.y_is_sign) return unsupported("a compressed point");
  if (!members.x || !members.y) return malformed("a coordinate is missing");
  const std::size_t size = members.curve == kP256 ? 32 : 48;
  if (members.x->size() != size || members.y->size() != size) return malformed("coordinates have full length");
  if (members.curve == kP256) {
    MIBUN_TRY(const crypto::PublicKey key, crypto::P256PublicKey::from_coordinates(*members.x, *members.y));
    return key;
  }
  MIBUN_TRY(const crypto::PublicKey key, crypto::P384PublicKey::from_coordinates(*members.x, *members.y));
  return key;
}

Result<crypto::PublicKey> make_okp(const Members& members) {
  if (members.curve != kEd25519) return unsupported("only Ed25519");
  if (!members.x || members.x->size() != 32 || members.y || members.y_is_sign) {
    return malformed("an Ed25519 key has an x of 32 bytes and no y");
  }
  MIBUN_TRY(const crypto::PublicKey key, crypto::Ed25519PublicKey::from_bytes(*members.x));
  return key;
}

Result<crypto::PublicKey> make_key(const Members& members) {
  if (!members.key_type) return malformed("kty is missing");
  if (members.key_type != kEc2 && members.key_type != kOkp) return unsupported("only EC2 and OKP keys");
  if (!members.curve) return malformed("crv is missing");
  return members.key_type == kEc2 ? make_ec2(members) : make_okp(members);
}

Result<Members> read_item(BytesView item, cbor::Form form, cbor::ChunkStore& chunks) {
  cbor::Reader reader(item, form, {.depth_max = 8, .items_max = 256, .bytes_max = kKeyBytesMax}, &chunks);
  MIBUN_TRY(const Members members, read_members(reader));
  MIBUN_CHECK(reader.finish());
  return members;
}

}  // namespace

Result<std::optional<std::int64_t>> CoseKey::peek_algorithm(BytesView item, cbor::Form form) {
  cbor::ChunkStore chunks;
  MIBUN_TRY(const Members members, read_item(item, form, chunks));
  return members.algorithm;
}

Result<CoseKey> CoseKey::parse(BytesView item, cbor::Form form) {
  cbor::ChunkStore chunks;
  MIBUN_TRY(const Members members, read_item(item, form, chunks));
  if (members.has_private) return fail(ErrorCode::private_key_rejected, "cose_key", "it has a private member");
  MIBUN_TRY(const crypto::PublicKey public_key, make_key(members));
  if (members.algorithm && !is_number_of(*members.algorithm, public_key.algorithm(), AlgorithmNames::either)) {
    return malformed("alg is not this key's");
  }
  if (members.may_verify == false) return malformed("key_ops does not allow verifying");
  CoseKey key(public_key);
  if (members.key_id) key.key_id_ = to_bytes(*members.key_id);
  key.algorithm_ = members.algorithm;
  return key;
}

Bytes CoseKey::to_cbor_with_algorithm() const {
  return write(classic_number(key_.algorithm()));
}

Bytes CoseKey::write(std::optional<std::int64_t> algorithm) const {
  cbor::Writer writer;
  writer.reserve(128);
  const bool is_okp = key_.ed25519() != nullptr;
  writer.map((is_okp ? 3U : 4U) + (algorithm ? 1U : 0U)).integer(kKeyType).integer(is_okp ? kOkp : kEc2);
  if (algorithm) writer.integer(kAlgorithm).integer(*algorithm);
  if (const auto* p256 = key_.p256()) {
    writer.integer(kCurve).integer(kP256).integer(kX).bytes(p256->x()).integer(kY).bytes(p256->y());
  } else if (const auto* p384 = key_.p384()) {
    writer.integer(kCurve).integer(kP384).integer(kX).bytes(p384->x()).integer(kY).bytes(p384->y());
  } else {
    writer.integer(kCurve).integer(kEd25519).integer(kX).bytes(key_.ed25519()->bytes());
  }
  return writer.take();
}

}  // namespace mibun::cose
