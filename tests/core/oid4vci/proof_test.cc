#include "core/oid4vci/proof.h"

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"
#include "tests/core/oid4vci/support.h"

using namespace mibun;
using namespace mibun::oid4vci;

namespace {

constexpr std::string_view kIssuer = "https://issuer.example";

KeyProofPolicy policy(Instant now = kNow) {
  return {.credential_issuer = kIssuer,
          .client = AnonymousClient{},
          .key_attestation = KeyAttestationNotUsed{},
          .keys_max = 10,
          .now = now};
}

class Fixture {
 public:
  Draft draft() const {
    return {{{"typ", "openid4vci-proof+jwt"}, {"jwk", jose::Jwk(key.public_key()).to_json()}},
            {{"aud", kIssuer}, {"iat", kNow.unix_seconds()}, {"nonce", "c-nonce"}}};
  }
  std::string sign(const Draft& proof) const { return proof.sign(key); }
  Result<VerifiedKeyProofs> verify_one(const std::string& proof, const KeyProofPolicy& expected = policy()) const {
    const std::vector<std::string> proofs = {proof};
    return VerifiedKeyProofs::verify(proofs, expected);
  }

  SeededRng rng{2};
  crypto::P256PrivateKey key = key_from(rng);
};

}  // namespace

TEST_CASE("ten proofs for ten keys verify, in their order") {
  Fixture f;
  std::vector<crypto::P256PrivateKey> keys;
  std::vector<std::string> proofs;
  for (int i = 0; i < 10; ++i) {
    keys.push_back(key_from(f.rng));
    proofs.push_back(make_key_proof({.credential_issuer = kIssuer, .nonce = "c-nonce"}, keys.back(), kNow).value());
  }
  const auto verified = VerifiedKeyProofs::verify(proofs, policy()).value();
  CHECK(verified.nonce() == "c-nonce");
  REQUIRE(verified.keys().size() == 10);
  for (std::size_t i = 0; i < 10; ++i) CHECK(verified.keys()[i].key() == keys[i].public_key());

  // One bad proof among good ones spoils the request: no credential is issued for the rest.
  for (std::size_t bad = 0; bad < 10; ++bad) {
    std::vector<std::string> changed = proofs;
    changed[bad].back() = changed[bad].back() == 'A' ? 'Q' : 'A';
    CHECK(code_of(VerifiedKeyProofs::verify(changed, policy())) == "oid4vci_invalid_proof");
    CHECK(VerifiedKeyProofs::verify(changed, policy())
              .error()
              .where.starts_with("proofs.jwt[" + std::to_string(bad) + "]"));
  }
}

