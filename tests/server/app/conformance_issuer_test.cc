#include <doctest/doctest.h>

#include <set>

#include "core/codecs/base64url.h"
#include "core/jose/jws.h"
#include "core/oid4vci/metadata.h"
#include "tests/server/world/test_world.h"

// The modules of the OpenID Foundation's conformance suite for issuers of OpenID4VCI 1.0, each played against the whole
// server by a wallet that does what the module does: docs/conformance/modules.md. A test is named after its module.
namespace mibun::server {
namespace {

Reply ask(const BoundToken& token, const json::Object& body) {
  return world().send(world().bound_request(token, "POST", "/oid4vci/credential", json::serialize(body)));
}

// A credential request that is right in every respect.
json::Object good_request() {
  const auto key = crypto::P256PrivateKey::generate();
  return world().credential_body({sign_jwt(world().key_proof(key, world().nonce()), key)});
}

// What the suite demands of every credential error: 400, JSON, nothing beside error and its description.
void check_refused(const Reply& reply, std::string_view error) {
  INFO(reply.response.body);
  CHECK(reply.status() == 400);
  CHECK(reply.response.content_type == "application/json");
  CHECK(reply.response.header("cache-control") == "no-store");
  CHECK(reply.code() == error);
  for (const auto& member : reply.json) CHECK((member.key() == "error" || member.key() == "error_description"));
}

TestRequest redeem(const Offer& offer) {
  const auto key = crypto::P256PrivateKey::generate();
  return world().token_request(world().code_fields(offer),
                               sign_jwt(world().dpop_proof(key, "POST", "/oauth/token"), key));
}

// What the suite looks at in a credential: type, chain without its anchor and without a self-signed leaf, holder's key.
void check_credential(const std::string& text, const crypto::P256PublicKey& holder) {
  const auto jws = must(jose::Jws::parse(std::string_view(text).substr(0, text.find('~'))));
  const json::Object payload = must(jws.unverified_payload());
  CHECK(payload.at("cnf").as_object().at("jwk") == json::Value(jose::Jwk(holder).to_json()));
  CHECK(payload.at("iss") == json::Value(kOrigin));
  CHECK((payload.contains("exp") || payload.contains("status")));
  const auto header = must(json::parse_object(as_text(must(base64url::decode(text.substr(0, text.find('.')))))));
  CHECK(header.at("typ") == "dc+sd-jwt");
  CHECK(header.at("alg") == "ES256");
  const crypto::CertificateChain chain = must(jws.x5c());
  REQUIRE(chain.members().size() == 1);
  CHECK_FALSE(must(crypto::Certificate::parse(chain.members()[0])).is_self_issued());
  CHECK(world().trust->credential_issuers.verify_chain(chain, world().clock.now()).has_value());
}

std::string with_broken_signature(std::string jwt) {
  char& c = jwt[jwt.rfind('.') + 10];
  c = c == 'A' ? 'B' : 'A';
  return jwt;
}

}  // namespace

TEST_CASE("oid4vci-1_0-issuer-fail-invalid-jwt-proof-signature: invalid_proof") {
  const auto key = crypto::P256PrivateKey::generate();
  const std::string proof = sign_jwt(world().key_proof(key, world().nonce()), key);
  check_refused(ask(world().holder_token(), world().credential_body({with_broken_signature(proof)})), "invalid_proof");
}

TEST_CASE("oid4vci-1_0-issuer-fail-invalid-nonce: invalid_nonce") {
  const auto key = crypto::P256PrivateKey::generate();
  const std::string made_up = world().nonce().replace(0, 8, "AAAAAAAA");
  check_refused(ask(world().holder_token(), world().credential_body({sign_jwt(world().key_proof(key, made_up), key)})),
                "invalid_nonce");
}

TEST_CASE("oid4vci-1_0-issuer-fail-missing-proof: invalid_proof") {
  json::Object request = good_request();
  request.erase("proofs");
  check_refused(ask(world().holder_token(), request), "invalid_proof");
}

TEST_CASE("oid4vci-1_0-issuer-fail-unknown-credential-configuration: unknown_credential_configuration") {
  json::Object request = good_request();
  request["credential_configuration_id"] = "unknown_configuration";
  check_refused(ask(world().holder_token(), request), "unknown_credential_configuration");
}

TEST_CASE("oid4vci-1_0-issuer-fail-unknown-credential-identifier: unknown_credential_identifier") {
  json::Object request = good_request();
  request.erase("credential_configuration_id");
  request["credential_identifier"] = "unknown_identifier";
  check_refused(ask(world().holder_token(), request), "unknown_credential_identifier");
}

TEST_CASE("oid4vci-1_0-issuer-fail-unsupported-encryption-algorithm: invalid_encryption_parameters") {
  json::Object jwk = jose::Jwk(crypto::P256PrivateKey::generate().public_key()).to_json();
  jwk["alg"] = "ECDH-ES";
  json::Object encryption;
  encryption["jwk"] = std::move(jwk);
  encryption["enc"] = "UNSUPPORTED_ALG";
  json::Object request = good_request();
  request["credential_response_encryption"] = std::move(encryption);
  check_refused(ask(world().holder_token(), request), "invalid_encryption_parameters");
}

TEST_CASE("oid4vci-1_0-issuer-fail-on-access-token-in-query: nothing is given for a token in the address") {
  const BoundToken token = world().holder_token();
  TestRequest request = world().bound_request(token, "POST", "/oid4vci/credential", json::serialize(good_request()));
  request.drop("Authorization");
  request.target += "?access_token=" + token.token;
  const Reply reply = world().send(request);
  CHECK((reply.status() == 400 || reply.status() == 401));
  CHECK(reply.response.body.find("credentials") == std::string::npos);
  // The token itself was good.
  CHECK(ask(token, good_request()).status() == 200);
}

TEST_CASE("oid4vci-1_0-issuer-batch-issuance: as many copies as proofs, which cannot be told to belong together") {
  const std::vector<HeldCard> cards = world().receive(world().holder_token(), 10);
  REQUIRE(cards.size() == 10);
  std::set<std::string> disclosures, indexes, holders, lists;
  std::size_t disclosures_each = 0;
  for (const HeldCard& card : cards) {
    const std::size_t jwt_end = card.text.find('~');
    std::size_t count = 0;
    for (std::size_t begin = jwt_end + 1, end; begin < card.text.size(); begin = end + 1, ++count) {
      end = card.text.find('~', begin);
      disclosures.insert(card.text.substr(begin, end - begin));
    }
    disclosures_each = count;
    const auto jws = must(jose::Jws::parse(std::string_view(card.text).substr(0, jwt_end)));
    const json::Object payload = must(jws.unverified_payload());
    const json::Object& list = payload.at("status").as_object().at("status_list").as_object();
    indexes.insert(json::serialize(list.at("idx")));
    lists.insert(std::string(list.at("uri").as_string()));
    holders.insert(json::serialize(payload.at("cnf")));
    for (const char* time : {"iat", "exp"}) {  // rounded, so that it does not tell the moment
      INFO(time);
      CHECK(payload.at(time).as_int64() % 3600 == 0);
    }
  }
  CHECK(disclosures.size() == 10 * disclosures_each);  // no salt twice
  CHECK(indexes.size() == 10);
  CHECK(holders.size() == 10);
  CHECK(lists.size() == 1);
}

TEST_CASE("oid4vci-1_0-issuer-metadata-test: what is published is what a strict reader takes") {
  const Reply reply = world().send_well({.target = "/.well-known/openid-credential-issuer"}, 200);
  CHECK(reply.response.content_type == "application/json");
  const auto metadata = oid4vci::IssuerMetadata::parse(reply.response.body, kOrigin);
  REQUIRE(metadata.has_value());
  CHECK(reply.text("credential_issuer") == kOrigin);
  for (const char* endpoint : {"credential_endpoint", "nonce_endpoint"}) {
    CHECK(reply.text(endpoint).starts_with("https://"));
  }
  for (const auto& configuration : reply.json.at("credential_configurations_supported").as_object()) {
    INFO(configuration.key());
    const json::Object& object = configuration.value().as_object();
    CHECK(object.contains("scope"));
    CHECK(object.contains("cryptographic_binding_methods_supported") == object.contains("proof_types_supported"));
    CHECK((object.at("format") == "dc+sd-jwt" || object.at("format") == "mso_mdoc"));
  }
}

TEST_CASE(
    "oid4vci-1_0-issuer-happy-flow: the pre-authorized grant ends with a credential, and a notification is taken") {
  const Reply token = world().send_well(redeem(world().fresh_offer()), 200);
  CHECK(token.response.header("cache-control") == "no-store");
  CHECK(token.text("token_type") == "DPoP");

  const BoundToken bound = world().holder_token();
  const auto key = crypto::P256PrivateKey::generate();
  const Reply reply = ask(bound, world().credential_body({sign_jwt(world().key_proof(key, world().nonce()), key)}));
  REQUIRE(reply.status() == 200);
  CHECK(reply.response.content_type == "application/json");
  CHECK(reply.response.header("cache-control") == "no-store");
  for (const auto& member : reply.json) CHECK((member.key() == "credentials" || member.key() == "notification_id"));
  REQUIRE(reply.json.at("credentials").as_array().size() == 1);
  check_credential(std::string(reply.json.at("credentials").as_array()[0].as_object().at("credential").as_string()),
                   key.public_key());

  json::Object notification{{"notification_id", reply.text("notification_id")}, {"event", "credential_accepted"}};
  const auto notify = [&] {
    return world().send(world().bound_request(bound, "POST", "/oid4vci/notification", json::serialize(notification)));
  };
  CHECK(notify().status() == 204);
  CHECK(notify().status() == 204);  // told twice, nothing happens twice
}

TEST_CASE("oid4vci-1_0-issuer-happy-flow-multiple-clients: two wallets, one after the other") {
  for (int wallet = 0; wallet < 2; ++wallet) {
    const auto key = crypto::P256PrivateKey::generate();
    const Reply reply =
        ask(world().holder_token(), world().credential_body({sign_jwt(world().key_proof(key, world().nonce()), key)}));
    REQUIRE(reply.status() == 200);
    check_credential(std::string(reply.json.at("credentials").as_array()[0].as_object().at("credential").as_string()),
                     key.public_key());
  }
}

TEST_CASE("oid4vci-1_0-issuer-happy-flow-skip-notification: who tells nothing has a card as good as any") {
  const AskedRequest asked = world().ask(world().shop);
  const HeldCard silent = world().receive(world().holder_token(), 1).front();
  CHECK(world().send(world().answer(asked, world().answer_form(world().fetch(asked), silent))).status() == 200);
}

TEST_CASE("oid4vci-1_0-issuer-happy-flow-additional-requests: a nonce is never cached") {
  const Reply reply = world().send_well({.method = "POST", .target = "/oid4vci/nonce"}, 200);
  CHECK(reply.response.header("cache-control") == "no-store");
  CHECK(reply.json.size() == 1);
  CHECK(reply.text("c_nonce") != world().nonce());
}

}  // namespace mibun::server
