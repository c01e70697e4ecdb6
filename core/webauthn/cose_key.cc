#include "core/webauthn/cose_key.h"

#include <map>

#include "core/codecs/cbor.h"
#include "core/webauthn/malformed.h"

namespace mibun::webauthn {
namespace {

constexpr const char* kWhere = "credentialPublicKey";

// COSE labels: RFC 9052, section 7.1; RFC 9053, section 7.1.1.
constexpr std::int64_t kKeyType = 1, kAlgorithm = 3, kCurve = -1, kX = -2, kY = -3;
constexpr std::int64_t kKeyTypeEc2 = 2, kCurveP256 = 1;

using Members = std::map<std::int64_t, BytesView>;  // label -> the encoded value

Result<Members> read_members(BytesView item) {
  MIBUN_CHECK(cbor::check_well_formed(item, {.depth_max = 4, .items_max = 32}));  // refuses duplicate labels too
  cbor::Reader reader(item);
  MIBUN_TRY(const std::uint64_t count, reader.read_map());
  Members members;
  for (std::uint64_t i = 0; i < count; ++i) {
    MIBUN_TRY(const std::int64_t label, reader.read_integer());
    MIBUN_TRY(members[label], reader.skip());
  }
  return members;
}

Result<std::int64_t> integer_at(const Members& members, std::int64_t label) {
  const auto found = members.find(label);
  if (found == members.end()) return malformed(kWhere, "a required member is missing");
  cbor::Reader reader(found->second);
  return or_malformed(reader.read_integer(), kWhere);
}

Result<BytesView> coordinate_at(const Members& members, std::int64_t label) {
  const auto found = members.find(label);
  if (found == members.end()) return malformed(kWhere, "a coordinate is missing");
  cbor::Reader reader(found->second);
  return or_malformed(reader.read_bytes(), kWhere);
}

}  // namespace

Result<crypto::P256PublicKey> parse_cose_key(BytesView item) {
  MIBUN_TRY(const Members members, or_malformed(read_members(item), kWhere));
  MIBUN_TRY(const std::int64_t algorithm, integer_at(members, kAlgorithm));
  if (algorithm != kCoseEs256) return fail(ErrorCode::webauthn_algorithm_not_allowed, kWhere, "only ES256 is taken");
  MIBUN_TRY(const std::int64_t key_type, integer_at(members, kKeyType));
  MIBUN_TRY(const std::int64_t curve, integer_at(members, kCurve));
  if (key_type != kKeyTypeEc2 || curve != kCurveP256) return malformed(kWhere, "an ES256 key is EC2 on P-256");
  MIBUN_TRY(const BytesView x, coordinate_at(members, kX));
  MIBUN_TRY(const BytesView y, coordinate_at(members, kY));
  if (members.size() != 5) return malformed(kWhere, "members beside kty, alg, crv, x and y");
  return or_malformed(crypto::P256PublicKey::from_coordinates(x, y), kWhere);
}

Bytes write_cose_key(const crypto::P256PublicKey& key) {
  cbor::Writer writer;
  writer.map(5).integer(kKeyType).integer(kKeyTypeEc2).integer(kAlgorithm).integer(kCoseEs256);
  writer.integer(kCurve).integer(kCurveP256).integer(kX).bytes(key.x()).integer(kY).bytes(key.y());
  return writer.take();
}

}  // namespace mibun::webauthn
