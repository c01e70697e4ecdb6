#include "core/oid4vp/request.h"

#include <doctest/doctest.h>

#include "tests/core/oid4vp/world.h"

using namespace mibun;
using namespace mibun::oid4vp;

namespace {

struct Exchange {
  World world;
  Transaction transaction{world};

  Result<VerifiedRequest> verify(std::string_view text, Instant now = kTestNow,
                                 std::optional<std::string> wallet_nonce = {}) const {
    return VerifiedRequest::verify(text, {world.client_id, std::move(wallet_nonce), world.trust()}, now);
  }
  // A request with its parts changed before signing.
  std::string changed(const std::function<void(json::Object& header, json::Object& payload)>& change) const {
    const jose::Jws jws = must(jose::Jws::parse(transaction.request(world)));
    json::Object header{{"typ", "oauth-authz-req+jwt"}, {"x5c", jose::x5c_member(world.shop.chain)}};
    json::Object payload = must(jws.unverified_payload());
    change(header, payload);
    return must(jose::sign_jws(header, payload, world.shop.key));
  }
};

json::Object& metadata(json::Object& payload) {
  return payload["client_metadata"].as_object();
}
json::Object& first_key(json::Object& payload) {
  return metadata(payload)["jwks"].as_object()["keys"].as_array()[0].as_object();
}

}  // namespace

TEST_CASE("a wallet reads out of a request what the gateway put in") {
  const Exchange exchange;
  const VerifiedRequest request = must(exchange.verify(exchange.transaction.request(exchange.world)));
  CHECK(request.client_id() == exchange.world.client_id);
  CHECK(request.nonce() == exchange.transaction.parameters.nonce);
  CHECK(request.nonce().size() == 43);
  CHECK(request.state() == exchange.transaction.parameters.state);
  CHECK(request.response_uri() == "https://gateway.example/oid4vp/response/abc");
  CHECK(request.expires_at() == kTestNow + seconds(600));
  CHECK(request.query().credentials()[0].claims.size() == 3);
  CHECK(request.response_key()->key.key() == exchange.transaction.key.public_key());
  CHECK(request.response_key()->key.kid() == exchange.transaction.parameters.encryption_kid);
  CHECK(request.response_key()->content_encryption == jose::ContentEncryption::a256gcm);
  CHECK(request.registration().organization.en == "Sample Shop");
  CHECK(request.registration().purpose.ja == "年齢確認のため");
}

TEST_CASE("a request has what HAIP wants of it") {
  const Exchange exchange;
  const jose::Jws jws = must(jose::Jws::parse(exchange.transaction.request(exchange.world)));
  CHECK(jws.unverified_header().at("typ") == "oauth-authz-req+jwt");
  CHECK(must(jws.x5c()).members().size() == 1);
  json::Object payload = must(jws.unverified_payload());
  CHECK(payload.at("aud") == "https://self-issued.me/v2");
  CHECK(payload.at("response_type") == "vp_token");
  CHECK(payload.at("response_mode") == "direct_post.jwt");
  CHECK(std::string_view(payload.at("client_id").as_string()).starts_with("x509_hash:"));
  CHECK(first_key(payload).at("alg") == "ECDH-ES");
  CHECK(first_key(payload).at("use") == "enc");
  CHECK(metadata(payload).at("encrypted_response_enc_values_supported") == json::Array{"A128GCM", "A256GCM"});
  CHECK(metadata(payload).at("vp_formats_supported").as_object().contains("dc+sd-jwt"));
  CHECK(!payload.contains("redirect_uri"));
  CHECK(!payload.contains("wallet_nonce"));
}

