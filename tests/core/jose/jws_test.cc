#include "core/jose/jws.h"

#include <doctest/doctest.h>

#include "core/codecs/base64url.h"
#include "core/jose/jwk.h"
#include "tests/support/test_pki.h"
#include "tests/support/vectors.h"

using namespace mibun;
using jose::Jws;

namespace {

std::string vector(const std::string& name) {
  std::string text = read_vector("jose-rfc7515-7516-7517-7638/" + name);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

const crypto::P256PrivateKey& key() {
  static const auto made = crypto::P256PrivateKey::generate();
  return made;
}

// Signed with key(), whatever the header says.
std::string sign_raw(std::string_view header, std::string_view payload = R"({"a":1})") {
  const std::string input = base64url::encode(header) + "." + base64url::encode(payload);
  return input + "." + base64url::encode(must(key().sign(as_bytes(input))));
}

Result<jose::VerifiedJws> verify(std::string_view text, const jose::JwsPolicy& policy) {
  MIBUN_TRY(const Jws jws, Jws::parse(text));
  return jws.verify(key().public_key(), policy);
}

}  // namespace

TEST_CASE("RFC 7515, A.3: ES256 is accepted") {
  const auto public_key = must(jose::parse_private_jwk(vector("rfc7515_A.3.jwk"))).public_key();
  const Jws jws = must(Jws::parse(vector("rfc7515_A.3.jwsc")));
  const auto verified = must(jws.verify(public_key, {.typ = jose::kNoTyp}));
  CHECK(verified.payload().at("iss") == "joe");
  CHECK(verified.payload().at("exp") == 1300819380);
  CHECK(must(jws.unverified_payload()) == verified.payload());
  CHECK(code_of(jws.verify(key().public_key(), {.typ = jose::kNoTyp})) == ErrorCode::jws_signature_invalid);
}

TEST_CASE("the other published JWSs are refused") {
  struct Row {
    const char *why, *file;
    ErrorCode want;
  };
  constexpr Row rows[] = {
      {"HS256", "rfc7515_A.1.jwsc", ErrorCode::jws_alg_not_allowed},
      {"RS256", "rfc7515_A.2.jwsc", ErrorCode::jws_alg_not_allowed},
      {"ES512", "rfc7515_A.4.jwsc", ErrorCode::jws_alg_not_allowed},
      {"none", "rfc7515_A.5.jwsc", ErrorCode::jws_alg_not_allowed},
      {"general JSON", "rfc7515_A.6.jwsg", ErrorCode::jws_malformed},
      {"flattened JSON", "rfc7515_A.7.jwsf", ErrorCode::jws_malformed},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(Jws::parse(vector(row.file))) == row.want);
  }
}

