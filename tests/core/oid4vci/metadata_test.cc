#include "core/oid4vci/metadata.h"
#include "core/oid4vci/server_metadata.h"

#include "tests/core/oid4vci/support.h"
#include "tests/support/vectors.h"

using namespace mibun;
using namespace mibun::oid4vci;

namespace {

constexpr std::string_view kIssuer = "https://issuer.example/tenant";

IssuerMetadata example() {
  return {.credential_issuer = std::string(kIssuer),
          .authorization_servers = {},
          .credential_endpoint = "https://issuer.example/credential",
          .nonce_endpoint = "https://issuer.example/nonce",
          .batch_size = 10,
          .display = {{"身分", "ja"}, {"mibun", "en"}},
          .configurations = {
              {.id = "identity",
               .scope = "identity",
               .vct = "https://issuer.example/vct/identity",
               .display = {{"デジタルID", "ja"}, {"Digital ID", "en"}},
               .claims = {{{"given_name"}, {{"名", "ja"}, {"Given name", "en"}}}, {{"address", "locality"}, {}}}}}};
}

AuthorizationServerMetadata server_example() {
  return {.issuer = std::string(kIssuer),
          .token_endpoint = "https://issuer.example/token",
          .grant_types = {"urn:ietf:params:oauth:grant-type:pre-authorized_code", "client_credentials"},
          .token_endpoint_auth_methods = {"none", "private_key_jwt", "attest_jwt_client_auth"},
          .dpop_algorithms = {"ES256"},
          .anonymous_pre_authorized = true,
          .client_attestation_algorithms = {"ES256"},
          .challenge_endpoint = "https://issuer.example/challenge"};
}

}  // namespace

TEST_CASE("the specification's issuer metadata is read, and what we cannot do is seen") {
  const std::string text = read_vector("openid4vci-1.0/credential_issuer_metadata_sd_jwt_long.json");
  const auto metadata = IssuerMetadata::parse(text, "https://credential-issuer.example.com").value();
  CHECK(metadata.authorization_servers == std::vector<std::string>{"https://server.example.com"});
  CHECK(metadata.nonce_endpoint == "https://credential-issuer.example.com/nonce");
  CHECK(metadata.batch_size == 10);
  CHECK(metadata.response_encryption.value().required);
  CHECK(choose_display(metadata.display, "fr")->name == "Example Université");
  REQUIRE(metadata.configurations.size() == 1);
  const CredentialConfiguration& configuration = metadata.configurations[0];
  CHECK(configuration.id == "SD_JWT_VC_example_in_OpenID4VCI");
  CHECK(configuration.vct == "SD_JWT_VC_example_in_OpenID4VCI");
  CHECK(configuration.usable);
  CHECK(configuration.key_attestations == KeyAttestationsRequired{{"iso_18045_moderate"}, {"iso_18045_moderate"}});
  CHECK(configuration.claims.size() == 13);
  CHECK(configuration.claims[5].path == std::vector<std::string>{"address", "street_address"});
  CHECK(choose_display(configuration.claims[1].display, "de-DE")->name == "Nachname");
}

TEST_CASE("our metadata survive being written and read") {
  IssuerMetadata attested = example();
  CredentialConfiguration& card = attested.configurations[0];
  card.key_attestations = KeyAttestationsRequired{{"https://provider.example/software"}, {"iso_18045_basic"}};
  CHECK(IssuerMetadata::parse(json::serialize(attested.to_json()), kIssuer).value() == attested);
  card.proof_type = CredentialRequest::ProofType::attestation;
  card.key_attestations = KeyAttestationsRequired{};
  CHECK(IssuerMetadata::parse(json::serialize(attested.to_json()), kIssuer).value() == attested);

  const IssuerMetadata metadata = example();
  const std::string text = json::serialize(metadata.to_json());
  CHECK(IssuerMetadata::parse(text, kIssuer).value() == metadata);
  const json::Object object = parsed(text);
  const json::Object& configuration = object.at("credential_configurations_supported").at("identity").as_object();
  CHECK(configuration.at("format").as_string() == "dc+sd-jwt");
  CHECK(configuration.at("cryptographic_binding_methods_supported").as_array() == json::Array{"jwk"});
  CHECK(configuration.at("credential_signing_alg_values_supported").as_array() == json::Array{"ES256"});
  CHECK(configuration.at("proof_types_supported").at("jwt").at("proof_signing_alg_values_supported").as_array() ==
        json::Array{"ES256"});
  CHECK(object.at("batch_credential_issuance").at("batch_size").as_int64() == 10);
  CHECK(metadata.find("identity") != nullptr);
  CHECK(metadata.find("other") == nullptr);

  AuthorizationServerMetadata server = server_example();
  CHECK(!server.to_json().contains("response_types_supported"));
  server.authorization_endpoint = "https://issuer.example/authorize";
  server.pushed_authorization_request_endpoint = "https://issuer.example/par";
  server.pushed_authorization_requests_required = true;
  server.response_types = {"code"};
  server.code_challenge_methods = {"S256"};
  server.scopes = {"identity"};
  server.authorization_details_types = {"openid_credential"};
  server.iss_in_response = true;
  const std::string server_text = json::serialize(server.to_json());
  CHECK(AuthorizationServerMetadata::parse(server_text, kIssuer).value() == server);
  CHECK(parsed(server_text).at("token_endpoint_auth_signing_alg_values_supported").as_array() == json::Array{"ES256"});
}