TEST_CASE("a request that section 5 does not allow is refused with its reason") {
  const Exchange exchange;
  struct Row {
    std::string_view why;
    std::function<void(json::Object&, json::Object&)> change;
    ErrorCode want;
  };
  const auto bad = ErrorCode::oid4vp_invalid_request;
  const Row rows[] = {
      {"typ", [](auto& h, auto&) { h["typ"] = "JWT"; }, ErrorCode::jws_typ_mismatch},
      {"no typ", [](auto& h, auto&) { h.erase("typ"); }, ErrorCode::jws_typ_mismatch},
      {"crit", [](auto& h, auto&) { h["crit"] = json::Array{"exp"}; }, ErrorCode::jws_crit_not_understood},
      {"jwk in the header", [](auto& h, auto&) { h["jwk"] = json::Object{}; }, ErrorCode::jws_header_not_allowed},
      {"no x5c", [](auto& h, auto&) { h.erase("x5c"); }, ErrorCode::jws_x5c_malformed},
      {"client_id", [](auto&, auto& p) { p["client_id"] = "x509_hash:other"; }, ErrorCode::oid4vp_client_id_mismatch},
      {"no client_id", [](auto&, auto& p) { p.erase("client_id"); }, bad},
      {"aud", [](auto&, auto& p) { p["aud"] = "https://wallet.example"; }, ErrorCode::jwt_audience_mismatch},
      {"aud list", [](auto&, auto& p) { p["aud"] = json::Array{"https://self-issued.me/v2"}; }, bad},
      {"no aud", [](auto&, auto& p) { p.erase("aud"); }, bad},
      {"no exp", [](auto&, auto& p) { p.erase("exp"); }, ErrorCode::jwt_claim_missing},
      {"no iat", [](auto&, auto& p) { p.erase("iat"); }, ErrorCode::jwt_claim_missing},
      {"exp text", [](auto&, auto& p) { p["exp"] = "soon"; }, ErrorCode::jwt_claim_wrong_type},
      {"nbf later", [](auto&, auto& p) { p["nbf"] = kTestNow.unix_seconds() + 100; }, ErrorCode::jwt_not_yet_valid},
      {"response_type code", [](auto&, auto& p) { p["response_type"] = "code"; }, bad},
      {"response_type both", [](auto&, auto& p) { p["response_type"] = "vp_token id_token"; }, bad},
      {"response_mode plain", [](auto&, auto& p) { p["response_mode"] = "direct_post"; },
       ErrorCode::oid4vp_response_mode_not_supported},
      {"response_mode fragment", [](auto&, auto& p) { p["response_mode"] = "fragment"; },
       ErrorCode::oid4vp_response_mode_not_supported},
      {"response_mode of a browser", [](auto&, auto& p) { p["response_mode"] = "dc_api.jwt"; },
       ErrorCode::oid4vp_response_mode_not_supported},
      {"response_mode that nobody knows", [](auto&, auto& p) { p["response_mode"] = "smoke_signal"; },
       ErrorCode::oid4vp_response_mode_not_supported},
      {"response_mode null", [](auto&, auto& p) { p["response_mode"] = nullptr; }, bad},
      {"redirect_uri", [](auto&, auto& p) { p["redirect_uri"] = "https://gateway.example/cb"; }, bad},
      {"scope", [](auto&, auto& p) { p["scope"] = "openid"; }, bad},
      {"nested request", [](auto&, auto& p) { p["request"] = "x"; }, bad},
      {"nested request_uri", [](auto&, auto& p) { p["request_uri"] = "https://gateway.example/r"; }, bad},
      {"no nonce", [](auto&, auto& p) { p.erase("nonce"); }, bad},
      {"nonce short", [](auto&, auto& p) { p["nonce"] = "123456789012345"; }, bad},
      {"nonce not URL safe", [](auto&, auto& p) { p["nonce"] = "12345678901234567+"; }, bad},
      {"nonce too long", [](auto&, auto& p) { p["nonce"] = std::string(513, 'a'); }, bad},
      {"nonce number", [](auto&, auto& p) { p["nonce"] = 1234567890123456789; }, bad},
      {"state empty", [](auto&, auto& p) { p["state"] = ""; }, bad},
      {"state with a space", [](auto&, auto& p) { p["state"] = "a b"; }, bad},
      {"no response_uri", [](auto&, auto& p) { p.erase("response_uri"); }, bad},
      {"response_uri elsewhere", [](auto&, auto& p) { p["response_uri"] = "https://evil.example/x"; },
       ErrorCode::oid4vp_response_uri_not_owned},
      {"response_uri below", [](auto&, auto& p) { p["response_uri"] = "https://gateway.example.evil.example/x"; },
       ErrorCode::oid4vp_response_uri_not_owned},
      {"response_uri http", [](auto&, auto& p) { p["response_uri"] = "http://gateway.example/x"; },
       ErrorCode::oid4vp_response_uri_not_owned},
      {"no query", [](auto&, auto& p) { p.erase("dcql_query"); }, bad},
      {"query text", [](auto&, auto& p) { p["dcql_query"] = "{}"; }, bad},
      {"query empty", [](auto&, auto& p) { p["dcql_query"] = json::Object{}; }, ErrorCode::dcql_malformed},
      {"no metadata", [](auto&, auto& p) { p.erase("client_metadata"); }, bad},
      {"no jwks", [](auto&, auto& p) { metadata(p).erase("jwks"); }, bad},
      {"no keys", [](auto&, auto& p) { metadata(p)["jwks"].as_object()["keys"] = json::Array{}; }, bad},
      {"key for signatures", [](auto&, auto& p) { first_key(p)["use"] = "sig"; }, bad},
      {"key without kid", [](auto&, auto& p) { first_key(p).erase("kid"); }, bad},
      {"key without alg", [](auto&, auto& p) { first_key(p).erase("alg"); }, bad},
      {"key of another alg", [](auto&, auto& p) { first_key(p)["alg"] = "ECDH-ES+A128KW"; }, bad},
      {"key on another curve", [](auto&, auto& p) { first_key(p)["crv"] = "P-384"; }, bad},
      {"key off the curve", [](auto&, auto& p) { first_key(p)["x"] = first_key(p)["y"]; }, bad},
      {"private key", [](auto&, auto& p) { first_key(p)["d"] = first_key(p)["y"]; }, bad},
      {"unknown enc",
       [](auto&, auto& p) { metadata(p)["encrypted_response_enc_values_supported"] = json::Array{"A128CBC-HS256"}; },
       bad},
      {"no formats", [](auto&, auto& p) { metadata(p).erase("vp_formats_supported"); }, bad},
      {"other formats", [](auto&, auto& p) { metadata(p)["vp_formats_supported"] = object_of(R"({"mso_mdoc":{}})"); },
       ErrorCode::dcql_unsupported_format},
      {"other algorithms",
       [](auto&, auto& p) {
         metadata(p)["vp_formats_supported"] = object_of(R"({"dc+sd-jwt":{"kb-jwt_alg_values":["ES384"]}})");
       },
       ErrorCode::dcql_unsupported_format},
      {"no registration", [](auto&, auto& p) { p.erase("verifier_info"); }, ErrorCode::oid4vp_registration_invalid},
      {"empty verifier_info", [](auto&, auto& p) { p["verifier_info"] = json::Array{}; },
       ErrorCode::oid4vp_registration_invalid},
      {"verifier_info of text", [](auto&, auto& p) { p["verifier_info"].as_array().emplace_back("x"); }, bad},
      {"registration of another format",
       [](auto&, auto& p) { p["verifier_info"].as_array()[0].as_object()["format"] = "jwt"; },
       ErrorCode::oid4vp_registration_invalid},
      {"registration as an object",
       [](auto&, auto& p) { p["verifier_info"].as_array()[0].as_object()["data"] = json::Object{}; },
       ErrorCode::oid4vp_registration_invalid},
      {"two registrations",
       [](auto&, auto& p) { p["verifier_info"].as_array().push_back(json::Value(p["verifier_info"].as_array()[0])); },
       ErrorCode::oid4vp_registration_invalid},
      {"rubbish as registration",
       [](auto&, auto& p) { p["verifier_info"].as_array()[0].as_object()["data"] = "a.b.c"; },
       ErrorCode::oid4vp_registration_invalid},
      {"one claim more than registered",
       [](auto&, auto& p) {
         p["dcql_query"].as_object()["credentials"].as_array()[0].as_object()["claims"].as_array().push_back(
             object_of(R"({"path":["birth_date"]})"));
       },
       ErrorCode::oid4vp_claim_not_registered},
  };
  CHECK(exchange.verify(exchange.changed([](auto&, auto&) {})).has_value());
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(exchange.verify(exchange.changed(row.change))) == row.want);
  }
}

