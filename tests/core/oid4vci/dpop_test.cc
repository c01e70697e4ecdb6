#include "core/oid4vci/dpop.h"

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"
#include "tests/core/oid4vci/support.h"
#include "tests/support/vectors.h"

using namespace mibun;
using namespace mibun::oid4vci;

namespace {

constexpr std::string_view kToken = "https://issuer.example/token";
constexpr std::string_view kCredential = "https://issuer.example/credential";

DpopPolicy token_policy(Instant now = kNow) {
  return {.method = "POST", .htu = kToken, .endpoint = DpopAtTokenEndpoint{}, .nonce = DpopNonceNotUsed{}, .now = now};
}

class Fixture {
 public:
  Draft draft() const {
    return {{{"typ", "dpop+jwt"}, {"jwk", jose::Jwk(key.public_key()).to_json()}},
            {{"jti", "a-jti"}, {"htm", "POST"}, {"htu", kToken}, {"iat", kNow.unix_seconds()}}};
  }
  std::string sign(const Draft& proof) const { return proof.sign(key); }

  SeededRng rng{1};
  crypto::P256PrivateKey key = key_from(rng);
};

}  // namespace

TEST_CASE("RFC 9449: the proof of its examples verifies and has the thumbprint of its examples") {
  const json::Object examples = parsed(read_vector("dpop-rfc9449/examples.json"));
  const json::Object& example = examples.at("proofs").as_array().at(0).as_object();
  const Instant issued = Instant::from_unix_seconds(example.at("payload").at("iat").as_int64());
  DpopPolicy policy = token_policy(issued);
  policy.htu = "https://server.example.com/token";
  const auto verified = VerifiedDpop::verify(example.at("dpop").as_string(), policy);
  REQUIRE(verified.has_value());
  CHECK(verified->jkt() == std::string_view(examples.at("jwk_thumbprint").as_string()));
  CHECK(verified->jti() == "-BwC3ESc6acc2lTc");
  CHECK(verified->iat() == issued);
  CHECK(!verified->nonce().has_value());
}

TEST_CASE("our own proof verifies at both kinds of endpoint") {
  Fixture f;
  const auto at_token =
      make_dpop_proof({.method = "POST", .url = "https://ISSUER.example:443/token?a=1"}, f.key, kNow, f.rng).value();
  const auto verified = VerifiedDpop::verify(at_token, token_policy());
  REQUIRE(verified.has_value());
  CHECK(verified->jkt() == jose::Jwk(f.key.public_key()).thumbprint());
  CHECK(verified->jti().size() == 22);
  CHECK(verified->remember_until() == kNow + seconds(300 + 120));

  const auto proof =
      make_dpop_proof({.method = "POST", .url = kCredential, .access_token = "at", .nonce = "n1"}, f.key, kNow, f.rng)
          .value();
  const DpopPolicy policy{.method = "POST",
                          .htu = kCredential,
                          .endpoint = DpopAtResource{.access_token = "at", .jkt = verified->jkt()},
                          .nonce = DpopNonceRequired{},
                          .now = kNow};
  const auto at_resource = VerifiedDpop::verify(proof, policy);
  REQUIRE(at_resource.has_value());
  CHECK(at_resource->nonce() == "n1");
  CHECK(at_resource->jti() != verified->jti());
}

