#include "core/cose/sign1.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/core/cose/support.h"

using namespace mibun;
using namespace mibun::cose;

namespace {

constexpr std::string_view kPayload = "This is the content.";

// Signs with the headers as given, good or bad.
Bytes signed_with(const crypto::Signer& signer, std::string_view protected_hex, std::string_view unprotected_hex,
                  std::string_view payload = kPayload) {
  const Bytes protected_map = from_hex(protected_hex);
  const Bytes signature =
      must(signer.sign_raw(internal::to_be_covered("Signature1", protected_map, {}, as_bytes(payload))));
  return message_of(protected_map, from_hex(unprotected_hex), cbor::Writer().bytes(as_bytes(payload)).take(),
                    signature);
}

ErrorCode verify(BytesView message, const crypto::PublicKey& key, const SignaturePolicy& policy = {}) {
  const auto parsed = Sign1::parse(message, Tagging::tolerated);
  return parsed ? code_of(parsed->verify(key, policy)) : parsed.error().code;
}

constexpr ErrorCode kPasses = ErrorCode::internal_error;

}  // namespace

TEST_CASE("what is signed here is verified here, for every kind of key") {
  const auto p256 = crypto::P256PrivateKey::generate();
  const auto p384 = crypto::P384PrivateKey::generate();
  const auto ed25519 = crypto::Ed25519PrivateKey::generate();
  const std::vector<Bytes> chain = {from_hex("3001"), from_hex("3002")};
  for (const crypto::Signer* signer : std::initializer_list<const crypto::Signer*>{&p256, &p384, &ed25519}) {
    const crypto::PublicKey key = signer->verification_key();
    for (const AlgorithmNames names : {AlgorithmNames::classic, AlgorithmNames::either}) {
      const Bytes message = must(sign1(as_bytes(kPayload), *signer,
                                       {.type = "application/x+cwt",
                                        .content_type = "text/plain",
                                        .key_id = as_bytes("11"),
                                        .x5chain = chain,
                                        .external_data = as_bytes("aad"),
                                        .names = names,
                                        .tagged = true}));
      CHECK(cbor::check_well_formed(message, cbor::Form::sorted).has_value());
      const auto parsed = must(Sign1::parse(message, Tagging::required));
      CHECK(as_text(*parsed.unverified_headers().key_id) == "11");
      CHECK(std::ranges::equal(must(parsed.unverified_headers().chain()), chain, std::ranges::equal));
      const SignaturePolicy policy{
          .type = "application/x+cwt", .names = AlgorithmNames::either, .external_data = as_bytes("aad")};
      const auto verified = must(parsed.verify(key, policy));
      CHECK(as_text(verified.payload()) == kPayload);
      CHECK(std::get<std::string_view>(*verified.content_type()) == "text/plain");
      SignaturePolicy classic = policy;
      classic.names = AlgorithmNames::classic;
      CHECK(code_of(parsed.verify(key, classic)) ==
            (names == AlgorithmNames::classic ? kPasses : ErrorCode::cose_alg_not_allowed));
    }
  }
}

TEST_CASE("a detached payload is the caller's, and an attached one is not taken for it") {
  const auto signer = crypto::P256PrivateKey::generate();
  const crypto::PublicKey key = signer.public_key();
  const Bytes detached = must(sign1_detached(as_bytes(kPayload), signer, {}));
  const Bytes attached = must(sign1(as_bytes(kPayload), signer, {}));
  const auto parsed = must(Sign1::parse(detached, Tagging::forbidden));
  CHECK(parsed.is_detached());
  CHECK(as_text(must(parsed.verify_detached(as_bytes(kPayload), key, {})).payload()) == kPayload);
  CHECK(code_of(parsed.verify_detached(as_bytes("another"), key, {})) == ErrorCode::cose_signature_invalid);
  CHECK(code_of(parsed.verify(key, {})) == ErrorCode::cose_payload_missing);
  const auto whole = must(Sign1::parse(attached, Tagging::forbidden));
  CHECK(code_of(whole.verify_detached(as_bytes(kPayload), key, {})) == ErrorCode::cose_payload_unexpected);
}