TEST_CASE("what a wallet ignores in a request") {
  const Exchange exchange;
  struct Row {
    std::string_view why;
    std::function<void(json::Object&, json::Object&)> change;
  };
  const Row rows[] = {
      {"iss", [](auto&, auto& p) { p["iss"] = "https://somebody.example"; }},
      {"unknown members",
       [](auto&, auto& p) {
         p["x"] = 1;
         metadata(p)["y"] = 2;
       }},
      {"no state", [](auto&, auto& p) { p.erase("state"); }},
      {"kid beside x5c", [](auto& h, auto&) { h["kid"] = "1"; }},
      {"a key without use", [](auto&, auto& p) { first_key(p).erase("use"); }},
      {"unusable keys first",
       [](auto&, auto& p) {
         json::Array keys;
         keys.push_back(object_of(R"({"kty":"OKP","kid":"jc","use":"enc","crv":"X25519","alg":"ECDH-ES","x":"AA"})"));
         keys.push_back("rubbish");
         keys.push_back(json::Value(first_key(p)));
         metadata(p)["jwks"].as_object()["keys"] = std::move(keys);
       }},
      {"info of other formats",
       [](auto&, auto& p) { p["verifier_info"].as_array().push_back(object_of(R"({"format":"x","data":{}})")); }},
      {"unasked wallet_nonce", [](auto&, auto& p) { p["wallet_nonce"] = "x"; }},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(exchange.verify(exchange.changed(row.change)).has_value());
  }
  const auto beside_another_use = exchange.verify(exchange.changed([](auto&, auto& p) {
    json::Object other = jose::Jwk(crypto::P256PrivateKey::generate().public_key()).to_json();
    other["kid"] = "of-another-use";
    other["use"] = "sig";
    other["alg"] = "ECDH-ES";
    json::Array keys{std::move(other)};
    keys.push_back(json::Value(first_key(p)));
    metadata(p)["jwks"].as_object()["keys"] = std::move(keys);
  }));
  CHECK(must(Result<VerifiedRequest>(beside_another_use)).response_key()->key.thumbprint() ==
        jose::Jwk(exchange.transaction.key.public_key()).thumbprint());
  const auto only_128 = exchange.verify(exchange.changed([](auto&, auto& p) {
    metadata(p)["encrypted_response_enc_values_supported"] = json::Array{"A128CBC-HS256", "A128GCM"};
  }));
  CHECK(must(Result<VerifiedRequest>(only_128)).response_key()->content_encryption == jose::ContentEncryption::a128gcm);
  const auto unsaid = exchange.verify(
      exchange.changed([](auto&, auto& p) { metadata(p).erase("encrypted_response_enc_values_supported"); }));
  CHECK(must(Result<VerifiedRequest>(unsaid)).response_key()->content_encryption == jose::ContentEncryption::a128gcm);
}