TEST_CASE("A32, A33, A34: a header that must not be is refused although the signature is good") {
  struct Row {
    const char *why, *header;
    ErrorCode want;
  };
  constexpr Row rows[] = {
      {"good, to begin with", R"({"alg":"ES256","typ":"t"})", ErrorCode::internal_error},
      {"application/", R"({"alg":"ES256","typ":"application/t"})", ErrorCode::internal_error},
      {"unknown members are ignored", R"({"alg":"ES256","typ":"t","x":[1]})", ErrorCode::internal_error},
      {"none", R"({"alg":"none","typ":"t"})", ErrorCode::jws_alg_not_allowed},
      {"None", R"({"alg":"None","typ":"t"})", ErrorCode::jws_alg_not_allowed},
      {"es256", R"({"alg":"es256","typ":"t"})", ErrorCode::jws_alg_not_allowed},
      {"HS256", R"({"alg":"HS256","typ":"t"})", ErrorCode::jws_alg_not_allowed},
      {"ES256K", R"({"alg":"ES256K","typ":"t"})", ErrorCode::jws_alg_not_allowed},
      {"empty alg", R"({"alg":"","typ":"t"})", ErrorCode::jws_alg_not_allowed},
      {"no alg", R"({"typ":"t"})", ErrorCode::jws_header_malformed},
      {"alg null", R"({"alg":null,"typ":"t"})", ErrorCode::jws_header_malformed},
      {"alg a list", R"({"alg":["ES256"],"typ":"t"})", ErrorCode::jws_header_malformed},
      {"alg twice", R"({"alg":"none","alg":"ES256","typ":"t"})", ErrorCode::jws_header_malformed},
      {"alg twice, escaped", R"({"alg":"ES256","\u0061lg":"none","typ":"t"})", ErrorCode::jws_header_malformed},
      {"typ twice", R"({"alg":"ES256","typ":"t","typ":"t"})", ErrorCode::jws_header_malformed},
      {"not JSON", R"({"alg":"ES256")", ErrorCode::jws_header_malformed},
      {"not an object", R"(["ES256"])", ErrorCode::jws_header_malformed},
      {"after the object", R"({"alg":"ES256","typ":"t"}x)", ErrorCode::jws_header_malformed},
      {"crit unknown", R"({"alg":"ES256","typ":"t","crit":["exp"],"exp":1})", ErrorCode::jws_crit_not_understood},
      {"crit empty", R"({"alg":"ES256","typ":"t","crit":[]})", ErrorCode::jws_crit_not_understood},
      {"crit null", R"({"alg":"ES256","typ":"t","crit":null})", ErrorCode::jws_crit_not_understood},
      {"b64", R"({"alg":"ES256","typ":"t","crit":["b64"],"b64":false})", ErrorCode::jws_crit_not_understood},
      {"b64 without crit", R"({"alg":"ES256","typ":"t","b64":false})", ErrorCode::jws_crit_not_understood},
      {"kid a number", R"({"alg":"ES256","typ":"t","kid":1})", ErrorCode::jws_header_malformed},
      {"no typ", R"({"alg":"ES256"})", ErrorCode::jws_typ_mismatch},
      {"another typ", R"({"alg":"ES256","typ":"JWT"})", ErrorCode::jws_typ_mismatch},
      {"typ of another case", R"({"alg":"ES256","typ":"T"})", ErrorCode::jws_typ_mismatch},
      {"typ with a space", R"({"alg":"ES256","typ":"t "})", ErrorCode::jws_typ_mismatch},
      {"typ a list", R"({"alg":"ES256","typ":["t"]})", ErrorCode::jws_typ_mismatch},
      {"application/ twice", R"({"alg":"ES256","typ":"application/application/t"})", ErrorCode::jws_typ_mismatch},
      {"jwk", R"({"alg":"ES256","typ":"t","jwk":{"kty":"EC"}})", ErrorCode::jws_header_not_allowed},
      {"jku", R"({"alg":"ES256","typ":"t","jku":"https://a.example/"})", ErrorCode::jws_header_not_allowed},
      {"x5u", R"({"alg":"ES256","typ":"t","x5u":"https://a.example/"})", ErrorCode::jws_header_not_allowed},
      {"x5c", R"({"alg":"ES256","typ":"t","x5c":[]})", ErrorCode::jws_header_not_allowed},
      {"x5t", R"({"alg":"ES256","typ":"t","x5t":""})", ErrorCode::jws_header_not_allowed},
      {"x5t#S256", R"({"alg":"ES256","typ":"t","x5t#S256":""})", ErrorCode::jws_header_not_allowed},
      {"kid", R"({"alg":"ES256","typ":"t","kid":"1"})", ErrorCode::jws_header_not_allowed},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(verify(sign_raw(row.header), {.typ = "t"})) == row.want);
  }
}

TEST_CASE("a key header that the protocol defines is let through, and only that one") {
  constexpr std::string_view allowed[] = {"kid"};
  const jose::JwsPolicy policy{.typ = "t", .key_headers = allowed};
  CHECK(verify(sign_raw(R"({"alg":"ES256","typ":"t","kid":"1"})"), policy).has_value());
  CHECK(code_of(verify(sign_raw(R"({"alg":"ES256","typ":"t","kid":"1","jwk":{}})"), policy)) ==
        ErrorCode::jws_header_not_allowed);
}

TEST_CASE("kNoTyp accepts no typ, not any typ") {
  CHECK(verify(sign_raw(R"({"alg":"ES256"})"), {.typ = jose::kNoTyp}).has_value());
  CHECK(code_of(verify(sign_raw(R"({"alg":"ES256","typ":"JWT"})"), {.typ = jose::kNoTyp})) ==
        ErrorCode::jws_typ_mismatch);
  CHECK(code_of(verify(sign_raw(R"({"alg":"ES256","typ":""})"), {.typ = jose::kNoTyp})) == ErrorCode::jws_typ_mismatch);
}

TEST_CASE("another shape is refused") {
  const std::string good = sign_raw(R"({"alg":"ES256","typ":"t"})");
  const std::size_t first = good.find('.'), last = good.rfind('.');
  const std::string header = good.substr(0, first), payload = good.substr(first + 1, last - first - 1);
  const std::string signature = good.substr(last + 1);
  const Bytes der =
      crypto::p256_signature_to_der(must(crypto::parse_p256_signature(must(base64url::decode(signature)))));
  struct Row {
    const char* why;
    std::string text;
    ErrorCode want;
  };
  const Row rows[] = {
      {"empty", "", ErrorCode::jws_malformed},
      {"no dot", header, ErrorCode::jws_malformed},
      {"two parts", header + "." + payload, ErrorCode::jws_malformed},
      {"four parts", good + ".", ErrorCode::jws_malformed},
      {"five parts", good + ".a.b", ErrorCode::jws_malformed},
      {"no header", "." + payload + "." + signature, ErrorCode::jws_header_malformed},
      {"no payload", header + ".." + signature, ErrorCode::jws_signature_invalid},
      {"no signature", header + "." + payload + ".", ErrorCode::jws_malformed},
      {"DER signature", header + "." + payload + "." + base64url::encode(der), ErrorCode::jws_malformed},
      {"63 bytes", good.substr(0, good.size() - 2), ErrorCode::jws_malformed},
      {"65 bytes", good + "A", ErrorCode::jws_malformed},
      {"padded signature", good + "==", ErrorCode::jws_malformed},
      {"padded header", header + "=." + payload + "." + signature, ErrorCode::jws_malformed},
      {"padded payload", header + "." + payload + "=." + signature, ErrorCode::jws_malformed},
      {"space in front", " " + good, ErrorCode::jws_malformed},
      {"newline behind", good + "\n", ErrorCode::jws_malformed},
      {"newline within", header + "." + payload.substr(0, 4) + "\n" + payload.substr(4) + "." + signature,
       ErrorCode::jws_malformed},
      {"standard alphabet", header + ".//++." + signature, ErrorCode::jws_malformed},
      {"zero signature", header + "." + payload + "." + base64url::encode(Bytes(64)), ErrorCode::jws_signature_invalid},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(verify(row.text, {.typ = "t"})) == row.want);
  }
  const std::string largest = sign_raw(R"({"alg":"ES256"})", std::string(jose::kJwsBytesMax / 4 * 3 - 300, 'x'));
  const std::string too_large = sign_raw(R"({"alg":"ES256"})", std::string(jose::kJwsBytesMax / 4 * 3, 'x'));
  CHECK(Jws::parse(largest).has_value());
  CHECK(code_of(Jws::parse(too_large)) == ErrorCode::jws_malformed);
}

TEST_CASE("A3: every flipped character is refused") {
  const std::string good = sign_raw(R"({"alg":"ES256","typ":"t"})");
  REQUIRE(verify(good, {.typ = "t"}).has_value());
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const char flip : {'\x01', '\x02', '\x40'}) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ flip);
      INFO(i);
      CHECK(!verify(bad, {.typ = "t"}).has_value());
    }
  }
}

