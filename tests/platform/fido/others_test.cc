// Messages that others made: the specification's test vectors and Chromium's virtual authenticator.
#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/platform/fido/device.h"

using namespace fido_test;
using namespace webauthn_test;
using fido::Attestation;

namespace {

const std::vector<Attestation> kAll = {Attestation::none, Attestation::packed_self, Attestation::packed_certificate};

fido::StoredCredential stored_of(const RegistrationResponse& response, const Bytes& user_handle) {
  const auto object = must(AttestationObject::parse(response.attestation_object));
  const auto data = must(AuthenticatorData::parse(object.authenticator_data));
  return {response.id, data.attested->public_key, data.counter, data.backup_eligible, user_handle};
}

template <class T>
std::optional<ErrorCode> code_of(const Result<T>& result) {
  if (result) return std::nullopt;
  return result.error().code;
}

}  // namespace

TEST_CASE("the specification's registrations and assertions") {
  using enum ErrorCode;
  struct Row {
    std::string_view id;
    std::optional<ErrorCode> registration, assertion;  // none: accepted
  };
  // Several vectors were made without user verification, which we always require.
  static constexpr Row rows[] = {
      {"none-es256", webauthn_user_not_verified, webauthn_user_not_verified},
      {"packed-self-es256", std::nullopt, webauthn_user_not_verified},
      {"none-es256-crossOrigin", webauthn_cross_origin, webauthn_cross_origin},
      {"none-es256-topOrigin", webauthn_cross_origin, webauthn_cross_origin},
      {"none-es256-long-credential-id", webauthn_user_not_verified, std::nullopt},
      {"packed-es256", std::nullopt, std::nullopt},
      {"tpm-es256", webauthn_attestation_not_allowed, std::nullopt},
      {"android-key-es256", webauthn_attestation_not_allowed, webauthn_user_not_verified},
      {"apple-es256", webauthn_user_not_verified, webauthn_user_not_verified},
      {"fido-u2f-es256", webauthn_user_not_verified, webauthn_user_not_verified},
  };
  for (const Row& row : rows) {
    INFO(row.id);
    const SpecificationCase& one = specification_case(row.id);
    const auto registered = fido::verify_registration(
        one.registration, {"example.org", {"https://example.org"}, one.registration_challenge, kAll});
    CHECK(code_of(registered) == row.registration);
    const auto asserted = fido::verify_assertion(
        one.authentication,
        {"example.org", {"https://example.org"}, one.authentication_challenge, stored_of(one.registration, {})});
    CHECK(code_of(asserted) == row.assertion);
  }
  for (const std::string_view id : {"packed-es384", "packed-es512", "packed-rs256", "packed-eddsa", "packed-ed448"}) {
    INFO(id);
    const SpecificationCase& one = specification_case(id);
    const auto registered = fido::verify_registration(
        one.registration, {"example.org", {"https://example.org"}, one.registration_challenge, kAll});
    CHECK(code_of(registered) == webauthn_algorithm_not_allowed);
  }
}

TEST_CASE("what a registration gives is what the vector says") {
  const SpecificationCase& one = specification_case("packed-es256");
  const auto registered = must(fido::verify_registration(
      one.registration, {"example.org", {"https://example.org"}, one.registration_challenge, kAll}));
  CHECK(registered.attestation() == Attestation::packed_certificate);
  CHECK(hex::encode(registered.aaguid()) == "876ca4f52071c3e9b25509ef2cdf7ed6");
  CHECK(registered.credential_id() == one.registration.id);
  CHECK(registered.counter() == 0);
  CHECK(registered.backup_eligible());
  CHECK(!registered.backup_state());
  const SpecificationCase& self = specification_case("packed-self-es256");
  const auto self_registered = must(fido::verify_registration(
      self.registration, {"example.org", {"https://example.org"}, self.registration_challenge, kAll}));
  CHECK(self_registered.attestation() == Attestation::packed_self);
  CHECK(self_registered.backup_state());
}