TEST_CASE(
    "A41: around both ends of its time a proof that would pass is remembered, whichever machine's clock is asked") {
  Fixture f;
  constexpr std::int64_t kPast = 300, kAhead = 60;
  for (const std::int64_t iat : {-kPast - 1, -kPast, -kPast + 1, std::int64_t{-1}, std::int64_t{0}, std::int64_t{1},
                                 kAhead - 1, kAhead, kAhead + 1}) {
    CAPTURE(iat);
    Draft draft = f.draft();
    draft.payload["iat"] = kNow.unix_seconds() + iat;
    const std::string proof = f.sign(draft);
    const auto first = VerifiedDpop::verify(proof, token_policy());
    REQUIRE(first.has_value() == (iat >= -kPast && iat <= kAhead));
    if (!first) continue;
    // Of two machines one forgets what it remembered until then, and the other is shown the proof again.
    for (const seconds forgetful : {seconds(-60), seconds(0), seconds(60)}) {
      for (const seconds shown : {seconds(-60), seconds(0), seconds(60)}) {
        for (std::int64_t at = iat + kPast - 62; at <= iat + kPast + 62; ++at) {
          const Instant now = kNow + seconds(at);
          if (!VerifiedDpop::verify(proof, token_policy(now + shown))) continue;
          CHECK(now + forgetful <= first->remember_until());
        }
      }
    }
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
      {"typ of another JWT", [](Draft& d) { d.header["typ"] = "openid4vci-proof+jwt"; },
       "dpop_invalid_proof/jws_typ_mismatch"},
      {"typ JWT", [](Draft& d) { d.header["typ"] = "JWT"; }, "dpop_invalid_proof/jws_typ_mismatch"},
      {"no typ", [](Draft& d) { d.header.erase("typ"); }, "dpop_invalid_proof/jws_typ_mismatch"},
      {"no jwk", [](Draft& d) { d.header.erase("jwk"); }, "dpop_invalid_proof/missing"},
      {"jwk is a string", [](Draft& d) { d.header["jwk"] = "x"; }, "dpop_invalid_proof/missing"},
      {"private jwk", [](Draft& d) { d.header["jwk"].as_object()["d"] = "AAAA"; },
       "dpop_invalid_proof/private_key_rejected"},
      {"symmetric jwk", [](Draft& d) { d.header["jwk"] = json::Object{{"kty", "oct"}, {"k", "AAAA"}}; },
       "dpop_invalid_proof/private_key_rejected"},
      {"another curve", [](Draft& d) { d.header["jwk"].as_object()["crv"] = "P-521"; },
       "dpop_invalid_proof/jwk_unsupported"},
      {"coordinates of another curve", [](Draft& d) { d.header["jwk"].as_object()["crv"] = "P-384"; },
       "dpop_invalid_proof/jwk_malformed"},
      {"kid beside jwk", [](Draft& d) { d.header["kid"] = "k"; }, "dpop_invalid_proof/jws_header_not_allowed"},
      {"x5c beside jwk", [](Draft& d) { d.header["x5c"] = json::Array{"AAAA"}; },
       "dpop_invalid_proof/jws_header_not_allowed"},
      {"jku beside jwk", [](Draft& d) { d.header["jku"] = "https://a.example"; },
       "dpop_invalid_proof/jws_header_not_allowed"},
      {"crit", [](Draft& d) { d.header["crit"] = json::Array{"b64"}; }, "dpop_invalid_proof/jws_crit_not_understood"},
      {"no jti", [](Draft& d) { d.payload.erase("jti"); }, "dpop_invalid_proof/json_missing_member"},
      {"empty jti", [](Draft& d) { d.payload["jti"] = ""; }, "dpop_invalid_proof/empty or too long"},
      {"jti too long", [](Draft& d) { d.payload["jti"] = std::string(257, 'a'); },
       "dpop_invalid_proof/empty or too long"},
      {"jti is a number", [](Draft& d) { d.payload["jti"] = 1; }, "dpop_invalid_proof/json_wrong_type"},
      {"no htm", [](Draft& d) { d.payload.erase("htm"); }, "dpop_invalid_proof/json_missing_member"},
      {"another method", [](Draft& d) { d.payload["htm"] = "GET"; }, "dpop_invalid_proof/another method"},
      {"method in lower case", [](Draft& d) { d.payload["htm"] = "post"; }, "dpop_invalid_proof/another method"},
      {"no htu", [](Draft& d) { d.payload.erase("htu"); }, "dpop_invalid_proof/json_missing_member"},
      {"another path", [](Draft& d) { d.payload["htu"] = "https://issuer.example/credential"; },
       "dpop_invalid_proof/another URL"},
      {"path with a slash more", [](Draft& d) { d.payload["htu"] = "https://issuer.example/token/"; },
       "dpop_invalid_proof/another URL"},
      {"path in another case", [](Draft& d) { d.payload["htu"] = "https://issuer.example/Token"; },
       "dpop_invalid_proof/another URL"},
      {"another host", [](Draft& d) { d.payload["htu"] = "https://issuer.example.evil/token"; },
       "dpop_invalid_proof/another URL"},
      {"another port", [](Draft& d) { d.payload["htu"] = "https://issuer.example:8443/token"; },
       "dpop_invalid_proof/another URL"},
      {"http", [](Draft& d) { d.payload["htu"] = "http://issuer.example/token"; }, "dpop_invalid_proof/url_not_https"},
      {"user info in htu", [](Draft& d) { d.payload["htu"] = "https://x@issuer.example/token"; },
       "dpop_invalid_proof/url_malformed"},
      {"no iat", [](Draft& d) { d.payload.erase("iat"); }, "dpop_invalid_proof/json_missing_member"},
      {"iat is a string", [](Draft& d) { d.payload["iat"] = "1795402800"; }, "dpop_invalid_proof/jwt_claim_wrong_type"},
      {"iat a second too old", [](Draft& d) { d.payload["iat"] = kNow.unix_seconds() - 301; },
       "dpop_invalid_proof/too old"},
      {"iat a second too new", [](Draft& d) { d.payload["iat"] = kNow.unix_seconds() + 61; },
       "dpop_invalid_proof/in the future"},
      {"nonce is empty", [](Draft& d) { d.payload["nonce"] = ""; }, "dpop_invalid_proof/empty or too long"},
      {"nonce is a number", [](Draft& d) { d.payload["nonce"] = 7; }, "dpop_invalid_proof/json_wrong_type"},
      // What must pass: the edges, and what the RFC says to leave out of the comparison.
      {"unchanged", [](Draft&) {}, "accepted"},
      {"iat at the old edge", [](Draft& d) { d.payload["iat"] = kNow.unix_seconds() - 300; }, "accepted"},
      {"iat at the new edge", [](Draft& d) { d.payload["iat"] = kNow.unix_seconds() + 60; }, "accepted"},
      {"default port", [](Draft& d) { d.payload["htu"] = "https://issuer.example:443/token"; }, "accepted"},
      {"host in upper case", [](Draft& d) { d.payload["htu"] = "https://ISSUER.example/token"; }, "accepted"},
      {"query and fragment", [](Draft& d) { d.payload["htu"] = "https://issuer.example/token?x=1#y"; }, "accepted"},
      {"an unknown claim", [](Draft& d) { d.payload["more"] = true; }, "accepted"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    Draft draft = f.draft();
    row.change(draft);
    CHECK(outcome(VerifiedDpop::verify(f.sign(draft), token_policy())) == row.want);
  }
}

TEST_CASE("algorithms other than ES256 and broken signatures are refused") {
  Fixture f;
  const std::string proof = f.sign(f.draft());
  const auto with_alg = [&](const char* alg, std::string_view signature) {
    json::Object header = f.draft().header;
    header["alg"] = alg;
    return base64url::encode(json::serialize(header)) + "." + base64url::encode(json::serialize(f.draft().payload)) +
           "." + std::string(signature);
  };
  const std::string_view good = std::string_view(proof).substr(proof.rfind('.') + 1);
  for (const char* alg : {"none", "None", "HS256", "RS256", "ES384", "ES256K", "EdDSA", ""}) {
    INFO(alg);
    CHECK(outcome(VerifiedDpop::verify(with_alg(alg, good), token_policy())) ==
          "dpop_invalid_proof/jws_alg_not_allowed");
    CHECK(code_of(VerifiedDpop::verify(with_alg(alg, ""), token_policy())) == "dpop_invalid_proof");
  }
  // HS256 keyed with the public key's bytes: the classic confusion.
  const std::string confused = with_alg("HS256", "");
  const auto mac = crypto::hmac_sha256(f.key.public_key().point(), as_bytes(confused.substr(0, confused.size() - 1)));
  CHECK(outcome(VerifiedDpop::verify(confused + base64url::encode(mac), token_policy())) ==
        "dpop_invalid_proof/jws_alg_not_allowed");

  const crypto::P256PrivateKey other = key_from(f.rng);
  CHECK(outcome(VerifiedDpop::verify(jose::sign_jws(f.draft().header, f.draft().payload, other).value(),
                                     token_policy())) == "dpop_invalid_proof/jws_signature_invalid");
  CHECK(code_of(VerifiedDpop::verify("", token_policy())) == "dpop_invalid_proof");
  CHECK(code_of(VerifiedDpop::verify("a.b.c", token_policy())) == "dpop_invalid_proof");
  CHECK(code_of(VerifiedDpop::verify(proof + "," + proof, token_policy())) == "dpop_invalid_proof");
  CHECK(code_of(VerifiedDpop::verify(std::string(9000, 'a'), token_policy())) == "dpop_invalid_proof");
}

TEST_CASE("every cut prefix and every flipped character of a proof is refused") {
  Fixture f;
  const std::string proof = f.sign(f.draft());
  for (std::size_t size = 0; size < proof.size(); ++size)
    CHECK(!VerifiedDpop::verify(proof.substr(0, size), token_policy()));
  for (std::size_t i = 0; i < proof.size(); ++i) {
    std::string changed = proof;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    CHECK(code_of(VerifiedDpop::verify(changed, token_policy())) == "dpop_invalid_proof");
  }
}

TEST_CASE("at a resource the proof must fit token and key") {
  Fixture f;
  const std::string jkt = jose::Jwk(f.key.public_key()).thumbprint();
  const std::string ath = base64url::encode(crypto::sha256("the-token"));
  DpopPolicy policy = token_policy();
  policy.endpoint = DpopAtResource{.access_token = "the-token", .jkt = jkt};
  const auto with_ath = [&](const json::Value& value) {
    Draft draft = f.draft();
    if (!value.is_null()) draft.payload["ath"] = value;
    return VerifiedDpop::verify(f.sign(draft), policy);
  };
  CHECK(outcome(with_ath(json::Value(ath))) == "accepted");
  CHECK(outcome(with_ath(nullptr)) == "dpop_invalid_proof/json_missing_member");
  CHECK(outcome(with_ath(json::Value(ath + "="))) == "dpop_invalid_proof/the hash of another access token");
  CHECK(outcome(with_ath(json::Value(base64url::encode(crypto::sha256("another"))))) ==
        "dpop_invalid_proof/the hash of another access token");
  CHECK(outcome(with_ath(json::Value("the-token"))) == "dpop_invalid_proof/the hash of another access token");

  const std::string other = jose::Jwk(key_from(f.rng).public_key()).thumbprint();
  policy.endpoint = DpopAtResource{.access_token = "the-token", .jkt = other};
  CHECK(code_of(with_ath(json::Value(ath))) == "dpop_wrong_key");
}

TEST_CASE("a nonce is demanded only where the policy says so") {
  Fixture f;
  DpopPolicy policy = token_policy();
  policy.nonce = DpopNonceRequired{};
  CHECK(code_of(VerifiedDpop::verify(f.sign(f.draft()), policy)) == "dpop_use_nonce");
  Draft draft = f.draft();
  draft.payload["nonce"] = "n";
  CHECK(VerifiedDpop::verify(f.sign(draft), policy).value().nonce() == "n");
}

TEST_CASE("a proof is not made for a URL that is not https") {
  Fixture f;
  CHECK(code_of(make_dpop_proof({.method = "GET", .url = "http://issuer.example/"}, f.key, kNow, f.rng)) ==
        "url_not_https");
}
