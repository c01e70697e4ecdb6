#include "platform/keyd/signing_names.h"

#include <set>
#include <vector>

#include "platform/keyd/signing_list.h"
#include "tests/platform/keyd/signing.h"
#include "tests/platform/keyd/support.h"

using namespace mibun;
using namespace mibun::keyd;
using namespace mibun::keyd::test;

namespace {

const crypto::P256PublicKey kSomeKey = crypto::P256PrivateKey::generate().public_key();

bool signs(const char* name, BytesView message) {
  const std::vector<crypto::PublicKey> own{kSomeKey};
  const auto checked = check_signed_content(*find_signing_name(name), message, own);
  if (!checked) CHECK(checked.error().code == ErrorCode::keyd_purpose_not_allowed);
  return checked.has_value();
}

}  // namespace

TEST_CASE("each signing key has one name, and no JWT type belongs to two") {
  std::set<std::string_view> names, types;
  for (const SigningName& row : signing_names()) {
    CHECK(names.insert(row.name).second);
    for (const std::string_view type : row.types) CHECK(types.insert(type).second);
    CHECK((row.purpose == Purpose::certify) == !row.certifies.empty());
    CHECK(row.types.empty() == (row.purpose == Purpose::certify || row.purpose == Purpose::sign_mdoc));
  }
}

TEST_CASE("a stem and a key's name and generation are two forms of one thing") {
  for (const SigningName& row : signing_names()) {
    for (const std::uint32_t generation : {1U, 2U, 10U, kGenerationsMax}) {
      const SigningKeyId id{std::string(row.name), generation};
      CHECK(parse_stem(stem_of(id)) == id);
    }
  }
  for (const char* stem :
       {"", "issuer-", "issuer-0", "issuer-1", "issuer-02", "issuer-+2", "issuer- 2", "issuer-2x", "issuer-10000",
        "issuer-99999999999", "tls", "tls-2", "master", "log", "../issuer", "-2", "Issuer", "issuer-root-1"}) {
    INFO(stem);
    CHECK(!parse_stem(stem).has_value());
  }
}

TEST_CASE("JWTs are told apart by the type in their header, and what is no JWT is signed by nobody") {
  for (const SigningName& row : signing_names()) {
    for (const SigningName& other : signing_names()) {
      for (const std::string_view type : other.types) {
        INFO(row.name << " " << type);
        CHECK(signs(std::string(row.name).c_str(), as_bytes(jwt_of(type))) == (row.name == other.name));
      }
    }
  }
  const std::string good = jwt_of("dc+sd-jwt");
  CHECK(signs("issuer", as_bytes(good)));
  CHECK(!signs("issuer", as_bytes(good + ".")));
  CHECK(!signs("issuer", as_bytes("x" + good)));
  CHECK(!signs("issuer", as_bytes(good.substr(0, good.find('.')))));
  CHECK(!signs("issuer", as_bytes(jwt_of("DC+SD-JWT"))));
  CHECK(!signs("issuer", as_bytes(base64url::encode(R"({"alg":"ES256"})") + ".e30")));
  CHECK(!signs("issuer", as_bytes(base64url::encode(R"({"typ":["dc+sd-jwt"]})") + ".e30")));
  // Two types, of which a lax reader may take either.
  CHECK(!signs("issuer", as_bytes(base64url::encode(R"({"typ":"dc+sd-jwt","typ":"x"})") + ".e30")));
  CHECK(!signs("issuer", {}));
}

TEST_CASE("the document signer signs a COSE structure over an MSO and nothing else") {
  CHECK(signs("document-signer", sig_structure()));
  CHECK(!signs("issuer", sig_structure()));
  CHECK(!signs("document-signer", sig_structure("Signature")));
  CHECK(!signs("document-signer", sig_structure("CounterSignature")));
  const Bytes good = sig_structure();
  for (std::size_t size = 0; size < good.size(); ++size) CHECK(!signs("document-signer", BytesView(good).first(size)));
  Bytes longer = good;
  longer.push_back(0);
  CHECK(!signs("document-signer", longer));
  cbor::Writer bare, inner;
  bare.array(4).text("Signature1").bytes(Bytes{0xa0}).bytes({}).bytes(Bytes{0xa0});  // not in tag 24
  CHECK(!signs("document-signer", bare.take()));
  cbor::Writer not_a_map, with_external;
  inner.tag(24).bytes(Bytes{0x01});
  not_a_map.array(4).text("Signature1").bytes(Bytes{0xa0}).bytes({}).bytes(inner.take());
  CHECK(!signs("document-signer", not_a_map.take()));
  cbor::Writer mso;
  mso.tag(24).bytes(Bytes{0xa0});
  with_external.array(4).text("Signature1").bytes(Bytes{0xa0}).bytes(Bytes{1}).bytes(mso.take());
  CHECK(!signs("document-signer", with_external.take()));
}

TEST_CASE("a list of signing keys comes out as it went in, and what is none is refused") {
  const std::vector<SigningKey> keys{{{"issuer", 1}, kSomeKey, chain_for(kSomeKey), true},
                                     {{"issuer", 2}, kSomeKey, {}, false},
                                     {{"receipt", 1}, std::nullopt, {}, true}};
  const std::string text = encode_signing_list(keys);
  const auto parsed = parse_signing_list(text);
  REQUIRE(parsed.has_value());
  REQUIRE(parsed->size() == keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    CHECK((*parsed)[i].id == keys[i].id);
    CHECK((*parsed)[i].public_key == keys[i].public_key);
    CHECK((*parsed)[i].chain == keys[i].chain);
    CHECK((*parsed)[i].is_retired == keys[i].is_retired);
  }
  CHECK(encode_signing_list(*parsed) == text);
  for (const char* bad :
       {"", "[]", "{}", R"({"keys":[1]})", R"({"keys":[{"name":"issuer","generation":1,"chain":[],"retired":false}]})",
        R"({"keys":[{"name":"nobody","generation":1,"chain":[],"retired":true}]})",
        R"({"keys":[{"name":"issuer","generation":0,"chain":[],"retired":true}]})",
        R"({"keys":[{"name":"issuer","generation":1,"public_key":"AA","chain":[],"retired":true}]})",
        R"({"keys":[{"name":"issuer","generation":1,"chain":["+"],"retired":true}]})", R"({"keys":[],"more":1})"}) {
    INFO(bad);
    const auto refused = parse_signing_list(bad);
    REQUIRE(!refused.has_value());
    CHECK(refused.error().code == ErrorCode::keyd_unavailable);
  }
}
