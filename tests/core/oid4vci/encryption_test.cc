#include "core/oid4vci/encryption.h"

#include "core/oid4vci/wallet_encryption.h"
#include "tests/core/oid4vci/support.h"

using namespace mibun;
using namespace mibun::oid4vci;

namespace {

using Headers = std::vector<HttpHeader>;
const Headers kJwt = {{"content-type", "application/jwt"}};

json::Object key_json(const crypto::P256PublicKey& key) {
  jose::Jwk jwk(key);
  jwk.set_kid("k");
  jwk.set_alg("ECDH-ES");
  return jwk.to_json();
}

}  // namespace

TEST_CASE("parameters for the answer: one P-256 key with its alg, an enc that is offered, nothing else") {
  struct Row {
    const char* why;
    void (*change)(json::Object&);
    const char* want = "oid4vci_invalid_encryption_parameters";
  };
  static constexpr auto jwk = [](json::Object& o) -> json::Object& { return o["jwk"].as_object(); };
  static constexpr Row rows[] = {
      {"unchanged", [](json::Object&) {}, "accepted"},
      {"A256GCM", [](json::Object& o) { o["enc"] = "A256GCM"; }, "accepted"},
      {"use enc", [](json::Object& o) { jwk(o)["use"] = "enc"; }, "accepted"},
      {"an unknown member", [](json::Object& o) { o["x"] = 1; }, "accepted"},
      {"no jwk", [](json::Object& o) { o.erase("jwk"); }},
      {"jwk a string", [](json::Object& o) { o["jwk"] = "k"; }},
      {"no enc", [](json::Object& o) { o.erase("enc"); }},
      {"enc null", [](json::Object& o) { o["enc"] = nullptr; }},
      {"enc with a MAC", [](json::Object& o) { o["enc"] = "A128CBC-HS256"; }},
      {"enc in another case", [](json::Object& o) { o["enc"] = "a128gcm"; }},
      {"no alg", [](json::Object& o) { jwk(o).erase("alg"); }},
      {"another alg", [](json::Object& o) { jwk(o)["alg"] = "ECDH-ES+A128KW"; }},
      {"a key for signatures", [](json::Object& o) { jwk(o)["use"] = "sig"; }},
      {"a private key", [](json::Object& o) { jwk(o)["d"] = "AAAA"; }},
      {"another curve", [](json::Object& o) { jwk(o)["crv"] = "P-384"; }},
      {"not on the curve", [](json::Object& o) { jwk(o)["y"] = jwk(o)["x"]; }},
      {"compressed", [](json::Object& o) { o["zip"] = "DEF"; }},
      {"compression null", [](json::Object& o) { o["zip"] = nullptr; }},
  };
  SeededRng rng(3);
  const auto key = key_from(rng);
  for (const Row& row : rows) {
    INFO(row.why);
    json::Object object{{"jwk", key_json(key.public_key())}, {"enc", "A128GCM"}};
    row.change(object);
    CHECK(code_of(AnswerEncryption::parse(object)) == row.want);
  }
}

TEST_CASE("a request in clear or encrypted to a key of ours is opened, everything else is refused") {
  SeededRng rng(4);
  const auto ours = key_from(rng), other = key_from(rng);
  const std::vector<DecryptionKey> keys{{"ours", &ours}};
  const json::Object message{{"transaction_id", "t"}};
  const auto sealed = [&](const crypto::P256PrivateKey& key, const char* kid) {
    jose::Jwk jwk(key.public_key());
    if (kid != nullptr) jwk.set_kid(kid);
    return encrypt_message(message, jwk, jose::ContentEncryption::a128gcm, rng).value();
  };
  const auto open = [&](const Headers& headers, const std::string& body, bool required = false) {
    return open_request(headers, body, keys, required);
  };
  const std::string good = sealed(ours, "ours");
  const auto opened = open(kJwt, good, true).value();
  CHECK(opened.encrypted);
  CHECK(opened.json == json::serialize(message));
  const auto clear = open({{"Content-Type", "application/json; charset=utf-8"}}, "{}").value();
  CHECK(!clear.encrypted);
  CHECK(clear.json == "{}");

  constexpr const char* kBadEncryption = "oid4vci_invalid_encryption_parameters";
  constexpr const char* kBadRequest = "oid4vci_invalid_credential_request";
  CHECK(code_of(open({{"Content-Type", "application/json"}}, "{}", true)) == kBadEncryption);
  CHECK(code_of(open(kJwt, sealed(ours, nullptr))) == kBadEncryption);
  CHECK(code_of(open(kJwt, sealed(ours, "other"))) == kBadEncryption);
  CHECK(code_of(open(kJwt, sealed(other, "ours"))) == kBadEncryption);
  CHECK(code_of(open(kJwt, "{}")) == kBadEncryption);
  CHECK(code_of(open(kJwt, "")) == kBadEncryption);
  CHECK(code_of(open({}, "{}")) == kBadRequest);
  CHECK(code_of(open({{"Content-Type", "text/plain"}}, "{}")) == kBadRequest);
  CHECK(code_of(open({{"Content-Type", "application/jwt"}, {"content-type", "application/json"}}, good)) ==
        kBadRequest);
  // RFC 7516, section 11.5: whatever is wrong with an encrypted key, it is one refusal.
  const std::size_t no_key = good.find("..");
  for (const char* encrypted_key : {"AAAA", "A", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "="}) {
    std::string changed = good;
    CHECK(code_of(open(kJwt, changed.insert(no_key + 1, encrypted_key))) == kBadEncryption);
  }
  for (std::size_t i = 0; i < good.size(); i += 7) {
    std::string changed = good;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    CHECK(code_of(open(kJwt, changed)) == kBadEncryption);
    CHECK(code_of(open(kJwt, good.substr(0, i))) == kBadEncryption);
  }
}

