#include "core/codecs/base64url.h"
#include "tests/server/app/row.h"

namespace mibun::server {
namespace {

// A registration in which the device does something else than it should.
Row ceremony(std::string sentence, int status, std::string code, std::function<Ceremony(TestWorld&)> twist) {
  return {std::move(sentence), status, std::move(code), [twist = std::move(twist)](TestWorld& w) {
            const BegunRegistration begun = w.begin_registration();
            return w.send(w.registration(begun, w.credential_json(begun, w.new_device(), twist(w))));
          }};
}

// A registration whose credential is changed after the device made it.
Row changed(std::string sentence, std::string code, std::function<void(json::Object&)> change) {
  return {std::move(sentence), 400, std::move(code), [change = std::move(change)](TestWorld& w) {
            const BegunRegistration begun = w.begin_registration();
            json::Object credential = w.credential_json(begun, w.new_device());
            change(credential);
            return w.send(w.registration(begun, credential));
          }};
}

Row aged(std::string sentence, int status, std::string code, milliseconds age) {
  return {std::move(sentence), status, std::move(code), [age](TestWorld& w) {
            const BegunRegistration begun = w.begin_registration();
            w.clock.advance(age);
            return w.send(w.registration(begun, w.credential_json(begun, w.new_device())));
          }};
}

json::Object& response_of(json::Object& credential) {
  return credential.at("response").as_object();
}

Bytes bytes_of(const json::Value& text) {
  return must(base64url::decode(std::string_view(text.as_string())));
}

void add_devices(std::vector<Row>& rows) {
  rows.push_back(ceremony("A registration without user verification is refused", 400, "webauthn_user_not_verified",
                          [](TestWorld&) {
                            Ceremony twist;
                            twist.user_verified = false;
                            return twist;
                          }));
  rows.push_back(ceremony("A registration over another challenge is refused", 400, "webauthn_challenge_mismatch",
                          [](TestWorld& w) {
                            Ceremony twist;
                            twist.challenge = w.rng.bytes(32);
                            return twist;
                          }));
  rows.push_back(
      ceremony("A registration made at another origin is refused", 400, "webauthn_origin_mismatch", [](TestWorld&) {
        Ceremony twist;
        twist.origin = "https://mibun.example:8443";
        return twist;
      }));
  rows.push_back(
      ceremony("A registration for another relying party is refused", 400, "webauthn_origin_mismatch", [](TestWorld&) {
        Ceremony twist;
        twist.origin = "https://other.example";
        twist.rp_id = "other.example";
        return twist;
      }));
}

void add_changes(std::vector<Row>& rows) {
  rows.push_back(changed("A registration with a changed attestation signature is refused",
                         "webauthn_attestation_invalid", [](json::Object& credential) {
                           json::Value& object = response_of(credential)["attestationObject"];
                           Bytes bytes = bytes_of(object);
                           const std::string_view text = as_text(bytes);
                           bytes[text.find("sig") + 3 + 2 + 20] ^= 1;  // inside r of the DER signature
                           object = base64url::encode(bytes);
                         }));
  rows.push_back(changed("A registration with changed client data is refused", "webauthn_attestation_invalid",
                         [](json::Object& credential) {
                           json::Value& data = response_of(credential)["clientDataJSON"];
                           Bytes bytes = bytes_of(data);
                           bytes.insert(bytes.begin() + 1, ' ');
                           data = base64url::encode(bytes);
                         }));
  rows.push_back(changed("A registration whose attestation is cut off is refused", "webauthn_malformed",
                         [](json::Object& credential) {
                           json::Value& object = response_of(credential)["attestationObject"];
                           Bytes bytes = bytes_of(object);
                           bytes.resize(bytes.size() / 2);
                           object = base64url::encode(bytes);
                         }));
  rows.push_back(changed("A registration whose id and rawId differ is refused", "webauthn_malformed",
                         [](json::Object& credential) { credential["rawId"] = kNoId; }));
  rows.push_back(changed("A registration of another credential type is refused", "webauthn_malformed",
                         [](json::Object& credential) { credential["type"] = "password"; }));
  rows.push_back(changed("A registration without a response is refused", "webauthn_malformed",
                         [](json::Object& credential) { credential.erase("response"); }));
  rows.push_back(changed("A registration whose client data is no base64url is refused", "webauthn_malformed",
                         [](json::Object& credential) { response_of(credential)["clientDataJSON"] = "kanaria7391!"; }));
}

void add_once(std::vector<Row>& rows) {
  rows.push_back({"A registration that was finished cannot be finished again", 409, "key_exists", [](TestWorld& w) {
                    const BegunRegistration begun = w.begin_registration();
                    const TestRequest request = w.registration(begun, w.credential_json(begun, w.new_device()));
                    w.send_well(request, 201);
                    return w.send(request);
                  }});
  rows.push_back({"A credential that is registered cannot be registered again", 409, "key_exists", [](TestWorld& w) {
                    const BegunRegistration begun = w.begin_registration();
                    return w.send(w.registration(begun, w.credential_json(begun, w.holder)));
                  }});
  rows.push_back({"A second key for an account is refused, with whatever proof", 409, "key_exists", [](TestWorld& w) {
                    return w.send(w.account_request(w.stranger, "POST", "/api/v1/account/keys", "{}"));
                  }});
  rows.push_back({"A registration under an unknown id is refused", 404, "registration_unknown", [](TestWorld& w) {
                    BegunRegistration begun = w.begin_registration();
                    begun.id = kNoId;
                    return w.send(w.registration(begun, w.credential_json(begun, w.new_device())));
                  }});
  rows.push_back({"Other terms than those in force cannot be accepted", 400, "terms_not_accepted", [](TestWorld& w) {
                    return w.send(w.account_request(w.stranger, "POST", "/api/v1/account/terms",
                                                    R"({"terms_version":"2020-01-01"})"));
                  }});
  rows.push_back({"A registration with other terms is refused", 400, "terms_not_accepted", [](TestWorld& w) {
                    BegunRegistration begun = w.begin_registration();
                    begun.terms_version = "2020-01-01";
                    return w.send(w.registration(begun, w.credential_json(begun, w.new_device())));
                  }});
  rows.push_back(aged("A registration may be finished one second before five minutes are over", 201, "",
                      std::chrono::seconds(299)));
  rows.push_back(
      aged("A registration of exactly five minutes is over", 404, "registration_unknown", std::chrono::seconds(300)));
  rows.push_back(aged("A registration of five minutes and a second is over", 404, "registration_unknown",
                      std::chrono::seconds(301)));
}

// GET /api/v1/account by an authenticator whose counter stays 0.
Reply show_without_counting(TestWorld& w, Device& device) {
  Ceremony twist;
  twist.counter = 0;
  const auto assertion = w.sign_assertion(device, w.begin_assertion("GET", "/api/v1/account", ""), twist);
  TestRequest request{.target = "/api/v1/account"};
  return w.send(request.add(webauthn::kRequestAssertionHeader, assertion.to_header()));
}

void add_endings(std::vector<Row>& rows) {
  const auto revoke = [](TestWorld& w, const std::string& code) {
    return w.send(w.json_request("POST", "/api/v1/revocations", {{"revocation_code", code}}));
  };
  rows.push_back({"A revocation code that is none is refused", 404, "revocation_code_wrong",
                  [revoke](TestWorld& w) { return revoke(w, std::string(kCanary)); }});
  rows.push_back({"A revocation code that nobody was given is refused", 404, "revocation_code_wrong",
                  [revoke](TestWorld& w) { return revoke(w, "AAAA-BBBB-CCCC-DDDD-EEEE-FFFF"); }});
  rows.push_back(
      {"A revocation code with one character changed is refused", 404, "revocation_code_wrong", [revoke](TestWorld& w) {
         std::string code = w.stranger.revocation_code;
         code.back() = code.back() == 'A' ? 'B' : 'A';
         return revoke(w, code);
       }});
  rows.push_back({"A revocation code works once", 404, "revocation_code_wrong", [revoke](TestWorld& w) {
                    const Device device = w.register_device();
                    if (revoke(w, device.revocation_code).status() != 200) throw std::runtime_error("first use");
                    return revoke(w, device.revocation_code);
                  }});
  rows.push_back({"A revoked account looks like an unknown one", 401, "assertion_invalid", [revoke](TestWorld& w) {
                    Device device = w.register_device();
                    revoke(w, device.revocation_code);
                    return w.send(w.account_request(device, "GET", "/api/v1/account"));
                  }});
  // Passkeys of many platforms count nothing; then nothing but the account's state keeps the door shut.
  rows.push_back({"An authenticator that does not count is let in", 200, "", [](TestWorld& w) {
                    Device device = w.register_device();
                    return show_without_counting(w, device);
                  }});
  rows.push_back({"A revoked account with an authenticator that does not count looks like an unknown one", 401,
                  "assertion_invalid", [revoke](TestWorld& w) {
                    Device device = w.register_device();
                    revoke(w, device.revocation_code);
                    return show_without_counting(w, device);
                  }});
  rows.push_back({"An erased account looks like an unknown one", 401, "assertion_invalid", [](TestWorld& w) {
                    Device device = w.register_device();
                    w.send_well(w.account_request(device, "DELETE", "/api/v1/account"), 200);
                    return w.send(w.account_request(device, "GET", "/api/v1/account"));
                  }});
  rows.push_back({"An erased account's key cannot be registered again", 409, "key_exists", [](TestWorld& w) {
                    Device device = w.register_device();
                    w.send_well(w.account_request(device, "DELETE", "/api/v1/account"), 200);
                    const BegunRegistration begun = w.begin_registration();
                    return w.send(w.registration(begun, w.credential_json(begun, device)));
                  }});
}

Row assertion_wish(std::string sentence, const std::string& method, const std::string& target,
                   const std::string& digest) {
  return {std::move(sentence), 400, "request_malformed", [=](TestWorld& w) {
            return w.send(w.json_request("POST", "/api/v1/assertions",
                                         {{"method", method}, {"target", target}, {"body_sha256", digest}}));
          }};
}

}  // namespace

std::vector<Row> registration_rows() {
  std::vector<Row> rows;
  add_devices(rows);
  add_changes(rows);
  add_once(rows);
  add_endings(rows);
  const std::string digest = base64url::encode(crypto::sha256(std::string_view()));
  rows.push_back(assertion_wish("An assertion for PATCH is not given out", "PATCH", "/api/v1/account", digest));
  rows.push_back(assertion_wish("An assertion for another server's address is not given out", "GET",
                                "https://other.example/", digest));
  rows.push_back(assertion_wish("An assertion for a target of 600 characters is not given out", "GET",
                                "/api/v1/" + std::string(600, 'a'), digest));
  rows.push_back(assertion_wish("An assertion for a digest of 31 bytes is not given out", "GET", "/api/v1/account",
                                base64url::encode(Bytes(31))));
  rows.push_back(assertion_wish("An assertion for a digest with padding is not given out", "GET", "/api/v1/account",
                                digest + "="));
  return rows;
}

}  // namespace mibun::server
