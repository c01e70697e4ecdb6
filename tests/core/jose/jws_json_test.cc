#include "core/jose/jws_json.h"

#include <doctest/doctest.h>

#include "core/codecs/base64url.h"
#include "core/jose/jwk.h"
#include "tests/support/test_pki.h"
#include "tests/support/vectors.h"

using namespace mibun;
using jose::JwsJson;

namespace {

std::string vector(const std::string& name) {
  return read_vector("jose-rfc7515-7516-7517-7638/" + name);
}

const crypto::P256PrivateKey& key() {
  static const auto made = crypto::P256PrivateKey::generate();
  return made;
}

json::Object flattened(json::Object unprotected = {}) {
  const std::string compact = must(jose::sign_jws({{"typ", "t"}}, R"({"a":1})", key()));
  return must(jose::flattened_jws(compact, std::move(unprotected)));
}

ErrorCode outcome(const json::Object& object) {
  const auto jws = JwsJson::parse(object);
  if (!jws) return jws.error().code;
  return code_of(jws->signatures()[0].jws.verify(key().public_key(), {.typ = "t"}));
}

}  // namespace

TEST_CASE("RFC 7515, A.6: of a general JWS the ES256 signature is taken, RS256 is left out") {
  const auto jws = must(JwsJson::parse(vector("rfc7515_A.6.jwsg")));
  CHECK(jws.ignored() == 1);
  REQUIRE(jws.signatures().size() == 1);
  const jose::JwsJsonSignature& signature = jws.signatures()[0];
  CHECK(signature.unprotected_header == json::Object{{"kid", "e9bc097a-ce51-4036-9562-d2ade882db0d"}});
  const auto public_key = must(jose::parse_private_jwk(vector("rfc7515_A.3.jwk"))).public_key();
  const auto verified = must(signature.jws.verify(public_key, {.typ = jose::kNoTyp}));
  CHECK(verified.payload().at("iss") == "joe");
  CHECK(code_of(signature.jws.verify(key().public_key(), {.typ = jose::kNoTyp})) == ErrorCode::jws_signature_invalid);
}

TEST_CASE("RFC 7515, A.7: a flattened JWS") {
  const auto jws = must(JwsJson::parse(vector("rfc7515_A.7.jwsf")));
  CHECK(jws.ignored() == 0);
  const auto public_key = must(jose::parse_private_jwk(vector("rfc7515_A.3.jwk"))).public_key();
  CHECK(jws.signatures()[0].jws.verify(public_key, {.typ = jose::kNoTyp}).has_value());
}

TEST_CASE("what is written in JSON is read again, with one and with several signatures") {
  CHECK(outcome(flattened()) == ErrorCode::internal_error);
  CHECK(flattened().size() == 3);  // payload, protected, signature: an empty header is left out
  const json::Object with_header = flattened({{"disclosures", json::Array{"x"}}, {"kid", "1"}});
  CHECK(outcome(with_header) == ErrorCode::internal_error);
  CHECK(must(JwsJson::parse(json::serialize(with_header))).signatures()[0].unprotected_header.at("kid") == "1");

  const auto p384 = crypto::P384PrivateKey::generate();
  const auto ed25519 = crypto::Ed25519PrivateKey::generate();
  const jose::JwsJsonSigning signings[] = {
      {{{"typ", "t"}}, key(), {}}, {{{"typ", "t"}}, p384, {{"kid", "2"}}}, {{{"typ", "t"}}, ed25519, {}}};
  const json::Object general = must(jose::sign_jws_general(signings, R"({"a":1})"));
  const auto jws = must(JwsJson::parse(general));
  REQUIRE(jws.signatures().size() == 3);
  const crypto::PublicKey keys[] = {key().public_key(), p384.public_key(), ed25519.public_key()};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t k = 0; k < 3; ++k) {
      CHECK(code_of(jws.signatures()[i].jws.verify(keys[k], {.typ = "t"})) ==
            (i == k ? ErrorCode::internal_error : ErrorCode::jws_alg_not_allowed));
    }
  }
  CHECK(code_of(jose::sign_jws_general({}, "{}")) == ErrorCode::jws_malformed);
  CHECK(code_of(jose::flattened_jws("e30.e30")) == ErrorCode::jws_malformed);
}