TEST_CASE("A2: who signed a request is who the link names") {
  const Exchange exchange;
  const World& world = exchange.world;
  const std::string text = exchange.transaction.request(world);
  const auto as = [&](std::string_view client_id) {
    return code_of(VerifiedRequest::verify(text, {client_id, {}, world.trust()}, kTestNow));
  };
  CHECK(as(world.client_id) == ErrorCode::internal_error);
  CHECK(as("x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk") == ErrorCode::oid4vp_client_id_mismatch);
  CHECK(as("x509_san_dns:gateway.example") ==
        ErrorCode::oid4vp_client_id_mismatch);  // of the certificate, not said inside
  CHECK(as("x509_san_dns:evil.example") == ErrorCode::oid4vp_client_id_mismatch);
  for (const std::string_view prefix :
       {"origin:https://a.example", "decentralized_identifier:did:example:1", "openid_federation:https://a.example",
        "web-origin:https://a.example", "shop", "", "X509_HASH:abc"}) {
    INFO(prefix);
    CHECK(as(prefix) == ErrorCode::oid4vp_client_id_prefix_not_supported);
  }

  // Another trusted client, with its own certificate, under the first one's name.
  const TestSigner other(world.access_authority, crypto::CertificatePurpose::verifier_access, "gateway.example");
  const json::Object payload = must(must(jose::Jws::parse(text)).unverified_payload());
  const auto signed_by = [&](const TestSigner& signer, const crypto::P256Signer& key) {
    return code_of(exchange.verify(
        must(jose::sign_jws({{"typ", "oauth-authz-req+jwt"}, {"x5c", jose::x5c_member(signer.chain)}}, payload, key))));
  };
  CHECK(signed_by(world.shop, world.shop.key) == ErrorCode::internal_error);
  CHECK(signed_by(other, other.key) == ErrorCode::oid4vp_client_id_mismatch);
  CHECK(signed_by(world.shop, other.key) == ErrorCode::jws_signature_invalid);
  // The keys of its client_metadata are for the answer alone (section 5.1).
  CHECK(signed_by(world.shop, exchange.transaction.key) == ErrorCode::jws_signature_invalid);
  const TestAuthority strangers("strangers");
  const TestSigner stranger(strangers, crypto::CertificatePurpose::verifier_access, "gateway.example");
  CHECK(signed_by(stranger, stranger.key) == ErrorCode::certificate_untrusted);
  const TestSigner issuer(world.access_authority, crypto::CertificatePurpose::credential_issuer, "gateway.example");
  CHECK(signed_by(issuer, issuer.key) == ErrorCode::certificate_wrong_purpose);
}

