#include "core/webauthn/software_authenticator.h"

#include <doctest/doctest.h>

#include <concepts>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "core/crypto/hash.h"
#include "core/webauthn/attestation_object.h"
#include "core/webauthn/client_data.h"
#include "core/webauthn/cose_key.h"
#include "core/webauthn/rp_id.h"
#include "tests/support/webauthn.h"

using namespace mibun;
using namespace mibun::webauthn;
using namespace webauthn_test;

namespace {

constexpr Instant kNow = Instant::from_unix_seconds(1'800'000'000);
const CeremonyRequest kRequest{"id.example", "https://wallet.id.example", to_bytes("0123456789abcdef"), 41};

Bytes signed_message(BytesView data, BytesView client_data_json) {
  Bytes message = to_bytes(data);
  const auto hash = crypto::sha256(client_data_json);
  message.insert(message.end(), hash.begin(), hash.end());
  return message;
}

// A device that is locked: it never signs.
class LockedKey final : public crypto::P256Signer {
 public:
  crypto::P256PublicKey public_key() const override { return key_with(1).public_key(); }
  Result<crypto::P256Signature> sign(BytesView) const override { return fail(ErrorCode::wallet_locked); }
};

}  // namespace

// Nobody makes the token but a UserVerifier.
static_assert(!std::is_default_constructible_v<UserVerification>);
static_assert(!std::is_constructible_v<UserVerification, Instant>);

TEST_CASE("a credential is made with packed self attestation by the device's key") {
  const auto key = key_with(1);
  const SoftwareAuthenticator device(key, to_bytes("credential"), to_bytes("user"));
  const auto response = device.make_credential(kRequest, TestUser::verified_at(kNow), kNow);
  REQUIRE(response.has_value());
  CHECK(response->id == to_bytes("credential"));
  const auto client_data = must(ClientData::parse(response->client_data_json));
  const std::vector<std::string> origins = {"https://wallet.id.example"};
  CHECK(client_data.check(Ceremony::create, kRequest.challenge, origins).has_value());
  const auto object = must(AttestationObject::parse(response->attestation_object));
  CHECK(object.format == "packed");
  const auto data = must(AuthenticatorData::parse(object.authenticator_data));
  CHECK(object.authenticator_data[32] == (flag::user_present | flag::user_verified | flag::attested));
  CHECK(data.counter == 41);
  CHECK(data.check("id.example").has_value());
  CHECK(data.attested->aaguid == kTerminalWalletAaguid);
  CHECK(data.attested->credential_id == to_bytes("credential"));
  CHECK(data.attested->public_key == key.public_key());
  const auto statement = must(PackedStatement::parse(object.statement));
  CHECK(statement.algorithm == kCoseEs256);
  CHECK(statement.x5c.empty());
  const Bytes message = signed_message(object.authenticator_data, response->client_data_json);
  CHECK(key.public_key().verify_der(message, statement.signature).has_value());
  CHECK(RegistrationResponse::parse(must(response->to_json())).has_value());
}

TEST_CASE("an assertion is signed over its data and the client data") {
  const auto key = key_with(1);
  const SoftwareAuthenticator device(key, to_bytes("credential"), to_bytes("user"));
  const auto response = device.get_assertion(kRequest, TestUser::verified_at(kNow), kNow);
  REQUIRE(response.has_value());
  CHECK(response->user_handle == to_bytes("user"));
  CHECK(response->authenticator_data.size() == 37);
  CHECK(response->authenticator_data[32] == (flag::user_present | flag::user_verified));
  const Bytes message = signed_message(response->authenticator_data, response->client_data_json);
  CHECK(key.public_key().verify_der(message, response->signature).has_value());
  const auto client_data = must(ClientData::parse(response->client_data_json));
  CHECK(client_data.type() == "webauthn.get");
}

TEST_CASE("without a verified user the flag is not set; with a stale one nothing is signed") {
  const auto key = key_with(1);
  const SoftwareAuthenticator device(key, to_bytes("credential"), to_bytes("user"));
  const auto silent = device.get_assertion(kRequest, std::nullopt, kNow);
  REQUIRE(silent.has_value());
  CHECK(silent->authenticator_data[32] == flag::user_present);

  struct Row {
    std::string_view why;
    milliseconds age;
    bool good;
  };
  static constexpr Row rows[] = {
      {"just now", milliseconds(0), true},
      {"the last moment", milliseconds(60'000), true},
      {"a moment too late", milliseconds(60'001), false},
      {"from the future", milliseconds(-1), false},
      {"yesterday", milliseconds(86'400'000), false},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    const auto verification = TestUser::verified_at(kNow - row.age);
    const auto asserted = device.get_assertion(kRequest, verification, kNow);
    const auto created = device.make_credential(kRequest, verification, kNow);
    CHECK(asserted.has_value() == row.good);
    CHECK(created.has_value() == row.good);
    if (asserted || created) continue;
    CHECK(asserted.error().code == ErrorCode::wallet_user_verification_failed);
    CHECK(created.error().code == ErrorCode::wallet_user_verification_failed);
  }
}

TEST_CASE("a locked key's refusal comes back") {
  const LockedKey key;
  const SoftwareAuthenticator device(key, to_bytes("credential"), to_bytes("user"));
  const auto asserted = device.get_assertion(kRequest, TestUser::verified_at(kNow), kNow);
  REQUIRE(!asserted.has_value());
  CHECK(asserted.error().code == ErrorCode::wallet_locked);
  CHECK(!device.make_credential(kRequest, TestUser::verified_at(kNow), kNow).has_value());
}

TEST_CASE("a site may use its own name and those above it, and no other") {
  struct Row {
    std::string_view rp_id, origin;
    bool good;
  };
  static constexpr Row rows[] = {
      {"id.example", "https://id.example", true},
      {"id.example", "https://id.example:8443", true},
      {"id.example", "https://wallet.id.example", true},
      {"localhost", "https://localhost:8443", true},
      {"127.0.0.1", "https://127.0.0.1:8443", true},
      {"id.example", "https://evil-id.example", false},
      {"id.example", "https://id.example.evil.test", false},
      {"wallet.id.example", "https://id.example", false},
      {"example", "https://id.example", false},
      {".example", "https://id.example", false},
      {"", "https://id.example", false},
      {"id.example", "http://id.example", false},
      {"id.example", "https://id.example/", false},
      {"id.example", "https://id.example/path", false},
      {"id.example", "https://user@id.example", false},
      {"id.example", "id.example", false},
      {"localhost", "https://evil.localhost", false},
      {"0.1", "https://127.0.0.1:8443", false},
  };
  const auto key = key_with(1);
  const SoftwareAuthenticator device(key, to_bytes("credential"), to_bytes("user"));
  for (const Row& row : rows) {
    INFO(row.rp_id);
    INFO(row.origin);
    const CeremonyRequest request{std::string(row.rp_id), std::string(row.origin), kRequest.challenge, 1};
    const auto asserted = device.get_assertion(request, TestUser::verified_at(kNow), kNow);
    CHECK(asserted.has_value() == row.good);
    if (!asserted) CHECK(asserted.error().code == ErrorCode::webauthn_rp_id_mismatch);
    CHECK(device.make_credential(request, TestUser::verified_at(kNow), kNow).has_value() == row.good);
  }
}