TEST_CASE("a JWS in JSON of another shape is refused") {
  const json::Object good = flattened();
  const std::string payload(good.at("payload").as_string()), header(good.at("protected").as_string());
  json::Array many;
  for (std::size_t i = 0; i <= jose::kJwsJsonSignaturesMax; ++i) {
    many.push_back(json::Object{{"protected", header}, {"signature", good.at("signature")}});
  }
  const json::Value general = json::Array{json::Object{{"protected", header}, {"signature", good.at("signature")}}};
  struct Row {
    const char* why;
    const char* name;
    std::optional<json::Value> value;  // none: erase
    ErrorCode want;
  };
  const auto unprotected = [](const char* name) { return json::Value(json::Object{{name, "x"}}); };
  const Row rows[] = {
      {"good, to begin with", "extra", 1, ErrorCode::internal_error},
      {"no payload (detached)", "payload", {}, ErrorCode::jws_malformed},
      {"payload null", "payload", nullptr, ErrorCode::jws_malformed},
      {"payload an object", "payload", json::Object{}, ErrorCode::jws_malformed},
      {"payload padded", "payload", json::Value(payload + "="), ErrorCode::jws_malformed},
      {"payload with a dot", "payload", json::Value(payload + ".e30"), ErrorCode::jws_malformed},
      {"payload too large", "payload", json::Value(std::string(jose::kJwsJsonBytesMax + 4, 'A')),
       ErrorCode::jws_malformed},
      {"another payload", "payload", "e30", ErrorCode::jws_signature_invalid},
      {"no protected header", "protected", {}, ErrorCode::jws_malformed},
      {"protected with a dot", "protected", json::Value(header + ".e30"), ErrorCode::jws_malformed},
      {"protected empty", "protected", "", ErrorCode::jws_header_malformed},
      {"protected not encoded", "protected", R"({"alg":"ES256"})", ErrorCode::jws_malformed},
      {"none", "protected", json::Value(base64url::encode(R"({"alg":"none","typ":"t"})")),
       ErrorCode::jws_alg_not_allowed},
      {"b64", "protected", json::Value(base64url::encode(R"({"alg":"ES256","b64":false,"crit":["b64"]})")),
       ErrorCode::jws_crit_not_understood},
      {"no signature", "signature", {}, ErrorCode::jws_malformed},
      {"signature empty", "signature", "", ErrorCode::jws_malformed},
      {"signature a list", "signature", json::Array{}, ErrorCode::jws_malformed},
      {"header a string", "header", "x", ErrorCode::jws_malformed},
      {"alg unprotected", "header", unprotected("alg"), ErrorCode::jws_header_not_allowed},
      {"typ unprotected", "header", unprotected("typ"), ErrorCode::jws_header_not_allowed},
      {"crit unprotected", "header", unprotected("crit"), ErrorCode::jws_header_not_allowed},
      {"b64 unprotected", "header", unprotected("b64"), ErrorCode::jws_header_not_allowed},
      {"jwk unprotected", "header", unprotected("jwk"), ErrorCode::jws_header_not_allowed},
      {"jku unprotected", "header", unprotected("jku"), ErrorCode::jws_header_not_allowed},
      {"x5u unprotected", "header", unprotected("x5u"), ErrorCode::jws_header_not_allowed},
      {"x5c unprotected", "header", unprotected("x5c"), ErrorCode::jws_header_not_allowed},
      {"x5t#S256 unprotected", "header", unprotected("x5t#S256"), ErrorCode::jws_header_not_allowed},
      {"kid unprotected", "header", unprotected("kid"), ErrorCode::internal_error},
      {"both forms at once", "signatures", general, ErrorCode::jws_malformed},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    json::Object object = good;
    if (row.value) {
      object[row.name] = *row.value;
    } else {
      object.erase(row.name);
    }
    CHECK(outcome(object) == row.want);
  }
  const json::Value lists[] = {json::Array{}, json::Object{}, "x", json::Array{"x"}, json::Array{json::Object{}}, many};
  for (const json::Value& list : lists) {
    CHECK(code_of(JwsJson::parse(json::Object{{"payload", payload}, {"signatures", list}})) ==
          ErrorCode::jws_malformed);
  }
  CHECK(outcome(json::Object{{"payload", payload}, {"signatures", general}}) == ErrorCode::internal_error);
  CHECK(code_of(JwsJson::parse(R"({"payload":"e30","payload":"e30"})")) == ErrorCode::json_duplicate_key);
  CHECK(code_of(JwsJson::parse("e30.e30.AA")) == ErrorCode::json_malformed);
}

TEST_CASE("a name in both headers is refused") {
  const std::string compact = must(jose::sign_jws({{"typ", "t"}, {"kid", "1"}}, "{}", key()));
  CHECK(code_of(jose::flattened_jws(compact, {{"kid", "1"}})) == ErrorCode::jws_header_malformed);
  CHECK(jose::flattened_jws(compact, {{"other", "1"}}).has_value());
}

TEST_CASE("a general JWS with unknown algorithms only is refused") {
  const json::Object rs256{{"protected", base64url::encode(R"({"alg":"RS256"})")}, {"signature", "AA"}};
  CHECK(code_of(JwsJson::parse(json::Object{{"payload", "e30"}, {"signatures", json::Array{rs256}}})) ==
        ErrorCode::jws_alg_not_allowed);
}
