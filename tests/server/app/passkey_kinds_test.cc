// Passkeys as the makers of phones and computers make them: most say nothing of their kind, and every one of them is as
// good as another, since nobody judges who made it.
#include <doctest/doctest.h>

#include "core/codecs/base64url.h"
#include "core/webauthn/attestation_object.h"
#include "tests/server/world/own_world.h"

namespace mibun::server {
namespace {

constexpr std::uint8_t kEmptyMap = 0xA0;

// What the server says to a registration whose attestation is `format` with `statement`.
Reply registered(TestWorld& world, Device& device, const std::string& format, Bytes statement,
                 const Ceremony& twist = {}) {
  const BegunRegistration begun = world.begin_registration();
  device = world.new_device();
  device.user_handle = begun.user_id;
  json::Object credential = world.credential_json(begun, device, twist);
  json::Value& encoded = credential.at("response").as_object().at("attestationObject");
  auto object =
      must(webauthn::AttestationObject::parse(must(base64url::decode(std::string_view(encoded.as_string())))));
  object.format = format;
  object.statement = std::move(statement);
  encoded = base64url::encode(object.write());
  return world.send(world.registration(begun, credential));
}

}  // namespace

TEST_CASE("a passkey that says nothing of its kind registers, and its holder has an account") {
  OwnWorld world;
  const Reply begun = world.send_well(world.json_request("POST", "/api/v1/registrations", {}), 201);
  CHECK(begun.json.at("public_key").at("attestation").as_string() == "none");

  Device device;
  const Reply reply = registered(world, device, "none", {kEmptyMap});
  REQUIRE(reply.status() == 201);
  device.account_id = reply.text("account_id");
  CHECK(world.send(world.account_request(device, "GET", "/api/v1/account")).status() == 200);

  // Nothing is signed there, so what is said must still be right, and nothing else may stand there.
  Ceremony unverified;
  unverified.user_verified = false;
  CHECK(registered(world, device, "none", {kEmptyMap}, unverified).code() == "webauthn_user_not_verified");
  Ceremony elsewhere;
  elsewhere.origin = "https://mibun.example:8443";
  CHECK(registered(world, device, "none", {kEmptyMap}, elsewhere).code() == "webauthn_origin_mismatch");
  CHECK(registered(world, device, "none", {0xA1, 0x61, 0x61, 0x01}).code() == "webauthn_attestation_invalid");
  // Whoever was not asked, and is not known here, is not taken at their word.
  for (const char* format : {"tpm", "apple", "android-key", "compound", ""}) {
    CAPTURE(format);
    CHECK(registered(world, device, format, {kEmptyMap}).code() == "webauthn_attestation_not_allowed");
  }
}

}  // namespace mibun::server
