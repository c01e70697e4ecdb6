#include "core/mdoc/ephemeral_key.h"

#include <optional>

#include "core/codecs/cbor.h"
#include "core/mdoc/cbor_members.h"

namespace mibun::mdoc {
namespace {

// RFC 9052, section 7.1, and RFC 9053, section 7.1.1.
constexpr std::int64_t kKeyType = 1, kCurve = -1, kX = -2, kY = -3, kPrivate = -4;
constexpr std::int64_t kTypeEc2 = 2, kCurveP256 = 1;
constexpr cbor::Limits kLimits{.depth_max = 8, .items_max = 64, .bytes_max = 1024};

constexpr ErrorCode kMalformed = ErrorCode::mdoc_ephemeral_key_malformed;

struct Members {
  std::optional<std::int64_t> type, curve;
  std::optional<BytesView> x, y;
};

Status read_member(cbor::Reader& reader, Members& members) {
  if (!reader.next_is(cbor::Major::unsigned_integer) && !reader.next_is(cbor::Major::negative_integer)) {
    MIBUN_CHECK(typed(reader.read_text(), kMalformed, "label"));  // labels may be text, too
    MIBUN_CHECK(reader.skip());
    return {};
  }
  MIBUN_TRY(const std::int64_t label, reader.read_integer());
  switch (label) {
    case kKeyType: {
      MIBUN_TRY(members.type, typed(reader.read_integer(), kMalformed, "kty"));
      return {};
    }
    case kCurve: {
      MIBUN_TRY(members.curve, typed(reader.read_integer(), kMalformed, "crv"));
      return {};
    }
    case kX: {
      MIBUN_TRY(members.x, typed(reader.read_bytes(), kMalformed, "x"));
      return {};
    }
    case kY: {
      MIBUN_TRY(members.y, typed(reader.read_bytes(), kMalformed, "y"));
      return {};
    }
    case kPrivate:
      return fail(kMalformed, "d", "a private key must not leave its owner");
    default:
      MIBUN_CHECK(reader.skip());
      return {};
  }
}

Bytes encode(const crypto::P256PublicKey& key) {
  cbor::Writer cose_key;
  cose_key.map(4).integer(kKeyType).integer(kTypeEc2).integer(kCurve).integer(kCurveP256);
  cose_key.integer(kX).bytes(key.x()).integer(kY).bytes(key.y());
  cbor::Writer item;
  item.embedded(cose_key.view());
  return item.take();
}

}  // namespace

EphemeralKey::EphemeralKey(const crypto::P256PublicKey& key) : key_(key), item_(encode(key)) {}

Result<EphemeralKey> EphemeralKey::parse(BytesView item) {
  cbor::ChunkStore chunks;
  cbor::Reader outer(item, cbor::Form::well_formed, kLimits, &chunks);
  MIBUN_TRY(const cbor::Embedded embedded, typed(outer.read_embedded(), kMalformed, ""));
  MIBUN_CHECK(outer.finish());
  cbor::Reader reader(embedded.content, cbor::Form::well_formed, kLimits, &chunks);
  MIBUN_TRY(cbor::Items labels, typed(reader.enter_map(), kMalformed, ""));
  Members members;
  while (reader.next(labels)) MIBUN_CHECK(read_member(reader, members));
  MIBUN_CHECK(reader.finish());
  if (!members.type || !members.curve) return fail(kMalformed, members.type ? "crv" : "kty");
  if (*members.type != kTypeEc2 || *members.curve != kCurveP256) {
    return fail(ErrorCode::mdoc_ephemeral_key_wrong_curve, members.type == kTypeEc2 ? "crv" : "kty");
  }
  if (!members.x || !members.y) return fail(kMalformed, members.x ? "y" : "x");
  MIBUN_TRY(const auto key, crypto::P256PublicKey::from_coordinates(*members.x, *members.y));
  return EphemeralKey(key, item);
}

}  // namespace mibun::mdoc