TEST_CASE("Chromium's registrations and assertions") {
  struct Row {
    std::string registration, assertion;
    Attestation attestation;
    std::optional<ErrorCode> registration_want, assertion_want;
  };
  const std::vector<Row> rows = {
      {"registration_none", "assertion_none", Attestation::none, {}, {}},
      {"registration_packed", "assertion_packed", Attestation::packed_certificate, {}, {}},
      {"registration_uv0", "assertion_uv0", Attestation::none, {}, ErrorCode::webauthn_user_not_verified},
  };
  for (const Row& row : rows) {
    INFO(row.registration);
    const RecordedMessage created = recorded(row.registration), got = recorded(row.assertion);
    const RegistrationResponse response = recorded_registration(row.registration);
    const auto registered = fido::verify_registration(
        response, {"localhost", {created.text("origin")}, created.bytes("challenge"), {row.attestation}});
    CHECK(code_of(registered) == row.registration_want);
    if (registered) CHECK(registered->attestation() == row.attestation);
    const auto asserted = fido::verify_assertion(
        recorded_assertion(row.assertion),
        {"localhost", {got.text("origin")}, got.bytes("challenge"), stored_of(response, got.bytes("userHandle"))});
    CHECK(code_of(asserted) == row.assertion_want);
    if (asserted) CHECK(asserted->counter() == 2);
  }
}

TEST_CASE("self attestation by another key pair, and the same with one bit of its key flipped") {
  const RecordedMessage good = recorded("registration_self");
  const fido::RegistrationPolicy policy{
      "localhost", {good.text("origin")}, good.bytes("challenge"), {Attestation::packed_self}};
  // Made with a key of its own inside the attestation object, so the record's other members describe another key.
  const auto registered = fido::verify_registration(recorded_registration("registration_self"), policy);
  CHECK(code_of(registered) == std::nullopt);
  CHECK(code_of(fido::verify_registration(recorded_registration("registration_self_bad"), policy)) ==
        ErrorCode::webauthn_malformed);  // the point has left the curve
}

TEST_CASE("format none: libfido2 checks nothing, so the relying party's own checks must") {
  const RecordedMessage created = recorded("registration_none");
  const RegistrationResponse response = recorded_registration("registration_none");
  const auto verify = [&](const std::string& rp_id, const RegistrationResponse& one) {
    return code_of(fido::verify_registration(
        one, {rp_id, {created.text("origin")}, created.bytes("challenge"), {Attestation::none}}));
  };
  CHECK(verify("localhost", response) == std::nullopt);
  CHECK(verify("evil.example", response) == ErrorCode::webauthn_rp_id_mismatch);
  const auto changed = [&](const std::function<void(AttestationObject&)>& change) {
    RegistrationResponse copy = response;
    AttestationObject object = must(AttestationObject::parse(copy.attestation_object));
    change(object);
    copy.attestation_object = object.write();
    return copy;
  };
  CHECK(verify("localhost", changed([](auto& o) { o.authenticator_data[32] &= 0xFE; })) ==
        ErrorCode::webauthn_user_not_present);
  CHECK(verify("localhost", changed([](auto& o) { o.authenticator_data[32] &= 0xFB; })) ==
        ErrorCode::webauthn_user_not_verified);
  CHECK(verify("localhost", changed([](auto& o) { o.authenticator_data[32] |= 0x10; })) ==
        ErrorCode::webauthn_backup_flags_inconsistent);
  CHECK(verify("localhost", changed([](auto& o) { o.authenticator_data.push_back(0); })) ==
        ErrorCode::webauthn_malformed);
  const auto statement = [&](std::string_view text) {
    return verify("localhost", changed([&](auto& o) { o.statement = unhex(text); }));
  };
  CHECK(statement("a163616c6726") == ErrorCode::webauthn_attestation_invalid);
  CHECK(statement("a2637369674130"
                  "63616c6726") == ErrorCode::webauthn_attestation_invalid);
}

TEST_CASE("policy decides which attestation is taken") {
  const RecordedMessage unattested = recorded("registration_none"), packed = recorded("registration_packed");
  const auto verify = [](const std::string& name, const RecordedMessage& message, std::vector<Attestation> allowed) {
    return code_of(fido::verify_registration(
        recorded_registration(name),
        {"localhost", {message.text("origin")}, message.bytes("challenge"), std::move(allowed)}));
  };
  const auto refused = ErrorCode::webauthn_attestation_not_allowed;
  using enum Attestation;
  CHECK(verify("registration_none", unattested, {}) == refused);
  CHECK(verify("registration_none", unattested, {packed_self, packed_certificate}) == refused);
  CHECK(verify("registration_packed", packed, {none, packed_self}) == refused);
  CHECK(verify("registration_self", unattested, {none, packed_certificate}) == refused);
  CHECK(verify("registration_self", unattested, kAll) == std::nullopt);
}