TEST_CASE("x509_san_dns: the name is the certificate's and the response_uri's host") {
  const Exchange exchange;
  const World& world = exchange.world;
  const std::string client_id = "x509_san_dns:gateway.example";
  Registration registration = world.registration();
  registration.client_id = client_id;
  const std::string signed_registration =
      must(sign_registration(registration, world.registrar.key, world.registrar.chain));
  const std::string text = exchange.changed([&](auto&, auto& p) {
    p["client_id"] = client_id;
    p["verifier_info"].as_array()[0].as_object()["data"] = signed_registration;
  });
  CHECK(VerifiedRequest::verify(text, {client_id, {}, world.trust()}, kTestNow).has_value());
}

TEST_CASE("a request is good until its last second and not after") {
  const Exchange exchange;
  const std::string text = exchange.transaction.request(exchange.world);
  CHECK(exchange.verify(text, kTestNow + seconds(659)).has_value());
  CHECK(code_of(exchange.verify(text, kTestNow + seconds(660))) == ErrorCode::oid4vp_request_expired);
  CHECK(exchange.verify(text, kTestNow - seconds(60)).has_value());
  CHECK(code_of(exchange.verify(text, kTestNow - seconds(61))) == ErrorCode::jwt_issued_in_future);
}

TEST_CASE("a registration of another client, or one that has ended, does not carry a request") {
  const Exchange exchange;
  const auto with = [&](const std::function<void(Registration&)>& change) {
    Registration registration = exchange.world.registration();
    change(registration);
    const std::string text =
        must(sign_registration(registration, exchange.world.registrar.key, exchange.world.registrar.chain));
    return exchange.verify(
        exchange.changed([&](auto&, auto& p) { p["verifier_info"].as_array()[0].as_object()["data"] = text; }));
  };
  CHECK(with([](Registration&) {}).has_value());
  CHECK(code_of(with([](Registration& r) { r.client_id = "x509_hash:other"; })) ==
        ErrorCode::oid4vp_registration_invalid);
  CHECK(code_of(with([](Registration& r) { r.expires_at = kTestNow - seconds(61); })) ==
        ErrorCode::oid4vp_registration_invalid);
  CHECK(code_of(with([](Registration& r) {
          r.credentials[0].claims.pop_back();
          r.credentials[0].claims.pop_back();
        })) == ErrorCode::oid4vp_claim_not_registered);
}

TEST_CASE("the wallet's nonce comes back, or the request is another wallet's") {
  Exchange exchange;
  const std::string without = exchange.transaction.request(exchange.world);
  CHECK(code_of(exchange.verify(without, kTestNow, "mine")) == ErrorCode::oid4vp_wallet_nonce_mismatch);
  exchange.transaction.parameters.wallet_nonce = "mine";
  const std::string with = exchange.transaction.request(exchange.world);
  CHECK(exchange.verify(with, kTestNow, "mine").has_value());
  CHECK(code_of(exchange.verify(with, kTestNow, "yours")) == ErrorCode::oid4vp_wallet_nonce_mismatch);
}