TEST_CASE("an mdoc configuration survives, and what of it we cannot do is seen") {
  IssuerMetadata metadata = example();
  CredentialConfiguration mdoc{.id = "photo", .scope = "photo", .format = CredentialFormat::mso_mdoc};
  mdoc.doctype = "org.iso.23220.photoid.1";
  mdoc.display = {{"Photo ID", "en", Logo{"data:image/png;base64,AAAA", "a head"}}};
  mdoc.claims = {{{"org.iso.23220.1", "given_name"}, {}}};
  metadata.configurations = {mdoc};
  const json::Object written = metadata.to_json();
  CHECK(IssuerMetadata::parse(json::serialize(written), kIssuer).value() == metadata);
  const json::Object& object = written.at("credential_configurations_supported").at("photo").as_object();
  CHECK(object.at("format").as_string() == "mso_mdoc");
  CHECK(object.at("credential_signing_alg_values_supported").as_array() == json::Array{-7});
  CHECK(object.at("cryptographic_binding_methods_supported").as_array() == json::Array{"cose_key"});
  CHECK(!object.contains("vct"));

  struct Row {
    const char* why;
    const char* name;
    json::Value value;
    bool usable;
  };
  const Row rows[] = {
      {"ESP256", "credential_signing_alg_values_supported", json::Array{-9}, true},
      {"among others", "credential_signing_alg_values_supported", json::Array{-35, -7}, true},
      {"by its JOSE name", "credential_signing_alg_values_supported", json::Array{"ES256"}, false},
      {"another algorithm", "credential_signing_alg_values_supported", json::Array{-8}, false},
      {"a key in JWK form", "cryptographic_binding_methods_supported", json::Array{"jwk"}, false},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    json::Object changed = written;
    changed["credential_configurations_supported"].as_object()["photo"].as_object()[row.name] = row.value;
    CHECK(IssuerMetadata::parse(json::serialize(changed), kIssuer).value().configurations[0].usable == row.usable);
  }
  const auto with_logo = [&](json::Value uri) {
    json::Object changed = written;
    json::Object& display = changed["credential_configurations_supported"]
                                .as_object()["photo"]
                                .as_object()["credential_metadata"]
                                .as_object()["display"]
                                .as_array()[0]
                                .as_object();
    display["logo"] = json::Object{{"uri", std::move(uri)}};
    return IssuerMetadata::parse(json::serialize(changed), kIssuer);
  };
  CHECK(with_logo("https://a.example/l.png").value().configurations[0].display[0].logo.has_value());
  CHECK(!with_logo("http://a.example/l.png").value().configurations[0].display[0].logo.has_value());
  CHECK(!with_logo("javascript:alert(1)").value().configurations[0].display[0].logo.has_value());
  CHECK(code_of(with_logo(7)) == "oid4vci_metadata_malformed");
  CHECK(code_of(with_logo(json::Value("data:" + std::string(65 * 1024, 'a')))) == "oid4vci_metadata_malformed");
}

TEST_CASE("the identifier is compared byte for byte") {
  const std::string text = json::serialize(example().to_json());
  for (const char* other :
       {"https://issuer.example/tenant/", "https://issuer.example/Tenant", "https://ISSUER.example/tenant",
        "https://issuer.example:443/tenant", "https://issuer.example", ""}) {
    INFO(other);
    CHECK(code_of(IssuerMetadata::parse(text, other)) == "oid4vci_issuer_mismatch");
    CHECK(code_of(AuthorizationServerMetadata::parse(json::serialize(server_example().to_json()), other)) ==
          "oid4vci_issuer_mismatch");
  }
}