TEST_CASE("the algorithm is the key's") {
  const auto p256 = crypto::P256PrivateKey::generate();
  const auto p384 = crypto::P384PrivateKey::generate();
  const auto ed25519 = crypto::Ed25519PrivateKey::generate();
  struct Row {
    std::string_view why;
    const crypto::Signer& signer;
    std::string_view protected_hex;
    ErrorCode classic, either;
  };
  const Row rows[] = {
      {"ES256", p256, "a10126", kPasses, kPasses},
      {"ESP256", p256, "a10128", ErrorCode::cose_alg_not_allowed, kPasses},
      {"ES384 with P-256", p256, "a1013822", ErrorCode::cose_alg_not_allowed, ErrorCode::cose_alg_not_allowed},
      {"ES512 with P-256", p256, "a1013823", ErrorCode::cose_alg_not_allowed, ErrorCode::cose_alg_not_allowed},
      {"HMAC with a public key", p256, "a10105", ErrorCode::cose_alg_not_allowed, ErrorCode::cose_alg_not_allowed},
      {"none of IANA's", p256, "a10100", ErrorCode::cose_alg_not_allowed, ErrorCode::cose_alg_not_allowed},
      {"by name", p256, "a101654553323536", ErrorCode::cose_alg_not_allowed, ErrorCode::cose_alg_not_allowed},
      {"no alg", p256, "a0", ErrorCode::cose_alg_missing, ErrorCode::cose_alg_missing},
      {"ES384", p384, "a1013822", kPasses, kPasses},
      {"ESP384", p384, "a1013832", ErrorCode::cose_alg_not_allowed, kPasses},
      {"ES256 with P-384", p384, "a10126", ErrorCode::cose_alg_not_allowed, ErrorCode::cose_alg_not_allowed},
      {"EdDSA", ed25519, "a10127", kPasses, kPasses},
      {"Ed25519", ed25519, "a10132", ErrorCode::cose_alg_not_allowed, kPasses},
      {"ES256 with Ed25519", ed25519, "a10126", ErrorCode::cose_alg_not_allowed, ErrorCode::cose_alg_not_allowed},
      {"alg is bytes", p256, "a10141 26", ErrorCode::cose_header_malformed, ErrorCode::cose_header_malformed},
      {"alg out of range", p256, "a1013bffffffffffffffff", ErrorCode::cose_header_malformed,
       ErrorCode::cose_header_malformed},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    const Bytes message = signed_with(row.signer, row.protected_hex, "a0");
    const crypto::PublicKey key = row.signer.verification_key();
    CHECK(to_string(verify(message, key)) == to_string(row.classic));
    CHECK(to_string(verify(message, key, {.names = AlgorithmNames::either})) == to_string(row.either));
  }
  // In the unprotected header the algorithm counts only where the caller says so; it must be the key's there too.
  const Bytes unprotected = signed_with(p256, "", "a10126");
  CHECK(verify(unprotected, p256.public_key()) == ErrorCode::cose_alg_missing);
  CHECK(verify(unprotected, p256.public_key(), {.place = AlgorithmPlace::any_header}) == kPasses);
  CHECK(verify(signed_with(p256, "", "a1013822"), p256.public_key(), {.place = AlgorithmPlace::any_header}) ==
        ErrorCode::cose_alg_not_allowed);
  CHECK(verify(signed_with(p256, "", "a0"), p256.public_key(), {.place = AlgorithmPlace::any_header}) ==
        ErrorCode::cose_alg_missing);
}