TEST_CASE("the metadata of encryption survive, and what they lack is seen") {
  SeededRng rng(5);
  const auto key = key_from(rng);
  json::Object jwks;
  jwks["keys"] = json::Array{key_json(key.public_key())};
  const json::Object requests{
      {"jwks", jwks}, {"enc_values_supported", json::Array{"A256GCM", "X"}}, {"encryption_required", true}};
  const auto parsed_requests = RequestEncryption::parse(requests, "m").value();
  CHECK(parsed_requests.keys.size() == 1);
  CHECK(parsed_requests.encs == std::vector{jose::ContentEncryption::a256gcm});
  CHECK(parsed_requests.required);
  CHECK(RequestEncryption::parse(parsed_requests.to_json(), "m").value() == parsed_requests);

  struct Row {
    const char* why;
    void (*change)(json::Object&);
    const char* want = "oid4vci_metadata_malformed";
  };
  static constexpr auto first = [](json::Object& o) -> json::Object& {
    return o["jwks"].as_object()["keys"].as_array()[0].as_object();
  };
  static constexpr Row rows[] = {
      {"no jwks", [](json::Object& o) { o.erase("jwks"); }},
      {"no kid", [](json::Object& o) { first(o).erase("kid"); }},
      {"two of one kid",
       [](json::Object& o) {
         auto& keys = o["jwks"].as_object()["keys"].as_array();
         keys.push_back(keys[0]);
       }},
      {"a private key", [](json::Object& o) { first(o)["d"] = "AAAA"; }},
      {"no enc", [](json::Object& o) { o.erase("enc_values_supported"); }},
      {"no enc at all", [](json::Object& o) { o["enc_values_supported"] = json::Array(); }},
      {"enc a number", [](json::Object& o) { o["enc_values_supported"] = json::Array{1}; }},
      {"not said whether", [](json::Object& o) { o.erase("encryption_required"); }},
      {"said with a word", [](json::Object& o) { o["encryption_required"] = "true"; }},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    json::Object object = requests;
    row.change(object);
    CHECK(code_of(RequestEncryption::parse(object, "m")) == row.want);
  }
  const json::Object answers{{"alg_values_supported", json::Array{"RSA-OAEP-256"}},
                             {"enc_values_supported", json::Array{"A128GCM"}},
                             {"encryption_required", false}};
  CHECK(!ResponseEncryption::parse(answers, "m").value().ecdh_es);
  for (const char* name : {"alg_values_supported", "enc_values_supported", "encryption_required"}) {
    INFO(name);
    json::Object object = answers;
    object.erase(name);
    CHECK(code_of(ResponseEncryption::parse(object, "m")) == "oid4vci_metadata_malformed");
  }
}

TEST_CASE("a wallet encrypts when it can, and says so when it must and cannot") {
  SeededRng rng(6);
  const auto key = key_from(rng);
  jose::Jwk jwk(key.public_key());
  jwk.set_kid("k");
  jwk.set_alg("ECDH-ES");
  const std::vector both{jose::ContentEncryption::a128gcm, jose::ContentEncryption::a256gcm};
  struct Row {
    const char* why;
    std::optional<RequestEncryption> requests;
    std::optional<ResponseEncryption> answers;
    const char* want;
    bool asks = false;
  };
  const Row rows[] = {
      {"nothing offered", {}, {}, "accepted"},
      {"both offered", RequestEncryption{{jwk}, both, false}, ResponseEncryption{true, both, false}, "accepted", true},
      {"both demanded", RequestEncryption{{jwk}, both, true}, ResponseEncryption{true, both, true}, "accepted", true},
      {"requests only", RequestEncryption{{jwk}, both, true}, {}, "accepted"},
      {"no key of ours", RequestEncryption{{}, both, true}, {}, "oid4vci_invalid_encryption_parameters"},
      {"no enc of ours", RequestEncryption{{jwk}, {}, true}, {}, "oid4vci_invalid_encryption_parameters"},
      {"no key of ours, and none needed", RequestEncryption{{}, both, false}, {}, "accepted"},
      {"answers demanded without requests",
       {},
       ResponseEncryption{true, both, true},
       "oid4vci_invalid_encryption_parameters"},
      {"answers demanded with another alg", RequestEncryption{{jwk}, both, false},
       ResponseEncryption{false, both, true}, "oid4vci_invalid_encryption_parameters"},
      {"answers with another alg, and not demanded", RequestEncryption{{jwk}, both, false},
       ResponseEncryption{false, both, false}, "accepted"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    IssuerMetadata issuer;
    issuer.request_encryption = row.requests;
    issuer.response_encryption = row.answers;
    const auto chosen = WalletEncryption::choose(issuer);
    CHECK(code_of(chosen) == row.want);
    if (chosen) CHECK(chosen->answer().has_value() == row.asks);
    if (chosen && row.asks) CHECK(chosen->answer()->enc == jose::ContentEncryption::a256gcm);
  }
}
