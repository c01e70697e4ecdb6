#include "core/oid4vp/wallet_metadata.h"

#include <doctest/doctest.h>

#include "tests/core/oid4vp/simulation.h"

using namespace mibun;
using namespace mibun::oid4vp;

namespace {

json::Object said() {
  return WalletMetadata::of(haip_profile()).to_json();
}

ErrorCode answers(const json::Object& metadata, const json::Object& query = shop_query()) {
  const auto read = WalletMetadata::parse(json::serialize(metadata));
  if (!read) return read.error().code;
  const dcql::Query asked = must(dcql::Query::parse(query));
  return code_of(read->check_answers(
      {.query = asked, .prefix = ClientId::Prefix::x509_hash, .mode = ResponseMode::direct_post_jwt}));
}

json::Array of(std::string_view value) {
  return {json::Value(value)};
}

}  // namespace

TEST_CASE("what our wallet says of itself survives its way, and our gateway can serve it") {
  for (const RequestProfile& profile : {haip_profile(), encrypted_profile(), openid4vp_profile()}) {
    const json::Object object = WalletMetadata::of(profile).to_json();
    CHECK(must(WalletMetadata::parse(json::serialize(object))).to_json() == object);
    CHECK(answers(object) == ErrorCode::internal_error);
    CHECK(answers(object, mdl_query()) == ErrorCode::internal_error);
  }
  CHECK(said().at("client_id_prefixes_supported") == of("x509_hash"));
  CHECK(said().at("response_modes_supported") == of("direct_post.jwt"));
  CHECK(!said().contains("jwks"));
}

TEST_CASE("a wallet that could not answer is told so before it is asked") {
  struct Row {
    std::string_view why;
    std::function<void(json::Object&)> change;
    ErrorCode want;
  };
  const auto bad = ErrorCode::oid4vp_invalid_request;
  const Row rows[] = {
      {"as it should be", [](auto&) {}, ErrorCode::internal_error},
      {"members that are not known", [](auto& m) { m["x"] = 1; }, ErrorCode::internal_error},
      {"formats and prefixes alone",
       [](auto& m) {
         m = json::Object{{"vp_formats_supported", m["vp_formats_supported"]},
                          {"client_id_prefixes_supported", m["client_id_prefixes_supported"]}};
       },
       ErrorCode::internal_error},
      {"no prefixes: it knows registered clients only", [](auto& m) { m.erase("client_id_prefixes_supported"); },
       ErrorCode::oid4vp_client_id_prefix_not_supported},
      {"other prefixes", [](auto& m) { m["client_id_prefixes_supported"] = of("redirect_uri"); },
       ErrorCode::oid4vp_client_id_prefix_not_supported},
      {"another response type", [](auto& m) { m["response_types_supported"] = of("code"); },
       ErrorCode::oid4vp_response_mode_not_supported},
      {"another response mode", [](auto& m) { m["response_modes_supported"] = of("direct_post"); },
       ErrorCode::oid4vp_response_mode_not_supported},
      {"other signatures", [](auto& m) { m["request_object_signing_alg_values_supported"] = of("EdDSA"); },
       ErrorCode::jws_alg_not_allowed},
      {"another key agreement", [](auto& m) { m["authorization_encryption_alg_values_supported"] = of("RSA-OAEP"); },
       ErrorCode::jwe_alg_not_allowed},
      {"another encryption", [](auto& m) { m["authorization_encryption_enc_values_supported"] = of("A128CBC-HS256"); },
       ErrorCode::jwe_enc_not_allowed},
      {"another format", [](auto& m) { m["vp_formats_supported"] = object_of(R"({"mso_mdoc":{}})"); },
       ErrorCode::dcql_unsupported_format},
      {"the format with another algorithm",
       [](auto& m) { m["vp_formats_supported"] = object_of(R"({"dc+sd-jwt":{"kb-jwt_alg_values":["EdDSA"]}})"); },
       ErrorCode::dcql_unsupported_format},
      {"no formats", [](auto& m) { m.erase("vp_formats_supported"); }, bad},
      {"formats as an array", [](auto& m) { m["vp_formats_supported"] = json::Array{}; }, bad},
      {"prefixes as a text", [](auto& m) { m["client_id_prefixes_supported"] = "x509_hash"; }, bad},
      {"an empty list", [](auto& m) { m["client_id_prefixes_supported"] = json::Array{}; }, bad},
      {"a list of numbers", [](auto& m) { m["response_modes_supported"] = json::Array{1}; }, bad},
      {"a long list",
       [](auto& m) {
         json::Array modes;
         for (std::size_t i = 0; i <= kWalletMetadataValuesMax; ++i) modes.emplace_back("x");
         m["response_modes_supported"] = std::move(modes);
       },
       bad},
      {"keys as a text", [](auto& m) { m["jwks"] = "x"; }, bad},
      {"no key that can be used", [](auto& m) { m["jwks"] = object_of(R"({"keys":[]})"); }, bad},
      {"a private key",
       [](auto& m) {
         json::Object key = jose::Jwk(crypto::P256PrivateKey::generate().public_key()).to_json();
         key["d"] = "AA";
         m["jwks"] = json::Object{{"keys", json::Array{key}}};
       },
       ErrorCode::private_key_rejected},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    json::Object metadata = said();
    row.change(metadata);
    CHECK(answers(metadata) == row.want);
  }
  CHECK(code_of(WalletMetadata::parse("[]")) == bad);
  CHECK(code_of(WalletMetadata::parse("")) == bad);
  CHECK(code_of(WalletMetadata::parse(std::string(kWalletMetadataBytesMax + 1, ' '))) == bad);
}

TEST_CASE("a request for a wallet that wants it encrypted can be read by that wallet alone") {
  const auto key = crypto::P256PrivateKey::generate();
  jose::Jwk named(key.public_key());
  named.set_kid("w1");
  json::Object metadata = said();
  metadata["jwks"] = json::Object{{"keys", json::Array{named.to_json()}}};
  const auto read = must(WalletMetadata::parse(json::serialize(metadata)));
  REQUIRE(read.request_key());
  Simulation simulation;
  const std::string object = simulation.transaction.request(simulation.world);
  const std::string sealed = must(encrypt_request_object(object, *read.request_key(), simulation.world.rng));
  const jose::Jwe jwe = must(jose::Jwe::parse(sealed, jose::kEcdhEsDirect));
  CHECK(jwe.kid() == "w1");
  CHECK(jwe.unverified_header().at("cty") == "JWT");  // RFC 7519, section 5.2
  const Bytes inner = must(jwe.decrypt(key));
  CHECK(as_text(inner) == object);
  CHECK(must(jose::Jws::parse(as_text(inner))).unverified_header().at("typ") == json::Value(kRequestObjectType));
  CHECK(!jwe.decrypt(crypto::P256PrivateKey::generate()).has_value());
}

TEST_CASE("the POST for a request carries the metadata and the nonce, and nothing else") {
  Simulation simulation;
  PresentationFlow flow = simulation.flow();
  const auto fetch = std::get<SendRequest>(must(flow.advance(Started{simulation.link.to_string()}, kTestNow))).request;
  const auto fields = must(form::Fields::parse(fetch.body));
  CHECK(fields.all().size() == 2);
  CHECK(must(WalletMetadata::parse(must(fields.get("wallet_metadata")))).to_json() ==
        WalletMetadata::of(encrypted_profile()).to_json());
  CHECK(fields.find("wallet_nonce").has_value());
}
