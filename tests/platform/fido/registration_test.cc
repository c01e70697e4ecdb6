// Our software authenticator before libfido2, and everything that can be bent on the way.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/codecs/cbor.h"
#include "tests/platform/fido/device.h"

using namespace fido_test;
using namespace webauthn_test;
using fido::Attestation;

namespace {

// "accepted", or the code's name: reads well when a table fails.
std::string outcome(const RegistrationResponse& response,
                    const fido::RegistrationPolicy& policy = registration_policy()) {
  const auto registered = fido::verify_registration(response, policy);
  return registered ? "accepted" : std::string(to_string(registered.error().code));
}

RegistrationResponse with_client_data(const std::string& text) {
  RegistrationResponse response = registration();
  AttestationObject object = must(AttestationObject::parse(response.attestation_object));
  response.client_data_json = to_bytes(text);
  object.statement =
      PackedStatement{kCoseEs256, sign(object.authenticator_data, response.client_data_json), {}}.write();
  response.attestation_object = object.write();
  return response;
}

// Offsets in the authenticator data of registration(): a 16 byte id, a 77 byte key.
constexpr std::size_t kFlags = 32, kIdLength = 53, kId = 55, kKey = kId + 16, kAlgorithm = kKey + 4, kEnd = kKey + 77;

std::string expected_after_flip(std::size_t byte, unsigned bit) {
  if (byte < kFlags) return "webauthn_rp_id_mismatch";
  if (byte == kFlags) {
    switch (1U << bit) {
      case flag::user_present:
        return "webauthn_user_not_present";
      case flag::user_verified:
        return "webauthn_user_not_verified";
      case flag::backup_state:
        return "webauthn_backup_flags_inconsistent";
      case flag::attested:
      case flag::extensions:
        return "webauthn_malformed";
      default:
        return "webauthn_attestation_invalid";
    }
  }
  if (byte < kIdLength) return "webauthn_attestation_invalid";  // counter, AAGUID: only the signature knows
  if (byte == kAlgorithm && bit < 6) return "webauthn_algorithm_not_allowed";
  return "webauthn_malformed";  // lengths, the id, the key's form, a point that left the curve
}

}  // namespace

TEST_CASE("libfido2 accepts our software authenticator") {
  const auto registered = fido::verify_registration(registration(9), registration_policy());
  REQUIRE(registered.has_value());
  CHECK(registered->credential_id() == kCredentialId);
  CHECK(registered->public_key() == device_key().public_key());
  CHECK(registered->counter() == 9);
  CHECK(registered->aaguid() == kTerminalWalletAaguid);
  CHECK(registered->attestation() == Attestation::packed_self);
  CHECK(!registered->backup_eligible());
  CHECK(!registered->backup_state());
}

TEST_CASE("each bit of the authenticator data flipped: refused, and with the right code") {
  const RegistrationResponse good = registration();
  const auto data = must(AttestationObject::parse(good.attestation_object)).authenticator_data;
  REQUIRE(data.size() == kEnd);
  for (std::size_t byte = 0; byte < kEnd; ++byte) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      INFO(byte);
      INFO(bit);
      const auto flipped = bent(good, [&](AttestationObject& object) {
        object.authenticator_data[byte] = static_cast<std::uint8_t>(object.authenticator_data[byte] ^ (1U << bit));
      });
      CHECK(outcome(flipped) == expected_after_flip(byte, bit));
    }
  }
}

TEST_CASE("each bit of the statement flipped is refused") {
  const RegistrationResponse good = registration();
  const auto statement = must(AttestationObject::parse(good.attestation_object)).statement;
  for (std::size_t byte = 0; byte < statement.size(); ++byte) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      INFO(byte);
      INFO(bit);
      const std::string got = outcome(bent(good, [&](AttestationObject& object) {
        object.statement[byte] = static_cast<std::uint8_t>(object.statement[byte] ^ (1U << bit));
      }));
      CHECK((got == "webauthn_malformed" || got == "webauthn_attestation_invalid" ||
             got == "webauthn_algorithm_not_allowed"));
    }
  }
}

