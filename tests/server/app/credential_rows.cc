#include "core/jose/jwk.h"
#include "core/oid4vci/encryption.h"
#include "tests/server/app/row.h"
#include "tests/server/world/issuing.h"

namespace mibun::server {
namespace {

constexpr std::string_view kEndpoint = "/oid4vci/credential";

using Change = std::function<void(TestWorld&, JwtParts&)>;

Reply ask(TestWorld& w, const BoundToken& token, const json::Object& body) {
  return w.send(w.bound_request(token, "POST", std::string(kEndpoint), json::serialize(body)));
}

std::string good_proof(TestWorld& w, const std::string& nonce) {
  const auto key = crypto::P256PrivateKey::generate();
  return sign_jwt(w.key_proof(key, nonce), key);
}

// The one proof of a request changed before it is signed.
Row proof(std::string sentence, int status, std::string code, Change change) {
  return {std::move(sentence), status, std::move(code), [change = std::move(change)](TestWorld& w) {
            const BoundToken token = w.holder_token();
            const auto key = crypto::P256PrivateKey::generate();
            JwtParts parts = w.key_proof(key, w.nonce());
            change(w, parts);
            return ask(w, token, w.credential_body({sign_jwt(parts, key)}));
          }};
}

Row proof_at(std::string sentence, int status, std::string code, std::int64_t seconds_from_now) {
  return proof(std::move(sentence), status, std::move(code), [=](TestWorld& w, JwtParts& parts) {
    parts.payload["iat"] = w.clock.now().unix_seconds() + seconds_from_now;
  });
}

// The body of an otherwise good request changed.
Row body(std::string sentence, std::string code, std::function<void(TestWorld&, json::Object&)> change) {
  return {std::move(sentence), 400, std::move(code), [change = std::move(change)](TestWorld& w) {
            const BoundToken token = w.holder_token();
            json::Object object = w.credential_body({good_proof(w, w.nonce())});
            change(w, object);
            return ask(w, token, object);
          }};
}

void add_proofs(std::vector<Row>& rows) {
  rows.push_back(proof("A key proof for another issuer is refused", 400, "invalid_proof",
                       [](TestWorld&, JwtParts& parts) { parts.payload["aud"] = "https://other.example"; }));
  rows.push_back(proof("A key proof for the issuer with a slash is refused", 400, "invalid_proof",
                       [](TestWorld&, JwtParts& parts) { parts.payload["aud"] = std::string(kOrigin) + "/"; }));
  rows.push_back(proof("A key proof that names a client is refused", 400, "invalid_proof",
                       [](TestWorld&, JwtParts& parts) { parts.payload["iss"] = kCanary; }));
  for (const char* name : {"aud", "iat", "nonce"}) {
    rows.push_back(proof("A key proof without " + std::string(name) + " is refused", 400, "invalid_proof",
                         [name](TestWorld&, JwtParts& parts) { parts.payload.erase(name); }));
  }
  rows.push_back(proof("A key proof with a nonce that nobody gave out is refused", 400, "invalid_nonce",
                       [](TestWorld&, JwtParts& parts) { parts.payload["nonce"] = kCanary; }));
  rows.push_back(proof("A key proof whose jwk has a private member is refused", 400, "invalid_proof",
                       [](TestWorld&, JwtParts& parts) { parts.header["jwk"].as_object()["d"] = "AAAA"; }));
  rows.push_back(proof("A key proof whose jwk is on another curve is refused", 400, "invalid_proof",
                       [](TestWorld&, JwtParts& parts) { parts.header["jwk"].as_object()["crv"] = "P-384"; }));
  rows.push_back(proof("A key proof whose jwk is not on the curve is refused", 400, "invalid_proof",
                       [](TestWorld&, JwtParts& parts) {
                         json::Object& jwk = parts.header["jwk"].as_object();
                         jwk["y"] = jwk["x"];
                       }));
  rows.push_back(proof("A key proof of 50 KiB is refused", 400, "invalid_proof",
                       [](TestWorld&, JwtParts& parts) { parts.payload["extra"] = std::string(36 * 1024, 'k'); }));
  rows.push_back(proof_at("A key proof of 300 seconds ago is good", 200, "", -300));
  rows.push_back(proof_at("A key proof of 301 seconds ago is refused", 400, "invalid_proof", -301));
  rows.push_back(proof_at("A key proof from 60 seconds ahead is good", 200, "", 60));
  rows.push_back(proof_at("A key proof from 61 seconds ahead is refused", 400, "invalid_proof", 61));
}

Row aged_nonce(std::string sentence, int status, std::string code, milliseconds age) {
  return {std::move(sentence), status, std::move(code), [age](TestWorld& w) {
            const std::string nonce = w.nonce();
            w.clock.advance(age);
            return ask(w, w.holder_token(), w.credential_body({good_proof(w, nonce)}));
          }};
}

void add_nonces(std::vector<Row>& rows) {
  rows.push_back({"A nonce that was used before is refused", 400, "invalid_nonce", [](TestWorld& w) {
                    const std::string nonce = w.nonce();
                    if (ask(w, w.holder_token(), w.credential_body({good_proof(w, nonce)})).status() != 200) {
                      throw std::runtime_error("first use");
                    }
                    return ask(w, w.holder_token(), w.credential_body({good_proof(w, nonce)}));
                  }});
  rows.push_back({"Two proofs with two nonces are refused", 400, "invalid_nonce", [](TestWorld& w) {
                    return ask(w, w.holder_token(),
                               w.credential_body({good_proof(w, w.nonce()), good_proof(w, w.nonce())}));
                  }});
  rows.push_back({"Two proofs of one key are refused", 400, "invalid_proof", [](TestWorld& w) {
                    const auto key = crypto::P256PrivateKey::generate();
                    const std::string nonce = w.nonce();
                    return ask(w, w.holder_token(),
                               w.credential_body(
                                   {sign_jwt(w.key_proof(key, nonce), key), sign_jwt(w.key_proof(key, nonce), key)}));
                  }});
  rows.push_back({"Eleven proofs are refused", 400, "invalid_credential_request", [](TestWorld& w) {
                    return ask(w, w.holder_token(), w.credential_body(std::vector<std::string>(11, "x")));
                  }});
  rows.push_back(
      aged_nonce("A nonce is good one second before five minutes are over", 200, "", std::chrono::seconds(299)));
  rows.push_back(
      aged_nonce("A nonce of exactly five minutes is refused", 400, "invalid_nonce", std::chrono::seconds(300)));
  rows.push_back(
      aged_nonce("A nonce of five minutes and a second is refused", 400, "invalid_nonce", std::chrono::seconds(301)));
}

void add_bodies(std::vector<Row>& rows) {
  rows.push_back(body("A credential configuration that does not exist is refused", "unknown_credential_configuration",
                      [](TestWorld&, json::Object& object) { object["credential_configuration_id"] = kCanary; }));
  rows.push_back(body("A credential identifier that nobody gave out is refused", "unknown_credential_identifier",
                      [](TestWorld&, json::Object& object) {
                        object.erase("credential_configuration_id");
                        object["credential_identifier"] = kCanary;
                      }));
  rows.push_back(body("A configuration and an identifier together are refused", "invalid_credential_request",
                      [](TestWorld&, json::Object& object) { object["credential_identifier"] = kCanary; }));
  rows.push_back(
      body("A wish for an encrypted answer is refused", "invalid_encryption_parameters",
           [](TestWorld&, json::Object& object) { object["credential_response_encryption"] = json::Object(); }));
  rows.push_back(body("The single proof of earlier drafts is refused", "invalid_credential_request",
                      [](TestWorld&, json::Object& object) { object["proof"] = json::Object(); }));
  rows.push_back(body("A request without proofs is refused", "invalid_proof",
                      [](TestWorld&, json::Object& object) { object.erase("proofs"); }));
  rows.push_back(body("Proofs of another type are refused", "invalid_proof", [](TestWorld&, json::Object& object) {
    json::Object proofs;
    proofs["di_vp"] = json::Array{json::Value(json::Object())};
    object["proofs"] = std::move(proofs);
  }));
  rows.push_back(body("Proofs that are an array are refused", "invalid_credential_request",
                      [](TestWorld&, json::Object& object) { object["proofs"] = json::Array(); }));
  rows.push_back(body("An empty list of proofs is refused", "invalid_credential_request",
                      [](TestWorld&, json::Object& object) { object["proofs"].as_object()["jwt"] = json::Array(); }));
}

void add_tokens(std::vector<Row>& rows) {
  rows.push_back({"The credential endpoint without a token answers with a bare challenge", 401, "", [](TestWorld& w) {
                    return w.send(w.json_request("POST", std::string(kEndpoint), w.credential_body({"x"})));
                  }});
  rows.push_back({"The notification endpoint without a token answers with a bare challenge", 401, "",
                  [](TestWorld& w) { return w.send(w.json_request("POST", "/oid4vci/notification", {})); }});
  for (const char* path : {"/oid4vci/credential", "/oid4vci/notification"}) {
    rows.push_back({std::string(path) + " with a partner's token is refused", 403, "insufficient_scope",
                    [path](TestWorld& w) { return w.send(w.bound_request(w.token(w.shop), "POST", path, "{}")); }});
    rows.push_back(
        {std::string(path) + " with a token as bearer is refused", 401, "invalid_token", [path](TestWorld& w) {
           TestRequest request = w.bound_request(w.token(w.shop), "POST", path, "{}");
           return w.send(request.set("Authorization", "Bearer x"));
         }});
  }
  rows.push_back({"A holder's token at a staff route is refused", 403, "oauth_insufficient_scope", [](TestWorld& w) {
                    return w.send(w.bound_request(w.holder_token(), "GET", "/api/v1/staff/cases"));
                  }});
  rows.push_back({"A holder's token at a partner route is refused", 403, "oauth_insufficient_scope", [](TestWorld& w) {
                    return w.send(w.bound_request(w.holder_token(), "POST", "/api/v1/partner/requests", "{}"));
                  }});
  rows.push_back({"A token gives cards once", 400, "credential_request_denied", [](TestWorld& w) {
                    const BoundToken token = w.holder_token();
                    if (ask(w, token, w.credential_body({good_proof(w, w.nonce())})).status() != 200) {
                      throw std::runtime_error("first use");
                    }
                    return ask(w, token, w.credential_body({good_proof(w, w.nonce())}));
                  }});
  rows.push_back({"A DPoP proof that was used at the credential endpoint is refused there", 401, "invalid_dpop_proof",
                  [](TestWorld& w) {
                    const TestRequest request = w.bound_request(w.holder_token(), "POST", std::string(kEndpoint), "{}");
                    w.send_well(request, 400);
                    return w.send(request);
                  }});
  rows.push_back({"A stolen holder's token is refused with the thief's key", 401, "invalid_token", [](TestWorld& w) {
                    const BoundToken stolen{w.holder_token().token, w.shop.dpop_key};
                    return ask(w, stolen, w.credential_body({"x"}));
                  }});
  rows.push_back(
      {"A notification about an issuance of nobody is refused", 400, "invalid_notification_id", [](TestWorld& w) {
         return w.send(w.bound_request(w.holder_token(), "POST", "/oid4vci/notification",
                                       R"({"notification_id":"kanaria7391","event":"credential_accepted"})"));
       }});
  rows.push_back({"A notification of an event that does not exist is refused", 400, "invalid_notification_request",
                  [](TestWorld& w) {
                    return w.send(w.bound_request(w.holder_token(), "POST", "/oid4vci/notification",
                                                  R"({"notification_id":"a","event":"kanaria7391"})"));
                  }});
}

// An encrypted request with one thing wrong in what it says of its answer.
Row answer_key(std::string sentence, std::function<void(json::Object&)> change) {
  return {std::move(sentence), 400, "invalid_encryption_parameters", [change = std::move(change)](TestWorld& w) {
            json::Object jwk = answer_key_json();
            change(jwk);
            const auto sealed = encrypt_request(w, ask_for_cards(w, kIdentityConfiguration, 1).body,
                                                jose::ContentEncryption::a256gcm, jwk);
            return w.send(sealed.request(w, w.holder_token(), kEndpoint));
          }};
}

Row sealed_body(std::string sentence, int status, std::string code, std::string target,
                std::function<std::string(TestWorld&)> make) {
  return {std::move(sentence), status, std::move(code),
          [target = std::move(target), make = std::move(make)](TestWorld& w) {
            return w.send(EncryptedAsk{make(w)}.request(w, w.holder_token(), target));
          }};
}

void add_encryption(std::vector<Row>& rows) {
  rows.push_back(body("A request in clear that wants an encrypted answer is refused", "invalid_encryption_parameters",
                      [](TestWorld&, json::Object& object) {
                        object["credential_response_encryption"] =
                            json::Object{{"jwk", answer_key_json()}, {"enc", "A256GCM"}};
                      }));
  rows.push_back(answer_key("An answer key without alg is refused", [](json::Object& jwk) { jwk.erase("alg"); }));
  rows.push_back(
      answer_key("An answer key for another alg is refused", [](json::Object& jwk) { jwk["alg"] = "ECDH-ES+A256KW"; }));
  rows.push_back(answer_key("An answer key for signatures is refused", [](json::Object& jwk) { jwk["use"] = "sig"; }));
  rows.push_back(
      answer_key("An answer key on another curve is refused", [](json::Object& jwk) { jwk["crv"] = "P-384"; }));
  rows.push_back(
      answer_key("An answer key that is not on the curve is refused", [](json::Object& jwk) { jwk["y"] = jwk["x"]; }));
  for (const char* target : {"/oid4vci/credential", "/oid4vci/deferred_credential"}) {
    const std::string at = std::string(" at ") + target;
    rows.push_back(sealed_body("An encrypted request that is no JWE is refused" + at, 400,
                               "invalid_encryption_parameters", target, [](TestWorld&) { return "a.b.c.d.e"; }));
    rows.push_back(sealed_body("A JSON body said to be encrypted is refused" + at, 400, "invalid_encryption_parameters",
                               target, [](TestWorld&) { return "{}"; }));
    rows.push_back(sealed_body("A request encrypted to another key is refused" + at, 400,
                               "invalid_encryption_parameters", target, [](TestWorld& w) {
                                 jose::Jwk jwk(crypto::P256PrivateKey::generate().public_key());
                                 jwk.set_kid("other");
                                 return must(oid4vci::encrypt_message({{"transaction_id", "t"}}, jwk,
                                                                      jose::ContentEncryption::a256gcm, w.rng));
                               }));
    rows.push_back(sealed_body(
        "An encrypted request of nothing is refused" + at, 400, "invalid_credential_request", target,
        [](TestWorld& w) { return encrypt_request(w, {}, jose::ContentEncryption::a128gcm, std::nullopt).body; }));
    rows.push_back(
        sealed_body("A private key inside an encrypted request is refused" + at, 400, "private_key_rejected", target,
                    [](TestWorld& w) {
                      json::Object jwk = answer_key_json();
                      jwk["d"] = jwk["x"];
                      return encrypt_request(w, {{"transaction_id", "t"}}, jose::ContentEncryption::a128gcm, jwk).body;
                    }));
  }
}

void add_deferred(std::vector<Row>& rows) {
  rows.push_back({"A transaction that nobody began is refused", 400, "invalid_transaction_id",
                  [](TestWorld& w) { return w.send(deferred_request(w, w.holder_token(), std::string(kCanary))); }});
  rows.push_back({"A transaction is asked for with a token", 401, "", [](TestWorld& w) {
                    return w.send(w.json_request("POST", "/oid4vci/deferred_credential", {{"transaction_id", "t"}}));
                  }});
  rows.push_back({"A deferred request that wants an encrypted answer must be encrypted", 400,
                  "invalid_encryption_parameters", [](TestWorld& w) {
                    json::Object object{{"transaction_id", "t"}};
                    object["credential_response_encryption"] =
                        json::Object{{"jwk", answer_key_json()}, {"enc", "A256GCM"}};
                    return w.send(w.bound_request(w.holder_token(), "POST", "/oid4vci/deferred_credential",
                                                  json::serialize(object)));
                  }});
}

}  // namespace

std::vector<Row> credential_rows() {
  std::vector<Row> rows;
  add_proofs(rows);
  add_nonces(rows);
  add_bodies(rows);
  add_tokens(rows);
  add_encryption(rows);
  add_deferred(rows);
  return rows;
}

}  // namespace mibun::server
