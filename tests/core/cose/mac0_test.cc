#include "core/cose/mac0.h"

#include <doctest/doctest.h>

#include "tests/core/cose/support.h"

using namespace mibun;
using namespace mibun::cose;

namespace {

constexpr ErrorCode kPasses = ErrorCode::internal_error;
constexpr std::string_view kPayload = "This is the content.";

SecretBytes key_of(std::uint8_t fill) {
  return SecretBytes::copy_of(Bytes(32, fill));
}

ErrorCode verify(BytesView message, const SecretBytes& key, const MacPolicy& policy = {}) {
  const auto parsed = Mac0::parse(message, Tagging::tolerated);
  return parsed ? code_of(parsed->verify(key, policy)) : parsed.error().code;
}

}  // namespace

TEST_CASE("a MAC made here is verified here, with this key and this external data only") {
  const SecretBytes key = key_of(1);
  const Bytes message = mac0(as_bytes(kPayload), key, {.external_data = as_bytes("aad"), .tagged = true});
  CHECK(cbor::check_well_formed(message, cbor::Form::sorted).has_value());
  CHECK(verify(message, key, {.external_data = as_bytes("aad")}) == kPasses);
  CHECK(verify(message, key) == ErrorCode::cose_mac_invalid);
  CHECK(verify(message, key_of(2), {.external_data = as_bytes("aad")}) == ErrorCode::cose_mac_invalid);
  CHECK(verify(message, key, {.type = "a", .external_data = as_bytes("aad")}) == ErrorCode::cose_type_mismatch);
  const Bytes typed = mac0(as_bytes(kPayload), key, {.type = "a"});
  CHECK(verify(typed, key, {.type = "a"}) == kPasses);
  CHECK(verify(typed, key) == ErrorCode::cose_type_mismatch);
}

TEST_CASE("a detached payload is MACed as it is") {
  const SecretBytes key = key_of(1);
  const Bytes detached = mac0_detached(as_bytes(kPayload), key, {});
  const auto parsed = must(Mac0::parse(detached, Tagging::forbidden));
  CHECK(parsed.is_detached());
  CHECK(as_text(must(parsed.verify_detached(as_bytes(kPayload), key, {})).payload()) == kPayload);
  CHECK(code_of(parsed.verify_detached(as_bytes("another"), key, {})) == ErrorCode::cose_mac_invalid);
  CHECK(code_of(parsed.verify(key, {})) == ErrorCode::cose_payload_missing);
  const Bytes attached = mac0(as_bytes(kPayload), key, {});
  CHECK(code_of(must(Mac0::parse(attached, Tagging::forbidden)).verify_detached(as_bytes(kPayload), key, {})) ==
        ErrorCode::cose_payload_unexpected);
}

TEST_CASE("only HMAC 256/256, named in the protected header, whole") {
  const SecretBytes key = key_of(1);
  struct Row {
    std::string_view why, protected_hex, unprotected_hex;
    std::size_t tag_size;
    ErrorCode want;
  };
  static constexpr Row rows[] = {
      {"as it should be", "a10105", "a0", 32, kPasses},
      {"cut tag", "a10105", "a0", 8, ErrorCode::cose_mac_invalid},
      {"no tag", "a10105", "a0", 0, ErrorCode::cose_mac_invalid},
      {"HMAC 256/64", "a10104", "a0", 8, ErrorCode::cose_alg_not_allowed},
      {"HMAC 384/384", "a10106", "a0", 32, ErrorCode::cose_alg_not_allowed},
      {"ES256", "a10126", "a0", 32, ErrorCode::cose_alg_not_allowed},
      {"no alg", "", "a0", 32, ErrorCode::cose_alg_missing},
      {"alg not protected", "", "a10105", 32, ErrorCode::cose_alg_missing},
      {"alg in both", "a10105", "a10105", 32, ErrorCode::cose_duplicate_label},
      {"crit", "a3 0105 0281 18c8 18c8 01", "a0", 32, ErrorCode::cose_crit_not_understood},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    const Bytes protected_map = from_hex(row.protected_hex);
    const auto tag =
        crypto::hmac_sha256(key.reveal(), internal::to_be_covered("MAC0", protected_map, {}, as_bytes(kPayload)));
    const Bytes message =
        message_of(protected_map, from_hex(row.unprotected_hex), cbor::Writer().bytes(as_bytes(kPayload)).view(),
                   BytesView(tag).first(row.tag_size));
    CHECK(to_string(verify(message, key)) == to_string(row.want));
  }
}

TEST_CASE("a key that is too short for its MAC is refused, though the tag is right") {
  const SecretBytes key = SecretBytes::copy_of(Bytes(31, 7));
  const Bytes protected_map = from_hex("a10105");
  const auto tag =
      crypto::hmac_sha256(key.reveal(), internal::to_be_covered("MAC0", protected_map, {}, as_bytes(kPayload)));
  const Bytes message =
      message_of(protected_map, from_hex("a0"), cbor::Writer().bytes(as_bytes(kPayload)).view(), BytesView(tag));
  CHECK(to_string(verify(message, key)) == to_string(ErrorCode::invalid_argument));
}

TEST_CASE("no changed byte and no cut prefix of a MACed message passes, and a signature is no MAC") {
  const SecretBytes key = key_of(1);
  const Bytes message = mac0(as_bytes(kPayload), key, {});
  for (std::size_t i = 0; i < message.size(); ++i) {
    CHECK(verify(BytesView(message).first(i), key) != kPasses);
    for (unsigned bit = 0; bit < 8; ++bit) {
      Bytes changed = message;
      changed[i] = static_cast<std::uint8_t>(changed[i] ^ 1U << bit);
      CHECK(verify(changed, key) != kPasses);
    }
  }
  // "Signature1" and "MAC0" keep the two apart even under one key.
  const Bytes covered = internal::to_be_covered("Signature1", from_hex("a10105"), {}, as_bytes(kPayload));
  const auto tag = crypto::hmac_sha256(key.reveal(), covered);
  CHECK(verify(message_of(from_hex("a10105"), from_hex("a0"), cbor::Writer().bytes(as_bytes(kPayload)).view(), tag),
               key) == ErrorCode::cose_mac_invalid);
}