TEST_CASE("each byte of the client data changed is refused") {
  const RegistrationResponse good = registration();
  for (std::size_t byte = 0; byte < good.client_data_json.size(); ++byte) {
    INFO(byte);
    RegistrationResponse changed = good;
    changed.client_data_json[byte] ^= 0x01;
    CHECK(outcome(changed) != "accepted");
  }
  // White space changes no value, only the hash that was signed.
  RegistrationResponse spaced = good;
  spaced.client_data_json.push_back(' ');
  CHECK(outcome(spaced) == "webauthn_attestation_invalid");
}

TEST_CASE("a device that lies about its flags is refused although its signature holds") {
  struct Row {
    std::string_view why;
    void (*change)(AuthenticatorData&);
    std::string_view want;
  };
  static constexpr Row rows[] = {
      {"nothing", [](AuthenticatorData&) {}, "accepted"},
      {"no user present", [](AuthenticatorData& d) { d.user_present = false; }, "webauthn_user_not_present"},
      {"no user verified", [](AuthenticatorData& d) { d.user_verified = false; }, "webauthn_user_not_verified"},
      {"backed up, not eligible", [](AuthenticatorData& d) { d.backup_state = true; },
       "webauthn_backup_flags_inconsistent"},
      {"eligible, not backed up", [](AuthenticatorData& d) { d.backup_eligible = true; }, "accepted"},
      {"eligible and backed up", [](AuthenticatorData& d) { d.backup_eligible = d.backup_state = true; }, "accepted"},
      {"reserved bits", [](AuthenticatorData& d) { d.reserved_flags = flag::reserved; }, "accepted"},
      {"another relying party", [](AuthenticatorData& d) { d.rp_id_hash = crypto::sha256("evil.example"); },
       "webauthn_rp_id_mismatch"},
      {"another credential id", [](AuthenticatorData& d) { d.attested->credential_id.back() ^= 1; },
       "webauthn_malformed"},
      {"another key, signed by the first",
       [](AuthenticatorData& d) { d.attested->public_key = key_with(2).public_key(); }, "webauthn_attestation_invalid"},
      {"no credential", [](AuthenticatorData& d) { d.attested.reset(); }, "webauthn_malformed"},
      {"credential protection", [](AuthenticatorData& d) { d.extensions = unhex("a16b6372656450726f7465637402"); },
       "accepted"},
      {"hmac-secret and the shortest PIN",
       [](AuthenticatorData& d) { d.extensions = unhex("a26b686d61632d736563726574f56c6d696e50696e4c656e67746806"); },
       "accepted"},
      {"hmac-secret false, credBlob true",
       [](AuthenticatorData& d) { d.extensions = unhex("a26863726564426c6f62f56b686d61632d736563726574f4"); },
       "accepted"},
      {"an unknown extension", [](AuthenticatorData& d) { d.extensions = unhex("a1616101"); }, "accepted"},
      {"no extension", [](AuthenticatorData& d) { d.extensions = unhex("a0"); }, "accepted"},
      {"hmac-secret as a number", [](AuthenticatorData& d) { d.extensions = unhex("a16b686d61632d73656372657401"); },
       "webauthn_malformed"},
      {"credential protection out of range",
       [](AuthenticatorData& d) { d.extensions = unhex("a16b6372656450726f7465637404"); }, "webauthn_malformed"},
      {"an extension twice", [](AuthenticatorData& d) { d.extensions = unhex("a2616101616101"); },
       "webauthn_malformed"},
      {"bytes behind the extensions", [](AuthenticatorData& d) { d.extensions = unhex("a000"); }, "webauthn_malformed"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(outcome(resigned(row.change)) == row.want);
  }
}

TEST_CASE("a client that says something else is refused although the signature holds") {
  const auto client_data = [](std::string_view type, const Bytes& challenge, std::string_view origin,
                              std::string_view rest) {
    return "{\"type\":\"" + std::string(type) + "\",\"challenge\":\"" + base64url::encode(challenge) +
           "\",\"origin\":\"" + std::string(origin) + "\"" + std::string(rest) + "}";
  };
  const std::string create = "webauthn.create";
  struct Row {
    std::string_view why;
    std::string text;
    std::string_view want;
  };
  const std::vector<Row> rows = {
      {"nothing", client_data(create, kChallenge, kOrigin, R"(,"crossOrigin":false)"), "accepted"},
      {"without crossOrigin", client_data(create, kChallenge, kOrigin, ""), "accepted"},
      {"more members", client_data(create, kChallenge, kOrigin, R"(,"new":{"a":[1]})"), "accepted"},
      {"the other ceremony", client_data("webauthn.get", kChallenge, kOrigin, ""), "webauthn_type_mismatch"},
      {"a payment", client_data("payment.get", kChallenge, kOrigin, ""), "webauthn_type_mismatch"},
      {"yesterday's challenge", client_data(create, to_bytes("yesterday's"), kOrigin, ""),
       "webauthn_challenge_mismatch"},
      {"another origin", client_data(create, kChallenge, "https://evil.example", ""), "webauthn_origin_mismatch"},
      {"plain http", client_data(create, kChallenge, "http://id.example:8443", ""), "webauthn_origin_mismatch"},
      {"another port", client_data(create, kChallenge, "https://id.example", ""), "webauthn_origin_mismatch"},
      {"inside a frame", client_data(create, kChallenge, kOrigin, R"(,"crossOrigin":true)"), "webauthn_cross_origin"},
      {"inside a frame, with its top",
       client_data(create, kChallenge, kOrigin, R"(,"crossOrigin":true,"topOrigin":"https://evil.example")"),
       "webauthn_cross_origin"},
      {"a top alone", client_data(create, kChallenge, kOrigin, R"(,"topOrigin":"https://evil.example")"),
       "webauthn_cross_origin"},
      {"a duplicate member", client_data(create, kChallenge, kOrigin, R"(,"type":"webauthn.create")"),
       "webauthn_malformed"},
      {"not JSON", "webauthn.create", "webauthn_malformed"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(outcome(with_client_data(row.text)) == row.want);
  }
}

TEST_CASE("another server's policy refuses what this one accepts") {
  const RegistrationResponse response = registration();
  auto policy = registration_policy();
  policy.rp_id = "other.example";
  CHECK(outcome(response, policy) == "webauthn_rp_id_mismatch");
  policy = registration_policy();
  policy.origins = {};
  CHECK(outcome(response, policy) == "webauthn_origin_mismatch");
  policy = registration_policy();
  policy.challenge.back() ^= 1;
  CHECK(outcome(response, policy) == "webauthn_challenge_mismatch");
  policy.challenge.clear();
  CHECK(outcome(response, policy) == "webauthn_challenge_mismatch");
  policy = registration_policy();
  policy.attestations_allowed = {};
  CHECK(outcome(response, policy) == "webauthn_attestation_not_allowed");
}

TEST_CASE("ids, cuts, appended bytes and duplicate keys") {
  RegistrationResponse response = registration();
  response.id.back() ^= 1;
  CHECK(outcome(response) == "webauthn_malformed");
  response.id.clear();
  CHECK(outcome(response) == "webauthn_malformed");

  const Bytes whole = registration().attestation_object;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    INFO(size);
    RegistrationResponse cut = registration();
    cut.attestation_object.assign(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(outcome(cut) == "webauthn_malformed");
  }
  RegistrationResponse longer = registration();
  longer.attestation_object.push_back(0);
  CHECK(outcome(longer) == "webauthn_malformed");
  CHECK(outcome(bent([](auto& object) { object.authenticator_data.push_back(0); })) == "webauthn_malformed");
  CHECK(outcome(bent([](auto& object) { object.authenticator_data.pop_back(); })) == "webauthn_malformed");
  CHECK(outcome(bent([](auto& object) { object.statement.push_back(0); })) == "webauthn_malformed");

  const auto object = must(AttestationObject::parse(whole));
  cbor::Writer duplicate;
  duplicate.map(4).text("fmt").text("packed").text("fmt").text("none").text("attStmt").raw(object.statement);
  duplicate.text("authData").bytes(object.authenticator_data);
  RegistrationResponse twice = registration();
  twice.attestation_object = duplicate.take();
  CHECK(outcome(twice) == "webauthn_malformed");
}

TEST_CASE("formats and statements that do not fit each other") {
  auto all = registration_policy();
  all.attestations_allowed = {Attestation::none, Attestation::packed_self, Attestation::packed_certificate};
  const auto with = [&](auto change) { return outcome(bent(change), all); };
  const auto statement =
      must(PackedStatement::parse(must(AttestationObject::parse(registration().attestation_object)).statement));
  const auto leaf = [] {
    const auto object = must(AttestationObject::parse(recorded_registration("registration_packed").attestation_object));
    return must(PackedStatement::parse(object.statement)).x5c.front();
  }();

  CHECK(with([](auto& o) { o.format = "none"; }) == "webauthn_attestation_invalid");
  for (const std::string format : {"fido-u2f", "tpm", "android-key", "apple", "Packed", "", "compound"}) {
    INFO(format);
    CHECK(with([&](auto& o) { o.format = format; }) == "webauthn_attestation_not_allowed");
  }
  CHECK(with([](auto& o) { o.statement = unhex("a0"); }) == "webauthn_malformed");
  for (const std::int64_t algorithm : {-8, -35, -36, -257, -65535, 0, 7}) {
    INFO(algorithm);
    CHECK(with([&](auto& o) { o.statement = PackedStatement{algorithm, statement.signature, {}}.write(); }) ==
          "webauthn_algorithm_not_allowed");
  }
  // A certificate put in front of a self-made signature: the maker's key has not signed.
  CHECK(with([&](auto& o) { o.statement = PackedStatement{-7, statement.signature, {leaf}}.write(); }) ==
        "webauthn_attestation_invalid");
  CHECK(with([&](auto& o) { o.statement = PackedStatement{-7, statement.signature, {unhex("3000")}}.write(); }) ==
        "webauthn_attestation_invalid");
  // Raw r || s instead of DER, as JOSE and COSE have it.
  const auto raw = must(crypto::p256_signature_from_der(statement.signature));
  CHECK(with([&](auto& o) { o.statement = PackedStatement{-7, Bytes(raw.begin(), raw.end()), {}}.write(); }) ==
        "webauthn_attestation_invalid");
  Bytes padded = statement.signature;
  padded.push_back(0);
  CHECK(with([&](auto& o) { o.statement = PackedStatement{-7, padded, {}}.write(); }) ==
        "webauthn_attestation_invalid");
}

TEST_CASE("an attestation certificate must have the shape of section 8.2.1 although its key has signed") {
  const auto maker = key_with(3);
  const auto recorded_object =
      must(AttestationObject::parse(recorded_registration("registration_packed").attestation_object));
  // Chromium's certificate with the maker's key in it: its own signature is not looked at.
  Bytes leaf = must(PackedStatement::parse(recorded_object.statement)).x5c.front();
  const Bytes bit_string = unhex("03420004");
  const auto key_at = std::ranges::search(leaf, bit_string).end();
  std::ranges::copy(maker.public_key().point().subspan(1), key_at);

  const RegistrationResponse response = registration();
  auto policy = registration_policy();
  policy.attestations_allowed = {Attestation::packed_certificate};
  const auto attested_by = [&](const Bytes& certificate) {
    return outcome(bent(response,
                        [&](AttestationObject& object) {
                          const Bytes signature = sign(object.authenticator_data, response.client_data_json, maker);
                          object.statement = PackedStatement{kCoseEs256, signature, {certificate}}.write();
                        }),
                   policy);
  };
  CHECK(attested_by(leaf) == "accepted");
  std::string text(as_text(leaf));
  text.replace(text.rfind("Authenticator Attestation"), 13, "authenticator");
  CHECK(attested_by(to_bytes(text)) == "webauthn_attestation_invalid");
}