TEST_CASE("a payload is bounded, strict JSON") {
  const auto code = [](std::string_view payload) {
    return code_of(verify(sign_raw(R"({"alg":"ES256","typ":"t"})", payload), {.typ = "t"}));
  };
  CHECK(code("{}") == ErrorCode::internal_error);
  CHECK(code("") == ErrorCode::jws_payload_malformed);
  CHECK(code("[]") == ErrorCode::jws_payload_malformed);
  CHECK(code(R"({"a":1,"a":2})") == ErrorCode::jws_payload_malformed);
  CHECK(code(R"({"a":1}{})") == ErrorCode::jws_payload_malformed);
  CHECK(code("{\"a\":\"\xff\"}") == ErrorCode::jws_payload_malformed);
  const std::string large = sign_raw(R"({"alg":"ES256","typ":"t"})", R"({"a":")" + std::string(70'000, 'x') + R"("})");
  CHECK(code_of(verify(large, {.typ = "t"})) == ErrorCode::jws_payload_malformed);
  CHECK(must(Jws::parse(large, {.bytes_max = 100'000})).verify(key().public_key(), {.typ = "t"}).has_value());
  const Jws text = must(Jws::parse(sign_raw(R"({"alg":"ES256","typ":"t"})", "plain")));
  CHECK(as_text(must(text.verify_bytes(key().public_key(), {.typ = "t"}))) == "plain");
  CHECK(code_of(text.verify_bytes(key().public_key(), {.typ = "u"})) == ErrorCode::jws_typ_mismatch);
}

TEST_CASE("what is signed here verifies here and names ES256") {
  const std::string text = must(jose::sign_jws({{"typ", "t"}, {"alg", "none"}}, json::Object{{"n", 1}}, key()));
  const Jws jws = must(Jws::parse(text));
  CHECK(jws.compact() == text);
  CHECK(jws.unverified_header().at("alg") == "ES256");
  const auto verified = must(jws.verify(key().public_key(), {.typ = "t"}));
  CHECK(verified.payload() == json::Object{{"n", 1}});
  CHECK(verified.header().size() == 2);
}

TEST_CASE("x5c: one to five certificates in standard base64") {
  const auto code = [](const json::Value& x5c) {
    json::Object header{{"alg", "ES256"}};
    header["x5c"] = x5c;
    return code_of(must(Jws::parse(sign_raw(json::serialize(header)))).x5c());
  };
  const std::vector<Bytes> chain = {{0x30, 0x00}, {0xfb, 0xff}};
  CHECK(jose::x5c_member(chain) == json::Array{"MAA=", "+/8="});
  const Jws jws = must(Jws::parse(must(jose::sign_jws({{"x5c", jose::x5c_member(chain)}}, "{}", key()))));
  CHECK(std::ranges::equal(must(jws.x5c()).members(), chain));
  CHECK(code(json::Array{}) == ErrorCode::jws_x5c_malformed);
  CHECK(code("MAA=") == ErrorCode::jws_x5c_malformed);
  CHECK(code(json::Array{"MAA"}) == ErrorCode::jws_x5c_malformed);
  CHECK(code(json::Array{"-_8="}) == ErrorCode::jws_x5c_malformed);
  CHECK(code(json::Array{""}) == ErrorCode::jws_x5c_malformed);
  CHECK(code(json::Array{1}) == ErrorCode::jws_x5c_malformed);
  CHECK(code(json::Array{"MAA=", "MAA=", "MAA=", "MAA=", "MAA=", "MAA="}) == ErrorCode::jws_x5c_malformed);
  CHECK(code_of(must(Jws::parse(sign_raw(R"({"alg":"ES256"})"))).x5c()) == ErrorCode::jws_x5c_malformed);
}

TEST_CASE("a header that comes again and again is decided anew each time") {
  const auto key = crypto::P256PrivateKey::generate();
  const crypto::PublicKey other = crypto::P256PrivateKey::generate().public_key();
  const json::Array x5c{"AAEC"};
  std::vector<std::string> texts;
  for (int i = 0; i < 20; ++i) {
    texts.push_back(
        must(jose::sign_jws({{"typ", "t" + std::to_string(i)}, {"x5c", x5c}}, json::Object{{"n", i}}, key)));
  }
  static constexpr std::string_view kX5c[] = {"x5c"};
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 20; ++i) {
      const std::string typ = "t" + std::to_string(i), next = "t" + std::to_string(i + 1);
      const auto jws = must(jose::Jws::parse(texts[static_cast<std::size_t>(i)]));
      CHECK(std::ranges::equal(must(jws.x5c()).members(), std::vector<Bytes>{{0, 1, 2}}));
      CHECK(must(jws.verify(key.public_key(), {.typ = typ, .key_headers = kX5c})).header().at("typ") ==
            json::Value(typ));
      CHECK(code_of(jws.verify(key.public_key(), {.typ = next, .key_headers = kX5c})) == ErrorCode::jws_typ_mismatch);
      CHECK(code_of(jws.verify(key.public_key(), {.typ = typ})) == ErrorCode::jws_header_not_allowed);
      CHECK(code_of(jws.verify(other, {.typ = typ, .key_headers = kX5c})) == ErrorCode::jws_signature_invalid);
    }
    for (const char* bad : {"e30.e30.", "!.e30.", ".e30."}) {
      CHECK(!jose::Jws::parse(bad + texts[0].substr(texts[0].rfind('.') + 1)).has_value());
    }
  }
}

TEST_CASE("the key says the algorithm and the header can only agree") {
  const auto p384 = crypto::P384PrivateKey::generate();
  const auto ed25519 = crypto::Ed25519PrivateKey::generate();
  const crypto::Signer* signers[] = {&key(), &p384, &ed25519};
  struct Row {
    const char* alg;
    int signer;  // the one of `signers` that fits
  };
  constexpr Row rows[] = {{"ES256", 0}, {"ES384", 1}, {"EdDSA", 2}, {"Ed25519", 2}};
  for (const Row& row : rows) {
    for (int i = 0; i < 3; ++i) {
      INFO(row.alg << " by " << i);
      // A good signature of that key, whatever the header says.
      const std::string input = base64url::encode(std::string(R"({"alg":")") + row.alg + "\"}") + ".e30";
      const std::string text = input + "." + base64url::encode(must(signers[i]->sign_raw(as_bytes(input))));
      const Jws jws = must(Jws::parse(text));
      for (int k = 0; k < 3; ++k) {
        const auto verified = jws.verify(signers[k]->verification_key(), {.typ = jose::kNoTyp});
        const bool sizes_agree = (i == 1) == (row.signer == 1);
        CHECK(code_of(verified) == (k != row.signer ? ErrorCode::jws_alg_not_allowed
                                    : k == i        ? ErrorCode::internal_error
                                    : !sizes_agree  ? ErrorCode::jws_malformed
                                                    : ErrorCode::jws_signature_invalid));
      }
    }
  }
  for (const char* alg : {"ES512", "Ed448", "ES256K", "ESP256", "eddsa", "ED25519", "Ed25519ph", "PS256"}) {
    INFO(alg);
    CHECK(code_of(Jws::parse(sign_raw(std::string(R"({"alg":")") + alg + "\"}"))) == ErrorCode::jws_alg_not_allowed);
  }
}

TEST_CASE("what other keys sign verifies and names their algorithm") {
  const auto p384 = crypto::P384PrivateKey::generate();
  const auto ed25519 = crypto::Ed25519PrivateKey::generate();
  const std::pair<const crypto::Signer*, const char*> rows[] = {{&p384, "ES384"}, {&ed25519, "EdDSA"}};
  for (const auto& [signer, alg] : rows) {
    const std::string text = must(jose::sign_jws({{"typ", "t"}}, json::Object{{"n", 1}}, *signer));
    const auto verified = must(must(Jws::parse(text)).verify(signer->verification_key(), {.typ = "t"}));
    CHECK(verified.header().at("alg") == alg);
    for (std::size_t i = 0; i < text.size(); ++i) {
      std::string bad = text;
      bad[i] = static_cast<char>(bad[i] ^ 1);
      const auto jws = Jws::parse(bad);
      CHECK(!(jws && jws->verify(signer->verification_key(), {.typ = "t"}).has_value()));
    }
  }
}

TEST_CASE("the digest of a longer text spares hashing for P-256 and changes nothing for other keys") {
  const auto ed25519 = crypto::Ed25519PrivateKey::generate();
  for (const crypto::Signer* signer :
       {static_cast<const crypto::Signer*>(&key()), static_cast<const crypto::Signer*>(&ed25519)}) {
    const std::string text = must(jose::sign_jws({{"typ", "t"}}, "{}", *signer));
    Jws jws = must(Jws::parse(text));
    CHECK(jws.digest_of_longer(text + "~x~") == crypto::sha256(text + "~x~"));
    CHECK(jws.verify(signer->verification_key(), {.typ = "t"}).has_value());
  }
}