TEST_CASE("malformed issuer metadata are refused") {
  struct Row {
    const char* why;
    void (*change)(json::Object&);
    const char* want = "oid4vci_metadata_malformed";
  };
  static constexpr auto configuration = [](json::Object& o) -> json::Object& {
    return o["credential_configurations_supported"].as_object()["identity"].as_object();
  };
  static constexpr Row rows[] = {
      {"unchanged", [](json::Object&) {}, "accepted"},
      {"unknown member", [](json::Object& o) { o["x"] = 1; }, "accepted"},
      {"another format beside",
       [](json::Object& o) {
         o["credential_configurations_supported"].as_object()["m"] =
             json::Object{{"format", "mso_mdoc"}, {"doctype", "d"}};
       },
       "accepted"},
      {"an mdoc without doctype",
       [](json::Object& o) {
         o["credential_configurations_supported"].as_object()["m"] = json::Object{{"format", "mso_mdoc"}};
       }},
      {"no issuer", [](json::Object& o) { o.erase("credential_issuer"); }},
      {"no credential endpoint", [](json::Object& o) { o.erase("credential_endpoint"); }},
      {"http credential endpoint",
       [](json::Object& o) { o["credential_endpoint"] = "http://issuer.example/credential"; }},
      {"http nonce endpoint", [](json::Object& o) { o["nonce_endpoint"] = "http://issuer.example/nonce"; }},
      {"http deferred endpoint",
       [](json::Object& o) { o["deferred_credential_endpoint"] = "http://issuer.example/deferred"; }},
      {"http notification endpoint",
       [](json::Object& o) { o["notification_endpoint"] = "http://issuer.example/notification"; }},
      {"nonce endpoint null", [](json::Object& o) { o["nonce_endpoint"] = nullptr; }},
      {"servers not https", [](json::Object& o) { o["authorization_servers"] = json::Array{"http://a.example"}; }},
      {"servers a string", [](json::Object& o) { o["authorization_servers"] = "https://a.example"; }},
      {"batch size 1", [](json::Object& o) { o["batch_credential_issuance"].as_object()["batch_size"] = 1; }},
      {"batch size -10", [](json::Object& o) { o["batch_credential_issuance"].as_object()["batch_size"] = -10; }},
      {"batch size missing", [](json::Object& o) { o["batch_credential_issuance"] = json::Object(); }},
      {"display an object", [](json::Object& o) { o["display"] = json::Object(); }},
      {"locale repeated", [](json::Object& o) { o["display"].as_array().push_back(o["display"].as_array()[0]); }},
      {"display name too long",
       [](json::Object& o) { o["display"].as_array()[0].as_object()["name"] = std::string(2001, 'a'); }},
      {"a display that is no object", [](json::Object& o) { o["display"].as_array().push_back("mibun"); }},
      {"51 displays",
       [](json::Object& o) {
         json::Array& displays = o["display"].as_array();
         while (displays.size() < 51) {
           displays.push_back(json::Object{{"name", "mibun"}, {"locale", "x-" + std::to_string(displays.size())}});
         }
       }},
      {"alt_text too long",
       [](json::Object& o) {
         o["display"].as_array()[0].as_object()["logo"] =
             json::Object{{"uri", "https://a.example/l.png"}, {"alt_text", std::string(2001, 'a')}};
       }},
      {"a claim that is no object",
       [](json::Object& o) {
         configuration(o)["credential_metadata"].as_object()["claims"] = json::Array{"given_name"};
       }},
      {"a claim with an empty path",
       [](json::Object& o) {
         configuration(o)["credential_metadata"].as_object()["claims"] =
             json::Array{json::Object{{"path", json::Array()}}};
       }},
      {"201 claims",
       [](json::Object& o) {
         const json::Object claim{{"path", json::Array{"given_name"}}};
         configuration(o)["credential_metadata"].as_object()["claims"] = json::Array(201, claim);
       }},
      {"no configurations", [](json::Object& o) { o.erase("credential_configurations_supported"); }},
      {"configurations an array", [](json::Object& o) { o["credential_configurations_supported"] = json::Array(); }},
      {"no format", [](json::Object& o) { configuration(o).erase("format"); }},
      {"no vct", [](json::Object& o) { configuration(o).erase("vct"); }},
      {"key attestations a flag",
       [](json::Object& o) {
         configuration(o)["proof_types_supported"].as_object()["jwt"].as_object()["key_attestations_required"] = true;
       }},
      {"a level that is no text",
       [](json::Object& o) {
         configuration(o)["proof_types_supported"].as_object()["jwt"].as_object()["key_attestations_required"] =
             json::Object{{"key_storage", json::Array{1}}};
       }},
      {"an empty vct", [](json::Object& o) { configuration(o)["vct"] = ""; }},
      {"claims an object",
       [](json::Object& o) { configuration(o)["credential_metadata"].as_object()["claims"] = json::Object(); }},
      {"claim without path",
       [](json::Object& o) {
         configuration(o)["credential_metadata"].as_object()["claims"] = json::Array{json::Object()};
       }},
      {"encryption without its flag", [](json::Object& o) { o["credential_response_encryption"] = json::Object(); }},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    json::Object object = example().to_json();
    row.change(object);
    CHECK(code_of(IssuerMetadata::parse(json::serialize(object), kIssuer)) == row.want);
  }
  CHECK(code_of(IssuerMetadata::parse("<html>", kIssuer)) == "oid4vci_metadata_malformed");
}