TEST_CASE("the gateway does not sign what a wallet would refuse, nor what is not registered") {
  struct Row {
    std::string_view why;
    std::function<void(Transaction&)> change;
    ErrorCode want;
  };
  const auto bad = ErrorCode::oid4vp_invalid_request;
  const Row rows[] = {
      {"fine", [](Transaction&) {}, ErrorCode::internal_error},
      {"nonce", [](Transaction& t) { t.parameters.nonce = "short"; }, bad},
      {"state", [](Transaction& t) { t.parameters.state = "a b"; }, bad},
      {"kid", [](Transaction& t) { t.parameters.encryption_kid = ""; }, bad},
      {"wallet_nonce", [](Transaction& t) { t.parameters.wallet_nonce = std::string(513, 'a'); }, bad},
      {"exp", [](Transaction& t) { t.parameters.expires_at = t.parameters.issued_at; }, bad},
      {"response_uri", [](Transaction& t) { t.parameters.response_uri = "https://shop.example/x"; },
       ErrorCode::oid4vp_response_uri_not_owned},
      {"query", [](Transaction& t) { t.parameters.dcql_query = {}; }, ErrorCode::dcql_malformed},
      {"another client's registration", [](Transaction& t) { t.registration.client_id = "x509_hash:other"; },
       ErrorCode::oid4vp_registration_invalid},
      {"over-asking", [](Transaction& t) { t.registration.credentials[0].claims.resize(1, path_of(R"(["x"])")); },
       ErrorCode::oid4vp_claim_not_registered},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    World world;
    Transaction transaction(world);
    row.change(transaction);
    CHECK(code_of(build_request_object(transaction.parameters, world.verified(transaction.registration),
                                       world.shop_signer())) == row.want);
  }
}

TEST_CASE("nobody signs requests without a certificate, or with another's") {
  World world;
  const std::shared_ptr<const crypto::Signer> key(std::shared_ptr<void>(), &world.shop.key);
  CHECK(code_of(RequestSigner::make(key, {})) == ErrorCode::invalid_argument);
  CHECK(code_of(RequestSigner::make(key, world.registrar.chain)) == ErrorCode::invalid_argument);
  const Bytes rubbish[] = {{0x30, 0x00}};
  CHECK(code_of(RequestSigner::make(key, rubbish)) == ErrorCode::certificate_malformed);
  CHECK(must(RequestSigner::make(key, world.shop.chain)).client_id() == world.client_id);
  using enum ClientId::Prefix;
  CHECK(must(RequestSigner::make(key, world.shop.chain, x509_san_dns)).client_id() == "x509_san_dns:gateway.example");
  for (const auto prefix : {verifier_attestation, preregistered, redirect_uri}) {
    CHECK(code_of(RequestSigner::make(key, world.shop.chain, prefix)) == ErrorCode::invalid_argument);
  }
}

TEST_CASE("no changed character and no cut prefix of a request passes") {
  const Exchange exchange;
  const std::string text = exchange.transaction.request(exchange.world);
  for (std::size_t i = 0; i < text.size(); i += 37) {
    std::string changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    CHECK(!exchange.verify(changed).has_value());
    CHECK(!exchange.verify(text.substr(0, i)).has_value());
  }
}