TEST_CASE("headers that RFC 9052 does not allow are refused") {
  const auto signer = crypto::P256PrivateKey::generate();
  struct Row {
    std::string_view why, protected_hex, unprotected_hex;
    ErrorCode want;
  };
  static constexpr Row rows[] = {
      {"nothing special", "a10126", "a0", kPasses},
      {"unknown parameters are ignored", "a2 0126 18c8 01", "a2 0442 3131 6161 820102", kPasses},
      {"a label in both", "a10126", "a10126", ErrorCode::cose_duplicate_label},
      {"an unknown label in both", "a2 0126 6161 01", "a1 6161 01", ErrorCode::cose_duplicate_label},
      {"a label twice", "a2 0126 0126", "a0", ErrorCode::cbor_duplicate_key},
      {"a label twice, in a longer head", "a2 0126 180126", "a0", ErrorCode::cbor_duplicate_key},
      {"a label twice, unprotected", "a10126", "a2 0441 31 0441 32", ErrorCode::cbor_duplicate_key},
      {"a label in both, in a longer head", "a10126", "a1 180126", ErrorCode::cose_duplicate_label},
      {"a label that is bytes", "a2 0126 4101 00", "a0", ErrorCode::cose_header_malformed},
      {"a label beyond int64", "a2 0126 1bffffffffffffffff 00", "a0", ErrorCode::cose_header_malformed},
      {"crit names an extension", "a3 0126 0281 18c8 18c8 01", "a0", ErrorCode::cose_crit_not_understood},
      {"crit names an extension by text", "a3 0126 0281 6161 6161 01", "a0", ErrorCode::cose_crit_not_understood},
      {"crit names what we know", "a3 0126 0282 01 10 10 6161", "a0", ErrorCode::cose_type_mismatch},
      {"crit names alg", "a2 0126 0281 01", "a0", kPasses},
      {"crit names what is not there", "a2 0126 0281 18c8", "a0", ErrorCode::cose_header_malformed},
      {"crit names what is not protected", "a2 0126 0281 04", "a1 0441 31", ErrorCode::cose_header_malformed},
      {"crit is as long as it may be",
       "a2 0126 029820 0101010101010101 0101010101010101 0101010101010101 0101010101010101", "a0", kPasses},
      {"crit is too long", "a2 0126 029821 0101010101010101 0101010101010101 0101010101010101 0101010101010101 01",
       "a0", ErrorCode::cose_header_malformed},
      {"crit is empty", "a2 0126 0280", "a0", ErrorCode::cose_header_malformed},
      {"crit is not an array", "a2 0126 0201", "a0", ErrorCode::cose_header_malformed},
      {"crit is not protected", "a10126", "a1 0281 01", ErrorCode::cose_header_malformed},
      {"kid is text", "a10126", "a1 0461 31", ErrorCode::cose_header_malformed},
      {"content type is a negative number", "a2 0126 0320", "a0", ErrorCode::cose_header_malformed},
      {"IV and Partial IV", "a10126", "a2 0541 00 0641 00", ErrorCode::cose_header_malformed},
      {"IV in one, Partial IV in the other", "a2 0126 0541 00", "a1 0641 00", ErrorCode::cose_header_malformed},
      {"x5chain is a number", "a10126", "a1 1821 01", ErrorCode::cose_x5chain_malformed},
      {"x5chain is empty", "a10126", "a1 1821 80", ErrorCode::cose_x5chain_malformed},
      {"x5chain has an empty certificate", "a10126", "a1 1821 40", ErrorCode::cose_x5chain_malformed},
      {"x5chain holds text", "a10126", "a1 1821 816131", ErrorCode::cose_x5chain_malformed},
      {"x5chain is too long", "a10126", "a1 1821 86 4101 4101 4101 4101 4101 4101", ErrorCode::cose_x5chain_malformed},
      {"x5chain in the protected header", "a2 0126 1821 4130", "a0", kPasses},
      {"a type where none is expected", "a2 0126 10 6161", "a0", ErrorCode::cose_type_mismatch},
      {"an unprotected type where none is expected", "a10126", "a1 10 6161", ErrorCode::cose_type_mismatch},
      {"protected bytes behind the map", "a10126 00", "a0", ErrorCode::cbor_trailing_bytes},
      {"protected bytes are no map", "80", "a0", ErrorCode::cbor_wrong_type},
      {"indefinite protected map", "bf0126ff", "a0", kPasses},
      {"text that is not UTF-8", "a2 0126 61ff 00", "a0", ErrorCode::utf8_malformed},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    CHECK(to_string(verify(signed_with(signer, row.protected_hex, row.unprotected_hex), signer.public_key())) ==
          to_string(row.want));
  }
  cbor::Writer many;
  many.map(33);
  for (int i = 0; i < 33; ++i) many.integer(1000 + i).null();
  const Bytes message = message_of(from_hex("a10126"), many.view(), from_hex("40"), Bytes(64));
  CHECK(verify(message, signer.public_key()) == ErrorCode::cose_header_malformed);
}