TEST_CASE("a configuration that asks for more than we can is not usable") {
  struct Row {
    const char* why;
    void (*change)(json::Object&);
    bool usable = false;
  };
  static constexpr Row rows[] = {
      {"unchanged", [](json::Object&) {}, true},
      {"several algorithms",
       [](json::Object& c) { c["credential_signing_alg_values_supported"] = json::Array{"ES384", "ES256"}; }, true},
      {"no binding", [](json::Object& c) { c.erase("cryptographic_binding_methods_supported"); }},
      {"cose_key", [](json::Object& c) { c["cryptographic_binding_methods_supported"] = json::Array{"cose_key"}; }},
      {"no proof types", [](json::Object& c) { c.erase("proof_types_supported"); }},
      {"attestation proofs without algorithms",
       [](json::Object& c) { c["proof_types_supported"] = json::Object{{"attestation", json::Object()}}; }},
      {"attestation proofs",
       [](json::Object& c) {
         const json::Object type{{"proof_signing_alg_values_supported", json::Array{"ES256"}}};
         c["proof_types_supported"] = json::Object{{"attestation", type}};
       },
       true},
      {"proofs of a type nobody knows",
       [](json::Object& c) {
         const json::Object type{{"proof_signing_alg_values_supported", json::Array{"ES256"}}};
         c["proof_types_supported"] = json::Object{{"di_vp", type}};
       }},
      {"proofs with ES384",
       [](json::Object& c) {
         c["proof_types_supported"].as_object()["jwt"].as_object()["proof_signing_alg_values_supported"] =
             json::Array{"ES384"};
       }},
      {"key attestation, for which the flow needs a provider",
       [](json::Object& c) {
         c["proof_types_supported"].as_object()["jwt"].as_object()["key_attestations_required"] = json::Object();
       },
       true},
      {"signed with EdDSA",
       [](json::Object& c) { c["credential_signing_alg_values_supported"] = json::Array{"EdDSA"}; }},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    json::Object object = example().to_json();
    row.change(object["credential_configurations_supported"].as_object()["identity"].as_object());
    CHECK(IssuerMetadata::parse(json::serialize(object), kIssuer).value().configurations.at(0).usable == row.usable);
  }
}

