#include "core/webauthn/cose_key.h"

#include <algorithm>

#include "core/cose/key.h"
#include "core/webauthn/malformed.h"

namespace mibun::webauthn {
namespace {

constexpr const char* kWhere = "credentialPublicKey";

}  // namespace

Result<crypto::P256PublicKey> parse_cose_key(BytesView item) {
  constexpr auto kForm = cbor::Form::deterministic;
  MIBUN_TRY(const auto algorithm, or_malformed(cose::CoseKey::peek_algorithm(item, kForm), kWhere));
  if (!algorithm) return malformed(kWhere, "alg is missing");
  if (*algorithm != kCoseEs256) return fail(ErrorCode::webauthn_algorithm_not_allowed, kWhere, "only ES256 is taken");
  MIBUN_TRY(const cose::CoseKey key, or_malformed(cose::CoseKey::parse(item, kForm), kWhere));
  const crypto::P256PublicKey* const p256 = key.key().p256();
  // WebAuthn, section 6.5.1.1: the required members and no other, in CTAP2's order. There is one way to write that.
  if (p256 == nullptr || !std::ranges::equal(write_cose_key(*p256), item)) {
    return malformed(kWhere, "other members than kty, alg, crv, x and y, or another order");
  }
  return *p256;
}

Bytes write_cose_key(const crypto::P256PublicKey& key) {
  return cose::CoseKey(key).to_cbor_with_algorithm();
}

}  // namespace mibun::webauthn
