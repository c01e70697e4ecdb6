#pragma once

#include <string>
#include <string_view>

#include "core/codecs/base64url.h"
#include "core/codecs/url.h"
#include "core/jose/jwk.h"
#include "core/jose/jws.h"
#include "core/oid4vci/metadata.h"
#include "core/oid4vci/offer.h"
#include "core/oid4vci/server_metadata.h"
#include "core/sd_jwt/issuer.h"
#include "tests/wallet/test_device.h"

namespace mibun::wallet {

inline constexpr std::string_view kIssuer = "https://issuer.example";
inline constexpr std::string_view kVct = "urn:mibun:identity:1";

// An issuer that checks nothing and can be told to do wrong: here it is the wallet that is tested.
struct Issuer {
  TestAuthority authority{"issuers"}, stranger{"strangers"};
  TestSigner signer{authority, crypto::CertificatePurpose::credential_issuer, "issuer.example"};
  TestSigner untrusted{stranger, crypto::CertificatePurpose::credential_issuer, "issuer.example"};
  TestSigner another{authority, crypto::CertificatePurpose::credential_issuer, "other.example"};
  SeededRng rng{5};
  std::string fault;
  bool demands_attested_keys = false;
  json::Object further_claims;  // of each copy, beside the given name
  json::Object further_clear;   // and in the clear
  std::vector<std::string> offered{"identity"};
  std::vector<oid4vci::CredentialConfiguration> further_cards;  // in the metadata, beside "identity"
  std::vector<std::string> asked_for;                           // configurations, in order

  oid4vci::CredentialOffer offer() const {
    return {.credential_issuer = std::string(kIssuer),
            .configuration_ids = offered,
            .pre_authorized = oid4vci::PreAuthorizedGrant{.code = "code", .tx_code = oid4vci::TxCode{}}};
  }
  // "trusted_issuers" of the trust list.
  std::string trusted_issuers = row(R"(["urn:mibun:identity:1"])");
  std::string row(std::string_view types, std::string_view more = "") const {
    return R"([{"format":"dc+sd-jwt","types":)" + std::string(types) + R"(,"anchors":)" + pem_list(authority) +
           std::string(more) + "}]";
  }
  std::string trust() const {
    return R"({"credential_issuer":)" + pem_list(authority) +
           R"(,"iaca":[],"verifier_access":[],"registrar":[],"receipt":[],"trusted_issuers":)" + trusted_issuers + "}";
  }

  Result<HttpResponse> handle(const HttpRequest& request) {
    if (request.url.ends_with("openid-credential-issuer")) return json_response(200, issuer_metadata());
    if (request.url.ends_with("oauth-authorization-server")) return json_response(200, server_metadata());
    if (request.url.ends_with("/token")) return token(request);
    if (request.url.ends_with("/nonce")) return json_response(200, R"({"c_nonce":"nonce"})");
    return json_response(200, credentials(must(json::parse_object(request.body))));
  }

 private:
  std::string issuer_metadata() const {
    oid4vci::IssuerMetadata metadata;
    metadata.credential_issuer = kIssuer;
    metadata.credential_endpoint = std::string(kIssuer) + "/credential";
    metadata.nonce_endpoint = std::string(kIssuer) + "/nonce";
    metadata.batch_size = 3;
    metadata.display = {{"発行者", "ja"}, {"Issuer", "en"}};
    oid4vci::CredentialConfiguration configuration;
    configuration.id = "identity";
    configuration.scope = "identity";
    configuration.vct = kVct;
    configuration.display = {{"身分証", "ja"}, {"Digital ID", "en"}};
    if (demands_attested_keys) configuration.key_attestations.emplace();
    metadata.configurations = {configuration};
    metadata.configurations.insert(metadata.configurations.end(), further_cards.begin(), further_cards.end());
    return json::serialize(metadata.to_json());
  }
  static std::string server_metadata() {
    oid4vci::AuthorizationServerMetadata metadata;
    metadata.issuer = kIssuer;
    metadata.token_endpoint = std::string(kIssuer) + "/token";
    metadata.grant_types = {std::string(oid4vci::kPreAuthorizedCodeGrant)};
    metadata.token_endpoint_auth_methods = {"none"};
    metadata.dpop_algorithms = {"ES256"};
    metadata.anonymous_pre_authorized = true;
    return json::serialize(metadata.to_json());
  }
  static HttpResponse token(const HttpRequest& request) {
    const auto fields = must(form::Fields::parse(request.body));
    if (fields.find("tx_code") != "1234") return json_response(400, R"({"error":"invalid_grant"})");
    return json_response(200, R"({"access_token":"t","token_type":"DPoP","expires_in":300})");
  }
  std::string credentials(const json::Object& body) {
    asked_for.emplace_back(body.at("credential_configuration_id").as_string());
    json::Array issued;
    std::size_t number = 0;
    for (const json::Value& proof : body.at("proofs").at("jwt").as_array()) {
      const auto jws = must(jose::Jws::parse(std::string_view(proof.as_string())));
      const auto key = must(jose::Jwk::parse(jws.unverified_header().at("jwk").as_object()));
      issued.push_back(json::Object{{"credential", copy(must(key.p256()), number++)}});
    }
    return json::serialize(json::Object{{"credentials", issued}});
  }
  // The issuer's JWT with a signature over something else, or as a JWT that says it has none.
  std::string spoil_signature(const std::string& text) {
    const std::size_t header_end = text.find('.'), payload_end = text.find('.', header_end + 1), end = text.find('~');
    if (fault == "signature over something else") {
      const auto other = base64url::encode(must(signer.key.sign_raw(as_bytes("something else"))));
      return text.substr(0, payload_end + 1) + other + text.substr(end);
    }
    if (fault != "alg none") return text;
    auto header = must(json::parse_object(as_text(must(base64url::decode(text.substr(0, header_end))))));
    header["alg"] = "none";
    return base64url::encode(json::serialize(header)) + text.substr(header_end, payload_end + 1 - header_end) +
           text.substr(end);
  }
  std::string copy(const crypto::P256PublicKey& holder, std::size_t number) {
    const bool last = number == 2;
    json::Object clear{{"iss", fault == "other issuer" && last ? "https://other.example" : kIssuer},
                       {"vct", fault == "other type" && last ? std::string_view("urn:other") : kVct},
                       {"iat", kTestNow.unix_seconds()},
                       {"exp", kTestNow.unix_seconds() + (fault == "expired" && last ? -3600 : 86'400)}};
    for (const auto& member : further_clear) clear[member.key()] = member.value();
    clear["cnf"] =
        sd_jwt::confirmation(fault == "foreign key" && last ? crypto::P256PrivateKey::generate().public_key() : holder);
    json::Object claims = further_claims;
    claims["given_name"] = fault == "other contents" && last ? "太郎" : "花子";
    const TestSigner& by = fault == "untrusted" && last      ? untrusted
                           : fault == "other issuer" && last ? another
                                                             : signer;
    const std::string text = must(sd_jwt::issue({.clear_claims = clear, .disclosable = claims}, by.key, by.chain, rng));
    return last ? spoil_signature(text) : text;
  }
};

}  // namespace mibun::wallet