TEST_CASE("links") {
  const RequestLink link{.client_id = "x509_hash:abc",
                         .request_uri = "https://gateway.example/r/1?a=b&c=d",
                         .method = RequestUriMethod::post};
  const RequestLink again = must(RequestLink::parse(link.to_string()));
  CHECK(again.client_id == link.client_id);
  CHECK(again.request_uri == link.request_uri);
  CHECK(again.method == RequestUriMethod::post);
  const std::string good = "openid4vp://?client_id=x509_hash%3Aabc&request_uri=https%3A%2F%2Fgateway.example%2Fr";
  CHECK(must(RequestLink::parse(good)).method == RequestUriMethod::get);
  CHECK(RequestLink::parse(good + "&request_uri_method=get&x=y").has_value());
  CHECK(RequestLink::parse(
            "openid4vp://?client_id=x509_san_dns%3Ag.example&request_uri=https%3A%2F%2Fg.example%3A8443%2Fr")
            .has_value());
  CHECK(RequestLink::parse("openid4vp://authorize" + good.substr(12)).has_value());
  struct Row {
    std::string_view why, text;
    ErrorCode want;
  };
  const auto bad = ErrorCode::oid4vp_invalid_request;
  const Row rows[] = {
      {"empty", "", bad},
      {"another scheme", "https://wallet.example/?client_id=x509_hash:a&request_uri=https://g.example", bad},
      {"no parameters", "openid4vp://", bad},
      {"no client_id", "openid4vp://?request_uri=https://g.example/r", bad},
      {"no request_uri", "openid4vp://?client_id=x509_hash:a", bad},
      {"twice", "openid4vp://?client_id=x509_hash:a&client_id=x509_hash:b&request_uri=https://g.example/r", bad},
      {"bad escape", "openid4vp://?client_id=%zz&request_uri=https://g.example/r", bad},
      {"http", "openid4vp://?client_id=x509_hash:a&request_uri=http://g.example/r", ErrorCode::url_not_https},
      {"file", "openid4vp://?client_id=x509_hash:a&request_uri=file:///etc/passwd", ErrorCode::url_not_https},
      {"no URL", "openid4vp://?client_id=x509_hash:a&request_uri=https://", ErrorCode::url_malformed},
      {"on another host than the client's",
       "openid4vp://?client_id=x509_san_dns:g.example&request_uri=https://h.example/r",
       ErrorCode::oid4vp_client_id_mismatch},
      {"on a host below the client's",
       "openid4vp://?client_id=x509_san_dns:g.example&request_uri=https://a.g.example/r",
       ErrorCode::oid4vp_client_id_mismatch},
      {"PUT", "openid4vp://?client_id=x509_hash:a&request_uri=https://g.example/r&request_uri_method=put",
       ErrorCode::oid4vp_invalid_request_uri_method},
      {"POST in capitals", "openid4vp://?client_id=x509_hash:a&request_uri=https://g.example/r&request_uri_method=POST",
       ErrorCode::oid4vp_invalid_request_uri_method},
      {"by value and by reference", "openid4vp://?client_id=x509_hash:a&request=a.b.c&request_uri=https://g.example/r",
       bad},
      {"an empty request", "openid4vp://?client_id=x509_hash:a&request=", bad},
      {"a method without anything to fetch", "openid4vp://?client_id=x509_hash:a&request=a.b.c&request_uri_method=post",
       bad},
      {"parameters without a signature",
       "openid4vp://?client_id=x509_hash:a&response_type=vp_token&nonce=1234567890123456", bad},
      {"redirect_uri, which nobody can sign for",
       "openid4vp://?client_id=redirect_uri:https://a.example&request_uri=https://g.example/r", bad},
      {"redirect_uri with a signed request", "openid4vp://?client_id=redirect_uri:https://a.example&request=a.b.c",
       bad},
      {"redirect_uri with a query that is no JSON",
       "openid4vp://?client_id=redirect_uri:https://a.example&dcql_query=x", bad},
      {"origin prefix", "openid4vp://?client_id=origin:https://a.example&request_uri=https://g.example/r",
       ErrorCode::oid4vp_client_id_prefix_not_supported},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(RequestLink::parse(row.text)) == row.want);
  }
}

TEST_CASE("a request by value survives its link") {
  const RequestLink link{.client_id = "x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk",
                         .request_uri = {},
                         .request = "eyJ0.eyJ1.c2ln"};
  const RequestLink again = must(RequestLink::parse(link.to_string()));
  CHECK(again.request == link.request);
  CHECK(again.request_uri.empty());
  CHECK(wallet_error(ErrorCode::oid4vp_invalid_request_uri_method) == "invalid_request_uri_method");
}

TEST_CASE("client id prefixes that are dead, another protocol's, or not this wallet's") {
  for (const std::string_view id :
       {"did:example:123", "decentralized_identifier:did:example:123", "web-origin:https://a.example",
        "origin:https://a.example", "x509_san_uri:https://a.example", "openid_federation:https://a.example",
        "https://a.example", "pre-registered:a.example", "Redirect_uri:https://a.example/cb", "X509_HASH:abc", ":abc",
        ""}) {
    INFO(id);
    const auto link = RequestLink::parse(
        "openid4vp://?" + form::encode({{"client_id", std::string(id)}, {"request_uri", "https://g.example/r"}}));
    CHECK(code_of(link) ==
          (id.empty() ? ErrorCode::oid4vp_invalid_request : ErrorCode::oid4vp_client_id_prefix_not_supported));
  }
}
