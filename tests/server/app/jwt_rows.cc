#include "core/codecs/base64url.h"
#include "core/jose/jwk.h"
#include "tests/server/app/row.h"

// Every forgery of every JWT that somebody sends: proofs of possession, client assertions, key proofs, key bindings.
namespace mibun::server {
namespace {

struct Forgery {
  std::string what;
  std::function<std::string(JwtParts, const crypto::P256Signer&)> make;
  std::string uses_header;  // the header that the forgery is about; empty when it is about none
};

std::string unsigned_jwt(const JwtParts& parts, std::string_view signature) {
  return base64url::encode(json::serialize(parts.header)) + "." + base64url::encode(json::serialize(parts.payload)) +
         "." + std::string(signature);
}

Forgery with_header(std::string what, const std::string& name, const json::Value& value) {
  return {std::move(what),
          [name, value](JwtParts parts, const crypto::P256Signer& key) {
            parts.header[name] = value;
            return sign_jwt(parts, key);
          },
          name};
}

// The public key as the secret of a MAC: the classic confusion.
std::string hs256(JwtParts parts, const crypto::P256Signer& key) {
  parts.header["alg"] = "HS256";
  const std::string unsigned_text = unsigned_jwt(parts, "");
  const std::string_view input = std::string_view(unsigned_text).substr(0, unsigned_text.size() - 1);
  return unsigned_text + base64url::encode(BytesView(crypto::hmac_sha256(key.public_key().point(), as_bytes(input))));
}

std::string flipped(std::string jwt, std::size_t from_end) {
  char& c = jwt[jwt.size() - from_end];
  c = c == 'A' ? 'B' : 'A';
  return jwt;
}

std::vector<Forgery> forgeries() {
  std::vector<Forgery> all;
  all.push_back({"has alg none and no signature",
                 [](JwtParts parts, const crypto::P256Signer&) {
                   parts.header["alg"] = "none";
                   return unsigned_jwt(parts, "");
                 },
                 {}});
  all.push_back({"has alg HS256 with the public key as the secret", hs256, {}});
  for (const char* alg : {"RS256", "ES384", "EdDSA", "es256", "ES256K"}) {
    all.push_back(with_header("has alg " + std::string(alg), "alg", alg));
  }
  all.push_back({"has no alg",
                 [](JwtParts parts, const crypto::P256Signer& key) {
                   parts.header.erase("alg");
                   return sign_jwt(parts, key);
                 },
                 {}});
  all.push_back(with_header("has a crit header", "crit", json::Array{json::Value("b64")}));
  all.push_back(with_header("has b64 false", "b64", false));
  all.push_back(with_header("brings a jku", "jku", "https://kanaria7391.example/keys"));
  all.push_back(with_header("brings an x5u", "x5u", "https://kanaria7391.example/chain"));
  all.push_back(with_header("brings an x5c", "x5c", json::Array{json::Value("MIIB")}));
  all.push_back(with_header("names a kid", "kid", "kanaria7391"));
  all.push_back({"brings a key of its own in jwk",
                 [](JwtParts parts, const crypto::P256Signer&) {
                   const auto other = crypto::P256PrivateKey::generate();
                   parts.header["jwk"] = jose::Jwk(other.public_key()).to_json();
                   return sign_jwt(parts, other);
                 },
                 "jwk"});
  all.push_back(with_header("has another typ", "typ", "at+jwt"));
  all.push_back(with_header("has a typ that is no string", "typ", 7));
  all.push_back({"is signed by a foreign key",
                 [](const JwtParts& parts, const crypto::P256Signer&) {
                   return sign_jwt(parts, crypto::P256PrivateKey::generate());
                 },
                 {}});
  all.push_back({"has one character of its signature changed",
                 [](const JwtParts& parts, const crypto::P256Signer& key) { return flipped(sign_jwt(parts, key), 40); },
                 {}});
  all.push_back({"has one character of its payload changed",
                 [](const JwtParts& parts, const crypto::P256Signer& key) { return flipped(sign_jwt(parts, key), 95); },
                 {}});
  all.push_back({"has an empty signature",
                 [](const JwtParts& parts, const crypto::P256Signer&) { return unsigned_jwt(parts, ""); },
                 {}});
  all.push_back({"has a signature of 64 zeros",
                 [](const JwtParts& parts, const crypto::P256Signer&) {
                   return unsigned_jwt(parts, base64url::encode(Bytes(64)));
                 },
                 {}});
  all.push_back(
      {"is two parts", [](const JwtParts&, const crypto::P256Signer&) { return std::string("e30.e30"); }, {}});
  all.push_back(
      {"is no JWT", [](const JwtParts&, const crypto::P256Signer&) { return std::string("kanaria7391"); }, {}});
  all.push_back({"is followed by padding",
                 [](const JwtParts& parts, const crypto::P256Signer& key) { return sign_jwt(parts, key) + "=="; },
                 {}});
  all.push_back({"is 9 KiB",
                 [](JwtParts parts, const crypto::P256Signer& key) {
                   parts.payload["extra"] = std::string(9 * 1024, 'k');
                   return sign_jwt(parts, key);
                 },
                 "size"});
  return all;
}

using Forge = std::function<std::string(JwtParts, const crypto::P256Signer&)>;

// One place where somebody sends a JWT.
struct Slot {
  std::string name;
  std::vector<std::string> headers_allowed;  // forgeries about these mean something else here
  int status;
  std::string code;
  std::function<Reply(TestWorld&, const Forge&)> run;
};

Reply dpop_at_token(TestWorld& w, const Forge& forge) {
  TestRequest request = w.client_credentials(w.shop, sign_jwt(w.client_assertion(w.shop), *w.shop.key));
  request.set("DPoP", forge(w.dpop_proof(*w.shop.dpop_key, "POST", "/oauth/token"), *w.shop.dpop_key));
  return w.send(request);
}

Reply dpop_at_staff(TestWorld& w, const Forge& forge) {
  const BoundToken token = w.token(w.akari);
  TestRequest request = w.bound_request(token, "GET", "/api/v1/staff/cases");
  request.set("DPoP", forge(w.dpop_proof(*token.key, "GET", "/api/v1/staff/cases", token.token), *token.key));
  return w.send(request);
}

Reply dpop_at_credential(TestWorld& w, const Forge& forge) {
  static const BoundToken token = w.holder_token();  // refused before it is used up
  TestRequest request =
      w.bound_request(token, "POST", "/oid4vci/credential", json::serialize(w.credential_body({"x"})));
  request.set("DPoP", forge(w.dpop_proof(*token.key, "POST", "/oid4vci/credential", token.token), *token.key));
  return w.send(request);
}

Reply assertion_of_client(TestWorld& w, const Forge& forge) {
  return w.send(w.client_credentials(w.shop, forge(w.client_assertion(w.shop), *w.shop.key)));
}

Reply proof_of_key(TestWorld& w, const Forge& forge) {
  static const BoundToken token = w.holder_token();
  const auto key = crypto::P256PrivateKey::generate();
  const std::string proof = forge(w.key_proof(key, w.nonce()), key);
  return w.send(w.bound_request(token, "POST", "/oid4vci/credential", json::serialize(w.credential_body({proof}))));
}

Reply binding_of_key(TestWorld& w, const Forge& forge) {
  static const AskedRequest asked = w.ask(w.shop);  // a refused answer leaves it open
  static const HeldCard card = w.take_card();
  AnswerTwist twist;
  twist.key_binding = forge;
  return w.send(w.answer(asked, w.answer_form(w.fetch(asked), card, twist)));
}

const std::vector<Slot>& slots() {
  static const std::vector<Slot> all = {
      {"A DPoP proof at the token endpoint", {"jwk"}, 400, "invalid_dpop_proof", dpop_at_token},
      {"A DPoP proof at a staff route", {"jwk"}, 401, "dpop_invalid_proof", dpop_at_staff},
      {"A DPoP proof at the credential endpoint", {"jwk"}, 401, "invalid_dpop_proof", dpop_at_credential},
      {"A client assertion", {"kid"}, 401, "invalid_client", assertion_of_client},
      // It may be larger, as its header has a key attestation.
      {"A key proof", {"size", "jwk"}, 400, "invalid_proof", proof_of_key},
      // A kid names nothing there: the key is the one in the card's cnf.
      {"A key binding", {"size", "kid"}, 400, "invalid_request", binding_of_key},
  };
  return all;
}

}  // namespace

std::vector<Row> jwt_rows() {
  std::vector<Row> rows;
  for (const Slot& slot : slots()) {
    for (const Forgery& forgery : forgeries()) {
      if (std::ranges::find(slot.headers_allowed, forgery.uses_header) != slot.headers_allowed.end()) continue;
      // A client assertion that is too long is no assertion at all: RFC 6749's invalid_request.
      const bool too_long = slot.code == "invalid_client" && forgery.uses_header == "size";
      rows.push_back({slot.name + " that " + forgery.what + " is refused", too_long ? 400 : slot.status,
                      too_long ? "invalid_request" : slot.code,
                      [&slot, make = forgery.make](TestWorld& w) { return slot.run(w, make); }});
    }
  }
  return rows;
}

}  // namespace mibun::server
