#include "core/oid4vci/key_attestation.h"

#include <doctest/doctest.h>

#include <functional>

#include "core/jose/jws.h"
#include "platform/log/log.h"
#include "tests/server/world/attested_wallet.h"

// Keys must be attested where the metadata say so (attack A16): what is demanded, what gets cards, what does not.
namespace mibun::server {
namespace {

using Keys = std::vector<crypto::P256PrivateKey>;

Keys fresh_keys(std::size_t count) {
  Keys keys;
  for (std::size_t i = 0; i < count; ++i) keys.push_back(crypto::P256PrivateKey::generate());
  return keys;
}

std::vector<crypto::P256PublicKey> public_keys(const Keys& keys) {
  std::vector<crypto::P256PublicKey> list;
  for (const auto& key : keys) list.push_back(key.public_key());
  return list;
}

// By our own provider, for the keys of a wallet of `holder`.
std::string own_attestation(TestWorld& w, const Keys& keys, const std::string& nonce) {
  std::vector<std::string> possessions;
  for (const auto& key : keys) possessions.push_back(possession_of(w, key, w.holder.account_id));
  return w.send_well(key_attestation_request(w, w.holder, nonce, possessions), 201).text("key_attestation");
}

std::string proof_of(const TestWorld& w, const crypto::P256Signer& key, const std::string& nonce,
                     const std::optional<std::string>& attestation) {
  JwtParts proof = w.key_proof(key, nonce);
  proof.header.erase("key_attestation");
  if (attestation) proof.header["key_attestation"] = *attestation;
  return sign_jwt(proof, key);
}

Reply ask(const TestWorld& w, const BoundToken& token, const json::Object& body) {
  return w.send(w.bound_request(token, "POST", "/oid4vci/credential", json::serialize(body)));
}

// The proof type `attestation`.
json::Object attestation_body(const TestWorld& w, const std::string& attestation) {
  json::Object body = w.credential_body({});
  body["proofs"] = json::Object{{"attestation", json::Array{json::Value(attestation)}}};
  return body;
}

// The foreign provider's attestation of one key, changed before it is signed, by `signer`.
using Change = std::function<void(TestWorld&, JwtParts&)>;
std::string changed_attestation(TestWorld& w, const crypto::P256Signer& key, const std::string& nonce,
                                const Change& change, const crypto::P256Signer& signer) {
  const auto jws = must(jose::Jws::parse(w.key_attestation({key.public_key()}, nonce)));
  JwtParts parts{jws.unverified_header(), must(jws.unverified_payload())};
  change(w, parts);
  return sign_jwt(parts, signer);
}

json::Object types_of(const TestWorld& w, std::string_view configuration) {
  const json::Object metadata = w.send_well({.target = "/.well-known/openid-credential-issuer"}, 200).json;
  const json::Value& card = metadata.at("credential_configurations_supported").as_object().at(configuration);
  return card.as_object().at("proof_types_supported").as_object();
}

}  // namespace

TEST_CASE("the metadata demand attested keys for every card, of both proof types") {
  TestWorld& w = world();
  for (const std::string& card : configuration_ids()) {
    const json::Object types = types_of(w, card);
    for (const char* type : {"jwt", "attestation"}) {
      const json::Object& required = types.at(type).as_object().at("key_attestations_required").as_object();
      CHECK(required.size() == 1);
      CHECK(required.at("key_storage").as_array().at(0).as_string() ==
            std::string(kOrigin) + "/wallet-provider/key-storage/software");
      CHECK(required.at("key_storage").as_array().size() == 5);
    }
  }
}

TEST_CASE("attested keys get a card each, by either proof type, from our provider and from another that is trusted") {
  TestWorld& w = world();
  for (const bool own : {true, false}) {
    for (const bool alone : {true, false}) {
      const BoundToken token = w.holder_token();
      const std::string nonce = w.nonce();
      const Keys keys = fresh_keys(3);
      const std::string attestation =
          own ? own_attestation(w, keys, nonce) : w.key_attestation(public_keys(keys), nonce);
      const json::Object body =
          alone ? attestation_body(w, attestation) : w.credential_body({proof_of(w, keys[0], nonce, attestation)});
      const Reply issued = ask(w, token, body);
      REQUIRE(issued.status() == 200);
      const json::Array& cards = issued.json.at("credentials").as_array();
      REQUIRE(cards.size() == keys.size());
      for (std::size_t i = 0; i < keys.size(); ++i) {  // for these keys, in their order
        const auto& text = cards[i].as_object().at("credential").as_string();
        const auto jws = must(jose::Jws::parse(std::string_view(text).substr(0, text.find('~'))));
        CHECK(must(jws.unverified_payload()).at("cnf").as_object().at("jwk") ==
              jose::Jwk(keys[i].public_key()).to_json());
      }
    }
  }
}

TEST_CASE("a key attestation with anything wrong gets no card, and uses nothing up") {
  struct Row {
    const char* why;
    Change change;
    const char* want = "invalid_proof";
    bool in_proof_only = false;
  };
  const Change kUnchanged = [](TestWorld&, JwtParts&) {};
  const auto now = [](TestWorld& w) { return w.clock.now().unix_seconds(); };
  const Row rows[] = {
      {"another typ", [](TestWorld&, JwtParts& parts) { parts.header["typ"] = "openid4vci-proof+jwt"; }},
      {"alg none", [](TestWorld&, JwtParts& parts) { parts.header["alg"] = "none"; }},
      {"no chain", [](TestWorld&, JwtParts& parts) { parts.header.erase("x5c"); }},
      {"a key of its own",
       [](TestWorld&, JwtParts& parts) {
         parts.header["jwk"] = jose::Jwk(crypto::P256PrivateKey::generate().public_key()).to_json();
       }},
      {"another provider's name", [](TestWorld&, JwtParts& parts) { parts.payload["iss"] = "https://mibun.example"; }},
      {"no keys", [](TestWorld&, JwtParts& parts) { parts.payload["attested_keys"] = json::Array(); }},
      {"other keys",
       [](TestWorld&, JwtParts& parts) {
         parts.payload["attested_keys"] =
             json::Array{jose::Jwk(crypto::P256PrivateKey::generate().public_key()).to_json()};
       },
       "invalid_proof", true},
      {"eleven keys",
       [](TestWorld&, JwtParts& parts) {
         json::Array& keys = parts.payload["attested_keys"].as_array();
         for (const auto& key : fresh_keys(10)) keys.push_back(jose::Jwk(key.public_key()).to_json());
       }},
      {"the nonce of nobody", [](TestWorld&, JwtParts& parts) { parts.payload["nonce"] = kCanary; }, "invalid_nonce"},
      {"no nonce", [](TestWorld&, JwtParts& parts) { parts.payload.erase("nonce"); }},
      {"no word of the storage", [](TestWorld&, JwtParts& parts) { parts.payload.erase("key_storage"); }},
      {"a storage nobody knows",
       [](TestWorld&, JwtParts& parts) { parts.payload["key_storage"] = json::Array{"best"}; }},
      {"from 301 seconds ago", [=](TestWorld& w, JwtParts& parts) { parts.payload["iat"] = now(w) - 301; }},
      {"from 61 seconds ahead", [=](TestWorld& w, JwtParts& parts) { parts.payload["iat"] = now(w) + 61; }},
      {"run out", [=](TestWorld& w, JwtParts& parts) { parts.payload["exp"] = now(w) - 61; }},
      {"without an end", [](TestWorld&, JwtParts& parts) { parts.payload.erase("exp"); }, "invalid_proof", true},
      {"one whose status cannot be looked up",
       [](TestWorld&, JwtParts& parts) {
         const json::Object list{{"idx", 1}, {"uri", "https://foreign.example/status/1"}};
         parts.payload["status"] = json::Object{{"status_list", list}};
       },
       "unavailable"},
  };
  TestWorld& w = world();
  const BoundToken token = w.holder_token();
  const std::string nonce = w.nonce();
  for (const Row& row : rows) {
    CAPTURE(row.why);
    const auto key = crypto::P256PrivateKey::generate();
    const std::string bad = changed_attestation(w, key, nonce, row.change, w.foreign_provider.key);
    CHECK(ask(w, token, w.credential_body({proof_of(w, key, nonce, bad)})).code() == row.want);
    if (!row.in_proof_only) CHECK(ask(w, token, attestation_body(w, bad)).code() == row.want);
  }
  const auto key = crypto::P256PrivateKey::generate();
  const std::string good = changed_attestation(w, key, nonce, kUnchanged, w.foreign_provider.key);
  CHECK(ask(w, token, w.credential_body({proof_of(w, key, nonce, good)})).status() == 200);
}

TEST_CASE("only a provider that is trusted for it attests keys") {
  TestWorld& w = world();
  const TestAuthority strangers("strangers");
  const TestSigner untrusted(strangers, crypto::CertificatePurpose::wallet_provider, "foreign.example");
  const TestSigner issuer(w.foreign_providers, crypto::CertificatePurpose::credential_issuer, "foreign.example");
  const std::string nonce = w.nonce();
  const BoundToken token = w.holder_token();
  for (const TestSigner* signer : {&untrusted, &issuer}) {
    const auto key = crypto::P256PrivateKey::generate();
    const auto chain = [&](TestWorld&, JwtParts& parts) { parts.header["x5c"] = jose::x5c_member(signer->chain); };
    const std::string bad = changed_attestation(w, key, nonce, chain, signer->key);
    CHECK(ask(w, token, w.credential_body({proof_of(w, key, nonce, bad)})).code() == "invalid_proof");
    CHECK(ask(w, token, attestation_body(w, bad)).code() == "invalid_proof");
  }
}

TEST_CASE("A16: where attested keys are demanded, no key goes without") {
  TestWorld& w = world();
  const BoundToken token = w.holder_token();
  const std::string nonce = w.nonce();
  const Keys keys = fresh_keys(2);
  const std::string attestation = w.key_attestation(public_keys(keys), nonce);
  const auto code = [&](const json::Object& body) { return ask(w, token, body).code(); };
  CHECK(code(w.credential_body({proof_of(w, keys[0], nonce, std::nullopt)})) == "invalid_proof");
  CHECK(code(w.credential_body(
            {proof_of(w, keys[0], nonce, attestation), proof_of(w, keys[1], nonce, std::nullopt)})) == "invalid_proof");
  const auto other = crypto::P256PrivateKey::generate();
  CHECK(code(w.credential_body({proof_of(w, keys[0], nonce, attestation), proof_of(w, other, nonce, attestation)})) ==
        "invalid_proof");
  CHECK(code(attestation_body(w, proof_of(w, keys[0], nonce, attestation))) == "invalid_proof");
}

TEST_CASE("oid4vci-1_0-issuer-fail-invalid-key-attestation-signature: refused") {
  TestWorld& w = world();
  const BoundToken token = w.holder_token();
  const std::string nonce = w.nonce();
  const Keys keys = fresh_keys(1);
  std::string spoiled = own_attestation(w, keys, nonce);
  char& middle = spoiled[spoiled.rfind('.') + 20];
  middle = middle == 'A' ? 'B' : 'A';
  const Reply in_proof = ask(w, token, w.credential_body({proof_of(w, keys[0], nonce, spoiled)}));
  CHECK(in_proof.status() == 400);
  CHECK(in_proof.code() == "invalid_proof");
  CHECK(ask(w, token, attestation_body(w, spoiled)).code() == "invalid_proof");
}

TEST_CASE("a card whose keys need no attestation is said to be such, and only that one goes without") {
  TestWorld w({std::string(kPhotoIdConfiguration)});
  CHECK(types_of(w, kPhotoIdConfiguration).size() == 1);
  CHECK(!types_of(w, kPhotoIdConfiguration).at("jwt").as_object().contains("key_attestations_required"));
  CHECK(types_of(w, kIdentityConfiguration).at("jwt").as_object().contains("key_attestations_required"));

  const BoundToken token = w.holder_token();
  const std::string nonce = w.nonce();
  const auto key = crypto::P256PrivateKey::generate();
  const std::string bare = proof_of(w, key, nonce, std::nullopt);
  CHECK(ask(w, token, w.credential_body({bare}, kIdentityConfiguration)).code() == "invalid_proof");
  json::Object alone = attestation_body(w, w.key_attestation({key.public_key()}, nonce));
  alone["credential_configuration_id"] = kPhotoIdConfiguration;
  CHECK(ask(w, token, alone).code() == "invalid_proof");  // not a proof type of this card
  CHECK(ask(w, token, w.credential_body({bare}, kPhotoIdConfiguration)).status() == 200);
  log::open(world().log_file(), log::Level::info);  // there is one log: back to that of the others
}

}  // namespace mibun::server