TEST_CASE("the type is compared exactly and must be protected") {
  const auto signer = crypto::P256PrivateKey::generate();
  const SignaturePolicy policy{.type = "application/a+cwt"};
  struct Row {
    std::string_view why, protected_hex, unprotected_hex;
    ErrorCode want;
  };
  static constexpr Row rows[] = {
      {"as expected", "a2 0126 10 71 6170706c69636174696f6e2f612b637774", "a0", kPasses},
      {"missing", "a10126", "a0", ErrorCode::cose_type_mismatch},
      {"without application/", "a2 0126 10 65 612b637774", "a0", ErrorCode::cose_type_mismatch},
      {"in upper case", "a2 0126 10 71 4170706c69636174696f6e2f612b637774", "a0", ErrorCode::cose_type_mismatch},
      {"a Content-Format", "a2 0126 10 19010d", "a0", ErrorCode::cose_type_mismatch},
      {"not protected", "a10126", "a1 10 71 6170706c69636174696f6e2f612b637774", ErrorCode::cose_type_mismatch},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    CHECK(to_string(verify(signed_with(signer, row.protected_hex, row.unprotected_hex), signer.public_key(), policy)) ==
          to_string(row.want));
  }
}

TEST_CASE("a message of another shape is refused") {
  const auto signer = crypto::P256PrivateKey::generate();
  struct Row {
    std::string_view why, hex;
    ErrorCode want;
  };
  static constexpr Row rows[] = {
      {"nothing", "", ErrorCode::cose_malformed},
      {"a map", "a0", ErrorCode::cose_malformed},
      {"three elements", "83 43a10126 a0 40", ErrorCode::cose_malformed},
      {"five elements", "85 43a10126 a0 40 40 40", ErrorCode::cose_malformed},
      {"two elements", "82 43a10126 a0", ErrorCode::cose_malformed},
      {"one element", "81 43a10126", ErrorCode::cbor_truncated},
      {"no element", "80", ErrorCode::cose_malformed},
      {"protected is a map", "84 a10126 a0 40 40", ErrorCode::cose_malformed},
      {"unprotected is bytes", "84 43a10126 41a0 40 40", ErrorCode::cbor_wrong_type},
      {"payload is text", "84 43a10126 a0 60 40", ErrorCode::cose_malformed},
      {"payload is undefined", "84 43a10126 a0 f7 40", ErrorCode::cose_malformed},
      {"signature is null", "84 43a10126 a0 40 f6", ErrorCode::cose_malformed},
      {"bytes behind it", "84 43a10126 a0 40 40 00", ErrorCode::cbor_trailing_bytes},
      {"the tag of COSE_Sign", "d862 84 43a10126 a0 40 40", ErrorCode::cose_wrong_tag},
      {"the tag of COSE_Mac0", "d1 84 43a10126 a0 40 40", ErrorCode::cose_wrong_tag},
      {"the tag twice", "d2 d2 84 43a10126 a0 40 40", ErrorCode::cose_malformed},
      {"a CWT tag around it", "d83d d2 84 43a10126 a0 40 40", ErrorCode::cose_wrong_tag},
      {"cut", "84 43a10126 a0 40", ErrorCode::cbor_truncated},
      {"empty signature", "84 43a10126 a0 40 40", ErrorCode::cose_signature_malformed},
      {"detached", "84 43a10126 a0 f6 40", ErrorCode::cose_payload_missing},
      {"indefinite", "9f 43a10126 a0 40 40 ff", ErrorCode::cose_signature_malformed},
      {"indefinite, three elements", "9f 43a10126 a0 40 ff", ErrorCode::cose_malformed},
      {"indefinite, five elements", "9f 43a10126 a0 40 40 40 ff", ErrorCode::cose_malformed},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    CHECK(to_string(verify(from_hex(row.hex), signer.public_key())) == to_string(row.want));
  }
}

