#include "wallet/passkey.h"

#include <doctest/doctest.h>

#include "core/codecs/base64url.h"
#include "core/webauthn/attestation_object.h"
#include "core/webauthn/authenticator_data.h"
#include "core/webauthn/request_assertion.h"
#include "core/webauthn/software_authenticator.h"
#include "tests/support/webauthn.h"
#include "tests/wallet/test_device.h"

using namespace mibun;
using namespace mibun::wallet;

namespace {

// What Chromium's authenticator once answered (tests/vectors/webauthn-chromium), whatever it is asked.
struct Chromium final : CredentialsContainer {
  Result<std::string> create(const std::string&) override {
    return json::serialize(must(registration_response.to_json()));
  }
  Result<std::string> get(const std::string& options) override {
    asked = must(json::parse_object(options));
    if (!answers) return fail(ErrorCode::wallet_user_verification_failed, "passkey");
    return json::serialize(assertion_response.to_json());
  }
  std::string origin() const override { return page; }
  std::string page = webauthn_test::recorded("registration_none").text("origin");
  webauthn::RegistrationResponse registration_response = webauthn_test::recorded_registration("registration_none");
  webauthn::AuthenticationResponse assertion_response = webauthn_test::recorded_assertion("assertion_none");
  json::Object asked;
  bool answers = true;
};

// One that answers each challenge, made of our own authenticator.
struct Answering final : CredentialsContainer {
  explicit Answering(TestDevice& made_for) : device(made_for) {}
  Result<std::string> create(const std::string&) override { return fail(ErrorCode::unavailable, "passkey"); }
  Result<std::string> get(const std::string& options) override {
    const auto asked = must(webauthn::RequestOptions::parse(must(json::parse_object(options))));
    ++uses;
    const webauthn::SoftwareAuthenticator authenticator(key, id, Bytes(16));
    return json::serialize(
        must(authenticator.get_assertion(
                 {.rp_id = asked.rp_id, .origin = origin(), .challenge = asked.challenge, .counter = uses},
                 must(device.holder.verify_user("test")), device.clock.now()))
            .to_json());
  }
  std::string origin() const override { return "https://wallet.example"; }
  TestDevice& device;
  crypto::P256PrivateKey key = crypto::P256PrivateKey::generate();
  Bytes id = Bytes(32, 7);
  std::uint32_t uses = 0;
};

struct Scene {
  Scene() {
    profile.rp_id = "localhost";
    profile.device_key = {};
    profile.credential_id = webauthn_test::recorded("registration_none").bytes("id");
    profile.passkey = must(made()).public_key;
    must(save_profile(device.store, profile));
  }
  Result<Passkey::Made> made() { return passkey.make_credential(creation); }
  Result<webauthn::AuthenticationResponse> assertion() { return passkey.get_assertion(profile, request); }

  static webauthn::CreationOptions creation_options() {
    webauthn::CreationOptions options;
    options.challenge = webauthn_test::recorded("registration_none").bytes("challenge");
    options.rp_id = "localhost";
    options.user_id = webauthn_test::recorded("registration_none").bytes("userId");
    return options;
  }
  static webauthn::RequestOptions request_options() {
    webauthn::RequestOptions options;
    options.challenge = webauthn_test::recorded("assertion_none").bytes("challenge");
    options.rp_id = "localhost";
    return options;
  }

  TestDevice device;
  Profile profile = device.make_profile();
  Chromium chromium;
  Passkey passkey{chromium, device.store, device.clock, device.rng};
  webauthn::CreationOptions creation = creation_options();
  webauthn::RequestOptions request = request_options();
};

}  // namespace

TEST_CASE("what Chromium made is taken with its key, and only for the challenge, page and relying party that asked") {
  Scene scene;
  CHECK(must(scene.made()).credential_id == scene.profile.credential_id);
  struct Row {
    std::string_view why;
    void (*change)(Scene&);
    ErrorCode want;
  };
  static constexpr Row rows[] = {
      {"another challenge", [](Scene& s) { s.creation.challenge[0] ^= 1; }, ErrorCode::webauthn_challenge_mismatch},
      {"another page", [](Scene& s) { s.chromium.page = "http://localhost:1"; }, ErrorCode::webauthn_origin_mismatch},
      {"another relying party", [](Scene& s) { s.creation.rp_id = "other"; }, ErrorCode::webauthn_rp_id_mismatch},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    Scene other;
    row.change(other);
    CHECK(code_of(other.made()) == row.want);
  }
}

TEST_CASE("a passkey that was made without verifying anybody is none") {
  Scene scene;
  Bytes& object = scene.chromium.registration_response.attestation_object;
  auto attestation = must(webauthn::AttestationObject::parse(object));
  attestation.authenticator_data[32] ^= webauthn::flag::user_verified;  // format "none": nobody signed it
  object = attestation.write();
  CHECK(code_of(scene.made()) == ErrorCode::webauthn_user_not_verified);
}