TEST_CASE("a proof with anything wrong is refused, and the detail says why") {
  Fixture f;
  struct Row {
    const char* why;
    void (*change)(Draft&);
    const char* want;
  };
  static constexpr Row rows[] = {
      {"unchanged", [](Draft&) {}, "accepted"},
      {"typ with application/", [](Draft& d) { d.header["typ"] = "application/openid4vci-proof+jwt"; }, "accepted"},
      {"an unknown claim", [](Draft& d) { d.payload["x"] = 1; }, "accepted"},
      {"iat at the old edge", [](Draft& d) { d.payload["iat"] = kNow.unix_seconds() - 300; }, "accepted"},
      {"iat at the new edge", [](Draft& d) { d.payload["iat"] = kNow.unix_seconds() + 60; }, "accepted"},
      {"typ of a DPoP proof", [](Draft& d) { d.header["typ"] = "dpop+jwt"; }, "oid4vci_invalid_proof/jws_typ_mismatch"},
      {"typ of a key binding JWT", [](Draft& d) { d.header["typ"] = "kb+jwt"; },
       "oid4vci_invalid_proof/jws_typ_mismatch"},
      {"no typ", [](Draft& d) { d.header.erase("typ"); }, "oid4vci_invalid_proof/jws_typ_mismatch"},
      {"no jwk", [](Draft& d) { d.header.erase("jwk"); }, "oid4vci_invalid_proof/missing"},
      {"kid instead of jwk",
       [](Draft& d) {
         d.header.erase("jwk");
         d.header["kid"] = "did:example:1#0";
       },
       "oid4vci_invalid_proof/missing"},
      {"kid beside jwk", [](Draft& d) { d.header["kid"] = "k"; }, "oid4vci_invalid_proof/jws_header_not_allowed"},
      {"x5c beside jwk", [](Draft& d) { d.header["x5c"] = json::Array{"AAAA"}; },
       "oid4vci_invalid_proof/jws_header_not_allowed"},
      {"private jwk", [](Draft& d) { d.header["jwk"].as_object()["d"] = "AAAA"; },
       "oid4vci_invalid_proof/private_key_rejected"},
      {"symmetric jwk", [](Draft& d) { d.header["jwk"] = json::Object{{"kty", "oct"}, {"k", "AAAA"}}; },
       "oid4vci_invalid_proof/private_key_rejected"},
      {"RSA jwk", [](Draft& d) { d.header["jwk"] = json::Object{{"kty", "RSA"}, {"n", "AAAA"}, {"e", "AQAB"}}; },
       "oid4vci_invalid_proof/jwk_unsupported"},
      {"a point off the curve",
       [](Draft& d) {
         auto& jwk = d.header["jwk"].as_object();
         jwk["y"] = jwk["x"];
       },
       "oid4vci_invalid_proof/public_key_not_on_curve"},
      {"crit", [](Draft& d) { d.header["crit"] = json::Array{"x"}; }, "oid4vci_invalid_proof/jws_crit_not_understood"},
      {"no aud", [](Draft& d) { d.payload.erase("aud"); }, "oid4vci_invalid_proof/json_missing_member"},
      {"aud an array", [](Draft& d) { d.payload["aud"] = json::Array{json::Value(kIssuer)}; },
       "oid4vci_invalid_proof/json_wrong_type"},
      {"another issuer", [](Draft& d) { d.payload["aud"] = "https://other.example"; },
       "oid4vci_invalid_proof/another credential issuer"},
      {"issuer with a slash more", [](Draft& d) { d.payload["aud"] = "https://issuer.example/"; },
       "oid4vci_invalid_proof/another credential issuer"},
      {"the credential endpoint", [](Draft& d) { d.payload["aud"] = "https://issuer.example/credential"; },
       "oid4vci_invalid_proof/another credential issuer"},
      {"iss of an anonymous client", [](Draft& d) { d.payload["iss"] = "wallet"; },
       "oid4vci_invalid_proof/must be absent for an anonymous client"},
      {"no iat", [](Draft& d) { d.payload.erase("iat"); }, "oid4vci_invalid_proof/json_missing_member"},
      {"iat a string", [](Draft& d) { d.payload["iat"] = "now"; }, "oid4vci_invalid_proof/jwt_claim_wrong_type"},
      {"iat a second too old", [](Draft& d) { d.payload["iat"] = kNow.unix_seconds() - 301; },
       "oid4vci_invalid_proof/too old"},
      {"iat a second too new", [](Draft& d) { d.payload["iat"] = kNow.unix_seconds() + 61; },
       "oid4vci_invalid_proof/in the future"},
      {"no nonce", [](Draft& d) { d.payload.erase("nonce"); }, "oid4vci_invalid_proof/json_missing_member"},
      {"empty nonce", [](Draft& d) { d.payload["nonce"] = ""; }, "oid4vci_invalid_proof/empty or too long"},
      {"nonce too long", [](Draft& d) { d.payload["nonce"] = std::string(257, 'n'); },
       "oid4vci_invalid_proof/empty or too long"},
      {"nonce a number", [](Draft& d) { d.payload["nonce"] = 5; }, "oid4vci_invalid_proof/json_wrong_type"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    Draft draft = f.draft();
    row.change(draft);
    CHECK(outcome(f.verify_one(f.sign(draft))) == row.want);
  }
}

TEST_CASE("algorithms other than ES256 and foreign signatures are refused") {
  Fixture f;
  const std::string good = f.sign(f.draft());
  const std::string payload = base64url::encode(json::serialize(f.draft().payload));
  for (const char* alg : {"none", "HS256", "ES384", "RS256"}) {
    json::Object header = f.draft().header;
    header["alg"] = alg;
    const std::string head = base64url::encode(json::serialize(header)) + "." + payload + ".";
    CHECK(outcome(f.verify_one(head + good.substr(good.rfind('.') + 1))) ==
          "oid4vci_invalid_proof/jws_alg_not_allowed");
    CHECK(code_of(f.verify_one(head)) == "oid4vci_invalid_proof");
    const auto mac = crypto::hmac_sha256(f.key.public_key().point(), as_bytes(head.substr(0, head.size() - 1)));
    CHECK(code_of(f.verify_one(head + base64url::encode(mac))) == "oid4vci_invalid_proof");
  }
  const crypto::P256PrivateKey other = key_from(f.rng);
  CHECK(outcome(f.verify_one(jose::sign_jws(f.draft().header, f.draft().payload, other).value())) ==
        "oid4vci_invalid_proof/jws_signature_invalid");
  for (std::size_t size = 0; size < good.size(); ++size)
    CHECK(code_of(f.verify_one(good.substr(0, size))) == "oid4vci_invalid_proof");
}

TEST_CASE("iss is the known client or absent") {
  Fixture f;
  KeyProofPolicy known = policy();
  known.client = KnownClient{"wallet"};
  Draft draft = f.draft();
  CHECK(f.verify_one(f.sign(draft), known).has_value());
  const auto made =
      make_key_proof({.credential_issuer = kIssuer, .nonce = "n", .client_id = "wallet"}, f.key, kNow).value();
  CHECK(f.verify_one(made, known).has_value());
  draft.payload["iss"] = "another";
  CHECK(outcome(f.verify_one(f.sign(draft), known)) == "oid4vci_invalid_proof/another client");
  draft.payload["iss"] = nullptr;
  CHECK(outcome(f.verify_one(f.sign(draft), known)) == "oid4vci_invalid_proof/another client");
}

TEST_CASE("a batch has distinct keys and one nonce") {
  Fixture f;
  const crypto::P256PrivateKey other = key_from(f.rng);
  const auto proof = [](const crypto::P256PrivateKey& key, std::string_view nonce) {
    return make_key_proof({.credential_issuer = kIssuer, .nonce = nonce}, key, kNow).value();
  };
  const std::vector<std::string> same_key = {proof(f.key, "n"), proof(other, "n"), proof(f.key, "n")};
  CHECK(outcome(VerifiedKeyProofs::verify(same_key, policy())) == "oid4vci_invalid_proof/a key of an earlier proof");
  const std::vector<std::string> two_nonces = {proof(f.key, "n"), proof(other, "m")};
  CHECK(code_of(VerifiedKeyProofs::verify(two_nonces, policy())) == "oid4vci_invalid_nonce");
  CHECK(code_of(VerifiedKeyProofs::verify({}, policy())) == "oid4vci_invalid_proof");
}
