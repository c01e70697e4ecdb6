// Of TestWorld: people, their devices and what they sign.
#include "core/webauthn/software_authenticator.h"
#include "tests/server/world/parts.h"
#include "tests/server/world/test_world.h"

namespace mibun::server {
namespace {

// A user who is verified by saying so.
class TestUser final : public webauthn::UserVerifier {
 public:
  static webauthn::UserVerification verified_at(Instant now) { return verified(now); }
};

}  // namespace

BegunRegistration TestWorld::begin_registration() const {
  const Reply reply = send_well(json_request("POST", "/api/v1/registrations", {}), 201);
  const json::Object& options = reply.json.at("public_key").as_object();
  return {reply.text("registration_id"), reply.text("terms_version"),
          must(base64url::decode(member(options, "challenge"))),
          must(base64url::decode(member(options.at("user").as_object(), "id")))};
}

Device TestWorld::new_device() {
  Device device;
  device.key = new_key();
  device.credential_id = rng.bytes(32);
  return device;
}

json::Object TestWorld::credential_json(const BegunRegistration& begun, const Device& device,
                                        const Ceremony& twist) const {
  const webauthn::SoftwareAuthenticator authenticator(*device.key, device.credential_id, begun.user_id);
  std::optional<webauthn::UserVerification> verification;
  if (twist.user_verified) verification = TestUser::verified_at(clock.now());
  const webauthn::CeremonyRequest ceremony{.rp_id = twist.rp_id,
                                           .origin = twist.origin,
                                           .challenge = twist.challenge.value_or(begun.challenge),
                                           .counter = twist.counter.value_or(0)};
  return must(must(authenticator.make_credential(ceremony, verification, clock.now())).to_json());
}

TestRequest TestWorld::registration(const BegunRegistration& begun, const json::Object& credential) const {
  return json_request("POST", "/api/v1/registrations/" + begun.id,
                      {{"terms_version", begun.terms_version}, {"credential", credential}});
}

Device TestWorld::register_device() {
  Device device = new_device();
  const BegunRegistration begun = begin_registration();
  device.user_handle = begun.user_id;
  const Reply reply = send_well(registration(begun, credential_json(begun, device)), 201);
  device.account_id = reply.text("account_id");
  device.revocation_code = reply.text("revocation_code");
  return device;
}

BegunAssertion TestWorld::begin_assertion(std::string_view method, std::string_view target,
                                          std::string_view body) const {
  const Reply reply = send_well(
      json_request("POST", "/api/v1/assertions",
                   {{"method", method}, {"target", target}, {"body_sha256", base64url::encode(crypto::sha256(body))}}),
      201);
  return {reply.text("assertion_id"),
          must(base64url::decode(member(reply.json.at("public_key").as_object(), "challenge")))};
}

webauthn::RequestAssertion TestWorld::sign_assertion(Device& device, const BegunAssertion& begun,
                                                     const Ceremony& twist) const {
  const webauthn::SoftwareAuthenticator authenticator(*device.key, device.credential_id, device.user_handle);
  std::optional<webauthn::UserVerification> verification;
  if (twist.user_verified) verification = TestUser::verified_at(clock.now());
  const webauthn::CeremonyRequest ceremony{.rp_id = twist.rp_id,
                                           .origin = twist.origin,
                                           .challenge = twist.challenge.value_or(begun.challenge),
                                           .counter = twist.counter   ? *twist.counter
                                                      : device.counts ? ++device.counter
                                                                      : 0};
  return {begun.id, must(authenticator.get_assertion(ceremony, verification, clock.now()))};
}

TestRequest TestWorld::account_request(Device& device, std::string method, std::string target, std::string body,
                                       std::string_view content_type) const {
  TestRequest request{std::move(method), std::move(target), std::move(body), {}};
  const BegunAssertion begun = begin_assertion(request.method, request.target, request.body);
  request.add(webauthn::kRequestAssertionHeader, sign_assertion(device, begun).to_header());
  if (!request.body.empty()) request.add("Content-Type", content_type);
  return request;
}

}  // namespace mibun::server
