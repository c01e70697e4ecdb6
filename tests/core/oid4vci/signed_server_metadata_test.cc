// RFC 8414, section 2.1: what an authorization server says of itself, signed.
#include "core/jose/jws.h"
#include "core/oid4vci/signed_metadata.h"
#include "tests/core/oid4vci/world.h"
#include "tests/support/test_pki.h"

using namespace mibun;
using namespace mibun::oid4vci;

namespace {

constexpr const char* kHost = "issuer.example";

struct Signers {
  TestAuthority authority{"issuers"};
  TestSigner signer{authority, crypto::CertificatePurpose::credential_issuer, kHost};
  crypto::TrustAnchors anchors{
      crypto::CertificatePurpose::credential_issuer, {authority.root}, crypto::RevocationPolicy::ignore_revocation};

  // As sign_server_metadata does, with one thing changed before.
  std::string changed(const AuthorizationServerMetadata& metadata,
                      const std::function<void(json::Object&, json::Object&)>& change) const {
    json::Object header{{"typ", kSignedServerMetadataType}, {"x5c", jose::x5c_member(signer.chain)}};
    json::Object payload = metadata.to_json();
    payload["iss"] = metadata.issuer;
    payload["iat"] = kNow.unix_seconds();
    change(header, payload);
    return jose::sign_jws(std::move(header), payload, signer.key).value();
  }
};

}  // namespace

TEST_CASE("signed metadata of an authorization server are believed from the issuer that it is, alone") {
  const Signers signers;
  AuthorizationServerMetadata metadata;
  metadata.issuer = "https://issuer.example/tenant";
  metadata.token_endpoint = "https://issuer.example/tenant/token";
  const auto read = [&](const std::string& text, Instant now = kNow) {
    return verify_server_metadata(text, {signers.anchors, metadata.issuer, now});
  };
  const std::string good = sign_server_metadata(metadata, kNow, signers.signer.key, signers.signer.chain).value();
  CHECK(is_signed_server_metadata(good));
  CHECK(read(good).value() == metadata);
  struct Row {
    const char* why;
    std::function<void(json::Object& header, json::Object& payload)> change;
    const char* want;
  };
  const Row rows[] = {
      {"the issuer's own metadata", [](json::Object& h, json::Object&) { h["typ"] = kSignedMetadataType; },
       "jws_typ_mismatch"},
      {"no typ", [](json::Object& h, json::Object&) { h.erase("typ"); }, "jws_typ_mismatch"},
      {"no certificate", [](json::Object& h, json::Object&) { h.erase("x5c"); }, "jws_x5c_malformed"},
      {"of nobody", [](json::Object&, json::Object& p) { p.erase("iss"); }, "json_missing_member"},
      {"of another issuer", [](json::Object&, json::Object& p) { p["iss"] = "https://other.example"; },
       "oid4vci_issuer_mismatch"},
      {"about another server", [](json::Object&, json::Object& p) { p["issuer"] = "https://other.example"; },
       "oid4vci_issuer_mismatch"},
      {"no iat", [](json::Object&, json::Object& p) { p.erase("iat"); }, "jwt_claim_missing"},
      {"of the day before yesterday", [](json::Object&, json::Object& p) { p["iat"] = kNow.unix_seconds() - 86'401; },
       "jwt_too_old"},
      {"expired", [](json::Object&, json::Object& p) { p["exp"] = kNow.unix_seconds() - 60; }, "jwt_expired"},
      {"without a token endpoint", [](json::Object&, json::Object& p) { p.erase("token_endpoint"); },
       "oid4vci_metadata_malformed"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(oid4vci::code_of(read(signers.changed(metadata, row.change))) == row.want);
  }
  const Signers stranger;
  CHECK(oid4vci::code_of(read(stranger.changed(metadata, [](json::Object&, json::Object&) {}))) ==
        "certificate_untrusted");
  const TestSigner neighbour{signers.authority, crypto::CertificatePurpose::credential_issuer, "other.example"};
  CHECK(oid4vci::code_of(read(sign_server_metadata(metadata, kNow, neighbour.key, neighbour.chain).value())) ==
        "oid4vci_issuer_mismatch");
}

TEST_CASE("what an authorization server signed goes before what stands beside it") {
  World world;
  const Signers signers;
  world.metadata_signers = &signers.anchors;
  const AuthorizationServerMetadata honest = world.issuer.server;
  AuthorizationServerMetadata told = honest;
  told.signed_metadata = sign_server_metadata(honest, kNow, signers.signer.key, signers.signer.chain).value();
  told.token_endpoint = "https://thief.example/token";  // by whoever ends the TLS
  world.wire = [&](const HttpRequest& request) {
    if (request.url.find("/oauth-authorization-server/") == std::string::npos) return world.issuer.handle(request);
    return HttpResponse{200, {{"Content-Type", "application/json"}}, json::serialize(told.to_json())};
  };
  REQUIRE(world.receive(world.issuer.make_offer(std::nullopt), {std::nullopt}).has_value());

  // One who signs, too, and may not.
  const Signers stranger;
  told.signed_metadata = sign_server_metadata(honest, kNow, stranger.signer.key, stranger.signer.chain).value();
  CHECK(oid4vci::code_of(world.receive(world.issuer.make_offer(std::nullopt), {std::nullopt})) ==
        "certificate_untrusted");
}

TEST_CASE("signed metadata that nobody says how to verify are passed over") {
  const Signers stranger;
  const Signers signers;
  const auto receive_with = [&](World& world, const std::string& text) {
    world.metadata_signers = &signers.anchors;
    world.issuer.server.signed_metadata = text;
    return world.receive(world.issuer.make_offer(std::nullopt), {std::nullopt});
  };
  World of_other_type;
  const std::string as_jwt =
      stranger.changed(of_other_type.issuer.server, [](json::Object& header, json::Object&) { header["typ"] = "JWT"; });
  CHECK(!is_signed_server_metadata(as_jwt));
  CHECK(receive_with(of_other_type, as_jwt).has_value());
  World no_jwt;
  CHECK(receive_with(no_jwt, "no JWT").has_value());
  // Of a server that is not the credential issuer.
  World shared;
  shared.issuer.server.issuer = "https://issuer.example/other";
  shared.issuer.metadata.authorization_servers = {shared.issuer.server.issuer};
  const std::string strange =
      sign_server_metadata(shared.issuer.server, kNow, stranger.signer.key, stranger.signer.chain).value();
  shared.metadata_signers = &signers.anchors;
  shared.wire = [&](const HttpRequest& request) {
    if (!request.url.ends_with("oauth-authorization-server/other")) return shared.issuer.handle(request);
    AuthorizationServerMetadata other = shared.issuer.server;
    other.signed_metadata = strange;
    return HttpResponse{200, {{"Content-Type", "application/json"}}, json::serialize(other.to_json())};
  };
  CHECK(shared.receive(shared.issuer.make_offer(std::nullopt), {std::nullopt}).has_value());
}