TEST_CASE("DER, a changed byte or a cut message never passes") {
  const auto signer = crypto::P256PrivateKey::generate();
  const crypto::PublicKey key = signer.public_key();
  const Bytes message = must(sign1(as_bytes(kPayload), signer, {.key_id = as_bytes("11")}));
  REQUIRE(verify(message, key) == kPasses);
  for (std::size_t i = 0; i < message.size(); ++i) {
    CHECK(verify(BytesView(message).first(i), key) != kPasses);
    for (const unsigned flip : {1U, 0x80U}) {
      Bytes changed = message;
      changed[i] = static_cast<std::uint8_t>(changed[i] ^ flip);
      const bool is_kid = i >= 6 && i <= 9;  // {4: h'3131'}: in the unprotected header, where nothing is signed
      CHECK((verify(changed, key) != kPasses || is_kid));
    }
  }
  const Bytes covered = internal::to_be_covered("Signature1", from_hex("a10126"), {}, as_bytes(kPayload));
  const Bytes der = crypto::p256_signature_to_der(must(signer.sign(covered)));
  CHECK(verify(message_of(from_hex("a10126"), from_hex("a0"), cbor::Writer().bytes(as_bytes(kPayload)).view(), der),
               key) == ErrorCode::cose_signature_malformed);
}

TEST_CASE("a message of too many items is refused, in either header") {
  const auto header = [](std::size_t items) {  // {99: [0, 0, ...]}: the map, its key and the array count, too
    cbor::Writer writer;
    writer.map(1).integer(99).array(items - 3);
    for (std::size_t i = 3; i < items; ++i) writer.integer(0);
    return writer.take();
  };
  const Bytes empty_map = {0xa0}, null = {0xf6}, proof(64);
  const auto parse = [](const Bytes& message) { return Sign1::parse(message, Tagging::tolerated); };
  CHECK(parse(message_of(header(kMessageItemsMax), empty_map, null, proof)).has_value());
  CHECK(code_of(parse(message_of(header(kMessageItemsMax + 1), empty_map, null, proof))) ==
        ErrorCode::cbor_too_many_items);
  const std::size_t others = 4;  // the message's array and its other elements
  CHECK(parse(message_of({}, header(kMessageItemsMax - others), null, proof)).has_value());
  CHECK(code_of(parse(message_of({}, header(kMessageItemsMax - others + 1), null, proof))) ==
        ErrorCode::cbor_too_many_items);
}

TEST_CASE("the same content in longer heads and chunks is the same message") {
  const auto signer = crypto::P256PrivateKey::generate();
  const Bytes covered = internal::to_be_covered("Signature1", from_hex("a10126"), {}, as_bytes("abc"));
  const Bytes signature = must(signer.sign_raw(covered));
  const Bytes message = cbor::Writer()
                            .raw(from_hex("d812 9f 5f 42a101 4126 ff bf ff 5f 4161 426263 ff 5840"))
                            .raw(signature)
                            .raw(from_hex("ff"))
                            .take();
  CHECK(verify(message, signer.public_key()) == kPasses);
}
