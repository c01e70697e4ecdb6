#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/platform/fido/device.h"

using namespace fido_test;
using namespace webauthn_test;

namespace {

std::string outcome(const AuthenticationResponse& response, const fido::AssertionPolicy& policy = assertion_policy()) {
  const auto asserted = fido::verify_assertion(response, policy);
  return asserted ? "accepted" : std::string(to_string(asserted.error().code));
}

constexpr std::size_t kFlags = 32, kEnd = 37;

std::string expected_after_flip(std::size_t byte, unsigned bit) {
  if (byte < kFlags) return "webauthn_rp_id_mismatch";
  if (byte > kFlags) return "webauthn_signature_invalid";  // the counter: only the signature knows
  switch (1U << bit) {
    case flag::user_present:
      return "webauthn_user_not_present";
    case flag::user_verified:
      return "webauthn_user_not_verified";
    case flag::backup_eligible:
    case flag::backup_state:
      return "webauthn_backup_flags_inconsistent";
    case flag::attested:
    case flag::extensions:
      return "webauthn_malformed";
    default:
      return "webauthn_signature_invalid";
  }
}

}  // namespace

TEST_CASE("libfido2 accepts our software authenticator's assertion") {
  const auto asserted = fido::verify_assertion(assertion(7), assertion_policy(6));
  REQUIRE(asserted.has_value());
  CHECK(asserted->counter() == 7);
  CHECK(!asserted->backup_state());
}

TEST_CASE("each bit of the authenticator data and of the signature flipped is refused") {
  const AuthenticationResponse good = assertion();
  REQUIRE(good.authenticator_data.size() == kEnd);
  for (std::size_t byte = 0; byte < kEnd; ++byte) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      INFO(byte);
      INFO(bit);
      AuthenticationResponse flipped = good;
      flipped.authenticator_data[byte] = static_cast<std::uint8_t>(flipped.authenticator_data[byte] ^ (1U << bit));
      CHECK(outcome(flipped) == expected_after_flip(byte, bit));
    }
  }
  for (std::size_t byte = 0; byte < good.signature.size(); ++byte) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      INFO(byte);
      INFO(bit);
      AuthenticationResponse flipped = good;
      flipped.signature[byte] = static_cast<std::uint8_t>(flipped.signature[byte] ^ (1U << bit));
      CHECK(outcome(flipped) == "webauthn_signature_invalid");
    }
  }
}

TEST_CASE("cuts and appended bytes") {
  const AuthenticationResponse good = assertion();
  for (std::size_t size = 0; size < kEnd; ++size) {
    INFO(size);
    AuthenticationResponse cut = good;
    cut.authenticator_data.resize(size);
    CHECK(outcome(cut) == "webauthn_malformed");
  }
  AuthenticationResponse longer = good;
  longer.authenticator_data.push_back(0);
  CHECK(outcome(longer) == "webauthn_malformed");
  longer = good;
  longer.client_data_json.push_back(' ');
  CHECK(outcome(longer) == "webauthn_signature_invalid");
  longer = good;
  longer.signature.push_back(0);
  CHECK(outcome(longer) == "webauthn_signature_invalid");
  const auto raw = must(crypto::p256_signature_from_der(good.signature));
  longer.signature = Bytes(raw.begin(), raw.end());
  CHECK(outcome(longer) == "webauthn_signature_invalid");
}

TEST_CASE("the counter must rise, unless the authenticator has none") {
  struct Row {
    std::uint32_t stored, sent;
    bool good;
  };
  static constexpr Row rows[] = {
      {0, 0, true},
      {0, 1, true},
      {1, 2, true},
      {1, 0xffffffff, true},
      {1, 1, false},
      {2, 1, false},
      {1, 0, false},
      {0xffffffff, 0, false},
      {0xfffffffe, 0xffffffff, true},
      {0xffffffff, 0xffffffff, false},
  };
  for (const Row& row : rows) {
    INFO(row.stored);
    INFO(row.sent);
    CHECK(outcome(assertion(row.sent), assertion_policy(row.stored)) ==
          (row.good ? "accepted" : "webauthn_counter_regressed"));
  }
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
      {"eligible suddenly", [](AuthenticatorData& d) { d.backup_eligible = true; },
       "webauthn_backup_flags_inconsistent"},
      {"another relying party", [](AuthenticatorData& d) { d.rp_id_hash = crypto::sha256("evil.example"); },
       "webauthn_rp_id_mismatch"},
      {"a credential",
       [](AuthenticatorData& d) {
         d.attested = AttestedCredential{kTerminalWalletAaguid, kCredentialId, device_key().public_key()};
       },
       "webauthn_malformed"},
      {"hmac-secret", [](AuthenticatorData& d) { d.extensions = unhex("a16b686d61632d7365637265744401020304"); },
       "accepted"},
      {"an unknown extension", [](AuthenticatorData& d) { d.extensions = unhex("a1616101"); }, "accepted"},
      {"hmac-secret as a number", [](AuthenticatorData& d) { d.extensions = unhex("a16b686d61632d73656372657401"); },
       "webauthn_malformed"},
      {"an extension twice", [](AuthenticatorData& d) { d.extensions = unhex("a2616101616101"); },
       "webauthn_malformed"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(outcome(resigned_assertion(row.change)) == row.want);
  }
}

TEST_CASE("another credential, user, key, ceremony, challenge, origin or relying party") {
  const AuthenticationResponse good = assertion();
  auto policy = assertion_policy();
  policy.credential.id.back() ^= 1;
  CHECK(outcome(good, policy) == "webauthn_credential_unknown");
  policy = assertion_policy();
  policy.credential.user_handle.back() ^= 1;
  CHECK(outcome(good, policy) == "webauthn_credential_unknown");
  policy = assertion_policy();
  policy.credential.public_key = key_with(2).public_key();
  CHECK(outcome(good, policy) == "webauthn_signature_invalid");
  policy = assertion_policy();
  policy.credential.backup_eligible = true;
  CHECK(outcome(good, policy) == "webauthn_backup_flags_inconsistent");
  policy = assertion_policy();
  policy.challenge = to_bytes("the next challenge: a replay");
  CHECK(outcome(good, policy) == "webauthn_challenge_mismatch");
  policy = assertion_policy();
  policy.origins = {"https://id.example"};
  CHECK(outcome(good, policy) == "webauthn_origin_mismatch");
  policy = assertion_policy();
  policy.rp_id = "other.example";
  CHECK(outcome(good, policy) == "webauthn_rp_id_mismatch");

  AuthenticationResponse without_user = good;
  without_user.user_handle.reset();
  CHECK(outcome(without_user) == "accepted");
  AuthenticationResponse created = good;
  created.client_data_json = registration().client_data_json;
  created.signature = sign(created.authenticator_data, created.client_data_json);
  CHECK(outcome(created) == "webauthn_type_mismatch");
  AuthenticationResponse framed = good;
  framed.client_data_json = to_bytes("{\"type\":\"webauthn.get\",\"challenge\":\"" + base64url::encode(kChallenge) +
                                     "\",\"origin\":\"" + kOrigin + "\",\"crossOrigin\":true}");
  framed.signature = sign(framed.authenticator_data, framed.client_data_json);
  CHECK(outcome(framed) == "webauthn_cross_origin");
}