TEST_CASE("what Chromium asserts is checked before anybody hears of it") {
  Scene scene;
  CHECK(must(scene.assertion()).id == scene.profile.credential_id);
  CHECK(json::serialize(scene.chromium.asked.at("allowCredentials")) ==
        R"([{"type":"public-key","id":")" + base64url::encode(scene.profile.credential_id) + R"("}])");
  CHECK(scene.chromium.asked.at("userVerification").as_string() == "required");
  struct Row {
    std::string_view why;
    void (*change)(Scene&);
    ErrorCode want;
  };
  static constexpr Row rows[] = {
      {"another challenge", [](Scene& s) { s.request.challenge[0] ^= 1; }, ErrorCode::webauthn_challenge_mismatch},
      {"another page", [](Scene& s) { s.chromium.page = "http://localhost:1"; }, ErrorCode::webauthn_origin_mismatch},
      {"another relying party", [](Scene& s) { s.profile.rp_id = "other"; }, ErrorCode::webauthn_rp_id_mismatch},
      {"another passkey", [](Scene& s) { s.chromium.assertion_response.id[0] ^= 1; }, ErrorCode::webauthn_malformed},
      {"a registration",
       [](Scene& s) {
         s.chromium.assertion_response.client_data_json =
             webauthn_test::recorded("registration_none").bytes("clientDataJSON");
       },
       ErrorCode::webauthn_type_mismatch},
      {"nobody verified", [](Scene& s) { s.chromium.assertion_response.authenticator_data[32] = 0x01; },
       ErrorCode::webauthn_user_not_verified},
      {"a counter that was not signed", [](Scene& s) { s.chromium.assertion_response.authenticator_data[36] ^= 1; },
       ErrorCode::signature_invalid},
      {"the key of another", [](Scene& s) { s.profile.passkey = crypto::P256PrivateKey::generate().public_key(); },
       ErrorCode::signature_invalid},
      {"no key at all", [](Scene& s) { s.profile.passkey.reset(); }, ErrorCode::webauthn_malformed},
      {"the person stopped", [](Scene& s) { s.chromium.answers = false; }, ErrorCode::wallet_user_verification_failed},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    Scene other;
    row.change(other);
    CHECK(code_of(other.assertion()) == row.want);
  }
}

TEST_CASE("the person is asked with a new challenge each time, and a proof of the last minute is good enough once") {
  Scene scene;
  must(scene.assertion());
  CHECK(must(scene.passkey.verify_user("test")).at() == scene.device.clock.now());
  scene.device.clock.advance(seconds(61));
  // Chromium's answer is to another challenge: nothing that was recorded proves anything now.
  CHECK(code_of(scene.passkey.verify_user("test")) == ErrorCode::webauthn_challenge_mismatch);
  const std::string first(scene.chromium.asked.at("challenge").as_string());
  CHECK(base64url::decode(first)->size() == 32);
  CHECK(code_of(scene.passkey.verify_user_again("test")) == ErrorCode::webauthn_challenge_mismatch);
  CHECK(first != std::string(scene.chromium.asked.at("challenge").as_string()));
}

TEST_CASE("an account's request carries the passkey's answer, asked for each time") {
  Scene scene;
  scene.device.host.passkey = &scene.passkey;
  ServerApi api(scene.device.host, "https://wallet.example");
  const std::string challenge = webauthn_test::recorded("assertion_none").text("challenge");
  std::vector<std::string> headers;
  scene.device.http.answer = [&](const HttpRequest& request) -> Result<HttpResponse> {
    if (request.url.ends_with("/api/v1/assertions")) {
      return json_response(201, R"({"assertion_id":"a1","public_key":{"challenge":")" + challenge +
                                    R"(","timeout":60000,"rpId":"localhost","allowCredentials":[],)"
                                    R"("userVerification":"required"}})");
    }
    for (const auto& header : request.headers) {
      if (header.name == webauthn::kRequestAssertionHeader) headers.push_back(header.value);
    }
    return json_response(200, "{}");
  };
  must(api.account_request(scene.profile, "GET", "/api/v1/history", "", "", "test"));
  REQUIRE(headers.size() == 1);
  CHECK(must(webauthn::RequestAssertion::parse(headers[0])).response.signature ==
        webauthn_test::recorded("assertion_none").bytes("signature"));
  CHECK(!api.is_user_verified());
  scene.chromium.answers = false;
  CHECK(code_of(api.account_request(scene.profile, "GET", "/api/v1/history", "", "", "test")) ==
        ErrorCode::wallet_user_verification_failed);
  CHECK(headers.size() == 1);
}

TEST_CASE("a proof for one deed lets nothing else go to the account's server unasked") {
  TestDevice device;
  Answering passkeys(device);
  Passkey passkey(passkeys, device.store, device.clock, device.rng);
  Profile profile = device.make_profile();
  profile.credential_id = passkeys.id;
  profile.passkey = passkeys.key.public_key();
  must(save_profile(device.store, profile));
  const Host host{device.http, device.keys, device.store, passkey, device.clock, device.rng, &passkey};
  ServerApi api(host, profile.origin);
  must(api.verify_user_now("share"));
  CHECK(passkeys.uses == 1);
  CHECK(!api.is_user_verified());
  CHECK(must(passkey.verify_user("again")).at() == device.clock.now());
  CHECK(passkeys.uses == 1);
}