TEST_CASE("malformed server metadata are refused") {
  struct Row {
    const char* why;
    void (*change)(json::Object&);
  };
  static constexpr Row rows[] = {
      {"no issuer", [](json::Object& o) { o.erase("issuer"); }},
      {"no token endpoint", [](json::Object& o) { o.erase("token_endpoint"); }},
      {"http token endpoint", [](json::Object& o) { o["token_endpoint"] = "http://issuer.example/token"; }},
      {"grant types a string", [](json::Object& o) { o["grant_types_supported"] = "client_credentials"; }},
      {"algorithms numbers", [](json::Object& o) { o["dpop_signing_alg_values_supported"] = json::Array{-7}; }},
      {"http authorization endpoint", [](json::Object& o) { o["authorization_endpoint"] = "http://issuer.example/a"; }},
      {"pushed request endpoint a number", [](json::Object& o) { o["pushed_authorization_request_endpoint"] = 1; }},
      {"required a string", [](json::Object& o) { o["require_pushed_authorization_requests"] = "yes"; }},
      {"PKCE methods a string", [](json::Object& o) { o["code_challenge_methods_supported"] = "S256"; }},
      {"iss a number", [](json::Object& o) { o["authorization_response_iss_parameter_supported"] = 1; }},
      {"authorization endpoint with a fragment",
       [](json::Object& o) { o["authorization_endpoint"] = "https://issuer.example/a#x"; }},
      {"token endpoint with a fragment", [](json::Object& o) { o["token_endpoint"] = "https://issuer.example/t#x"; }},
      {"anonymous a string", [](json::Object& o) { o["pre-authorized_grant_anonymous_access_supported"] = "true"; }},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    json::Object object = server_example().to_json();
    row.change(object);
    CHECK(code_of(AuthorizationServerMetadata::parse(json::serialize(object), kIssuer)) ==
          "oid4vci_metadata_malformed");
  }
}

TEST_CASE("the metadata of a server are those of the issuer that was asked, byte for byte") {
  for (const char* other :
       {"https://issuer.example/tenant/", "https://issuer.example/Tenant", "https://ISSUER.example/tenant",
        "https://issuer.example:443/tenant", "https://issuer.example/%74enant", "https://issuer.example/tenant ",
        "https://issuer.example/te\xcc\x80nant"}) {
    INFO(other);
    json::Object object = server_example().to_json();
    REQUIRE(AuthorizationServerMetadata::parse(json::serialize(object), kIssuer).has_value());
    object["issuer"] = other;
    CHECK(code_of(AuthorizationServerMetadata::parse(json::serialize(object), kIssuer)) == "oid4vci_issuer_mismatch");
  }
}

TEST_CASE("RFC 8414, sections 2 and 3.2: lists of nothing are left out, a query of an endpoint stays") {
  AuthorizationServerMetadata bare;
  bare.issuer = std::string(kIssuer);
  bare.token_endpoint = "https://issuer.example/token?tenant=1";
  bare.authorization_endpoint = "https://issuer.example/authorize?tenant=1";
  const json::Object object = bare.to_json();
  for (const auto& member : object) {
    INFO(std::string(member.key()));
    CHECK((!member.value().is_array() || !member.value().as_array().empty()));
  }
  CHECK(AuthorizationServerMetadata::parse(json::serialize(object), kIssuer).value() == bare);

  // Who takes assertions says how they are signed, and never without a signature.
  CHECK(!object.contains("token_endpoint_auth_signing_alg_values_supported"));
  bare.token_endpoint_auth_methods = {"private_key_jwt"};
  CHECK(bare.to_json().at("token_endpoint_auth_signing_alg_values_supported") == json::Array{"ES256"});
}

TEST_CASE("the well-known part goes between host and path") {
  CHECK(issuer_metadata_url("https://a.example").value() == "https://a.example/.well-known/openid-credential-issuer");
  CHECK(issuer_metadata_url("https://a.example/").value() == "https://a.example/.well-known/openid-credential-issuer");
  CHECK(issuer_metadata_url("https://a.example:8443/t/x").value() ==
        "https://a.example:8443/.well-known/openid-credential-issuer/t/x");
  CHECK(authorization_server_metadata_url("https://a.example/t").value() ==
        "https://a.example/.well-known/oauth-authorization-server/t");
  CHECK(authorization_server_metadata_url("https://a.example/t/").value() ==
        "https://a.example/.well-known/oauth-authorization-server/t");
  CHECK(code_of(issuer_metadata_url("http://a.example")) == "url_not_https");
  CHECK(code_of(issuer_metadata_url("https://a.example?")) == "url_malformed");
}

TEST_CASE("the display in the reader's language") {
  const std::vector<Display> displays = {{"x", "en-US"}, {"名", "ja"}, {"y", "en"}};
  CHECK(choose_display(displays, "ja")->name == "名");
  CHECK(choose_display(displays, "ja-JP")->name == "名");
  CHECK(choose_display(displays, "en")->name == "y");
  CHECK(choose_display(displays, "en-GB")->name == "x");
  CHECK(choose_display(displays, "de")->name == "x");
  CHECK(choose_display({}, "ja") == nullptr);
}
