#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/time.h"
#include "core/codecs/base64url.h"
#include "core/codecs/json.h"
#include "core/crypto/p256.h"
#include "core/webauthn/responses.h"
#include "core/webauthn/user_verification.h"
#include "tests/support/vectors.h"

// What tests of WebAuthn share: a user who is verified by saying so, and other people's messages.
namespace webauthn_test {

class TestUser final : public mibun::webauthn::UserVerifier {
 public:
  static mibun::webauthn::UserVerification verified_at(mibun::Instant now) { return verified(now); }
};

template <class T>
T must(mibun::Result<T> result) {
  if (!result) {
    throw std::runtime_error(std::string(to_string(result.error().code)) + " at " + result.error().where + ": " +
                             result.error().detail);
  }
  return std::move(*result);
}

inline mibun::Bytes unhex(std::string_view text) {
  return must(mibun::hex::decode(text));
}

// A fixed key, so that a failure can be repeated.
inline mibun::crypto::P256PrivateKey key_with(std::uint8_t last_byte) {
  mibun::Bytes scalar(32, 0x17);
  scalar.back() = last_byte;
  return must(mibun::crypto::P256PrivateKey::from_scalar(scalar));
}

// One pair of the Test Vectors of WebAuthn Level 3.
struct SpecificationCase {
  std::string id;
  mibun::Bytes registration_challenge, authentication_challenge;
  mibun::webauthn::RegistrationResponse registration;
  mibun::webauthn::AuthenticationResponse authentication;
};

inline std::string text_of(const mibun::json::Object& object, std::string_view name) {
  return std::string(object.at(name).as_string());
}

inline std::vector<SpecificationCase> specification_cases() {
  const auto file = must(mibun::json::parse_object(read_vector("webauthn-l3/vectors.json"), {.bytes_max = 1'000'000}));
  std::vector<SpecificationCase> cases;
  for (const auto& value : file.at("cases").as_array()) {
    const auto& one = value.as_object();
    const auto& created = one.at("registration").as_object();
    const auto& got = one.at("authentication").as_object();
    SpecificationCase out;
    out.id = text_of(one, "id").substr(std::string_view("sctn-test-vectors-").size());
    out.registration_challenge = unhex(text_of(created, "challenge"));
    out.registration.id = unhex(text_of(created, "credential_id"));
    out.registration.client_data_json = unhex(text_of(created, "clientDataJSON"));
    out.registration.attestation_object = unhex(text_of(created, "attestationObject"));
    out.authentication_challenge = unhex(text_of(got, "challenge"));
    out.authentication.id = out.registration.id;
    out.authentication.client_data_json = unhex(text_of(got, "clientDataJSON"));
    out.authentication.authenticator_data = unhex(text_of(got, "authenticatorData"));
    out.authentication.signature = unhex(text_of(got, "signature"));
    cases.push_back(std::move(out));
  }
  return cases;
}

inline const SpecificationCase& specification_case(std::string_view id) {
  static const std::vector<SpecificationCase> cases = specification_cases();
  for (const SpecificationCase& one : cases) {
    if (one.id == id) return one;
  }
  throw std::runtime_error("no such case: " + std::string(id));
}

// A message recorded from Chromium: tests/vectors/webauthn-chromium.
struct RecordedMessage {
  mibun::json::Object object;
  std::string text(std::string_view name) const { return text_of(object, name); }
  mibun::Bytes bytes(std::string_view name) const { return must(mibun::base64url::decode(text(name))); }
};

inline RecordedMessage recorded(const std::string& name) {
  return {must(mibun::json::parse_object(read_vector("webauthn-chromium/" + name + ".json")))};
}

inline mibun::webauthn::RegistrationResponse recorded_registration(const std::string& name) {
  const RecordedMessage message = recorded(name);
  return {message.bytes("id"), message.bytes("clientDataJSON"), message.bytes("attestationObject"), {"internal"}};
}

inline mibun::webauthn::AuthenticationResponse recorded_assertion(const std::string& name) {
  const RecordedMessage message = recorded(name);
  return {message.bytes("id"), message.bytes("clientDataJSON"), message.bytes("authenticatorData"),
          message.bytes("signature"), message.bytes("userHandle")};
}

}  // namespace webauthn_test
