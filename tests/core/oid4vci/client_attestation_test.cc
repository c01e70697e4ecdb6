#include "core/oid4vci/client_attestation.h"

#include "tests/core/oid4vci/providers.h"
#include "tests/support/vectors.h"

namespace mibun::oid4vci {
namespace {

constexpr std::string_view kServer = "https://issuer.example";
constexpr std::string_view kClient = "https://wallet.example";
constexpr seconds kDay{24 * 3600};

struct World {
  ClientAttestationRequest request() const {
    return {.issuer = kProvider,
            .client_id = kClient,
            .key = key.public_key(),
            .wallet_name = "Wallet",
            .wallet_link = "https://wallet.example/about",
            .issued_at = kNow - seconds(3600),
            .expires = kNow + kDay};
  }
  std::string attestation() const {
    return make_client_attestation(request(), Providers::of(providers.signer)).value();
  }
  std::string pop(std::optional<std::string_view> challenge = "challenge-1") {
    return make_client_attestation_pop({.client_id = kClient, .authorization_server = kServer, .challenge = challenge},
                                       key, kNow, rng)
        .value();
  }
  ClientAttestationPolicy policy() const {
    return {.providers = providers.anchors,
            .provider = kProvider,
            .authorization_server = kServer,
            .form_client_id = kClient,
            .challenge = AttestationChallengeRequired{},
            .age_max = kDay,
            .now = kNow};
  }
  static std::vector<HttpHeader> headers(const std::string& attestation, const std::string& pop) {
    return {{"Accept", "*/*"}, {"oauth-client-attestation", attestation}, {"OAUTH-CLIENT-ATTESTATION-POP", pop}};
  }
  static Result<VerifiedClientAttestation> verify(const std::vector<HttpHeader>& headers,
                                                  const ClientAttestationPolicy& policy) {
    MIBUN_TRY(const ClientAttestation shown, ClientAttestation::parse(headers));
    return shown.verify(policy);
  }
  std::string outcome_of(const std::string& attestation, const std::string& pop) const {
    return outcome(verify(headers(attestation, pop), policy()));
  }

  Providers providers;
  SeededRng rng{11};
  crypto::P256PrivateKey key = key_from(rng), other_key = key_from(rng);
};

World& world() {
  static World one;
  return one;
}

using Change = void (*)(World&, JwtDraft&);
struct Row {
  const char* why;
  Change change;
  const char* want;
};

}  // namespace

TEST_CASE("a wallet that its provider vouches for is known by client and by instance") {
  World& w = world();
  const auto shown = ClientAttestation::parse(World::headers(w.attestation(), w.pop())).value();
  CHECK(shown.unverified_client_id() == kClient);
  const auto verified = shown.verify(w.policy()).value();
  CHECK(verified.client_id() == kClient);
  CHECK(verified.jkt() == jose::Jwk(w.key.public_key()).thumbprint());
  CHECK(verified.jti().size() == 22);
  CHECK(verified.challenge() == "challenge-1");
  CHECK(!verified.status().has_value());
  CHECK(verified.remember_until() == kNow + seconds(300 + 120));
  CHECK(World::verify(World::headers(w.attestation(), w.pop()), w.policy()).value().jti() != verified.jti());
}

TEST_CASE("an attestation with anything wrong is refused, and the detail says why") {
  static constexpr Row rows[] = {
      {"unchanged", [](World&, JwtDraft&) {}, "accepted"},
      {"without iss, as in -11", [](World&, JwtDraft& d) { d.payload.erase("iss"); }, "accepted"},
      {"without iat", [](World&, JwtDraft& d) { d.payload.erase("iat"); }, "accepted"},
      {"without name and link",
       [](World&, JwtDraft& d) {
         d.payload.erase("wallet_name");
         d.payload.erase("wallet_link");
       },
       "accepted"},
      {"an unknown claim", [](World&, JwtDraft& d) { d.payload["more"] = 1; }, "accepted"},
      {"a kid beside x5c", [](World&, JwtDraft& d) { d.header["kid"] = "11"; }, "accepted"},
      {"typ with application/",
       [](World&, JwtDraft& d) { d.header["typ"] = "application/oauth-client-attestation+jwt"; }, "accepted"},
      {"at the old edge", [](World&, JwtDraft& d) { d.payload["iat"] = (kNow - kDay).unix_seconds(); }, "accepted"},
      {"expired within the leeway", [](World&, JwtDraft& d) { d.payload["exp"] = kNow.unix_seconds() - 59; },
       "accepted"},
      {"typ of the PoP", [](World&, JwtDraft& d) { d.header["typ"] = "oauth-client-attestation-pop+jwt"; },
       "oauth_invalid_client_attestation/jws_typ_mismatch"},
      {"typ of a key attestation", [](World&, JwtDraft& d) { d.header["typ"] = "key-attestation+jwt"; },
       "oauth_invalid_client_attestation/jws_typ_mismatch"},
      {"no typ", [](World&, JwtDraft& d) { d.header.erase("typ"); },
       "oauth_invalid_client_attestation/jws_typ_mismatch"},
      {"crit", [](World&, JwtDraft& d) { d.header["crit"] = json::Array{"x"}; },
       "oauth_invalid_client_attestation/jws_crit_not_understood"},
      {"a key of its own",
       [](World& w, JwtDraft& d) { d.header["jwk"] = jose::Jwk(w.providers.signer.key.public_key()).to_json(); },
       "oauth_invalid_client_attestation/jws_header_not_allowed"},
      {"jku", [](World&, JwtDraft& d) { d.header["jku"] = "https://provider.example/jwks"; },
       "oauth_invalid_client_attestation/jws_header_not_allowed"},
      {"empty x5c", [](World&, JwtDraft& d) { d.header["x5c"] = json::Array{}; },
       "oauth_invalid_client_attestation/jws_x5c_malformed"},
      {"x5c with the anchor",
       [](World& w, JwtDraft& d) {
         std::vector<Bytes> chain = w.providers.signer.chain;
         chain.push_back(to_bytes(w.providers.authority.root.der()));
         d.header["x5c"] = jose::x5c_member(chain);
       },
       "oauth_invalid_client_attestation/certificate_is_anchor"},
      {"the certificate of another key",
       [](World& w, JwtDraft& d) { d.header["x5c"] = jose::x5c_member(w.providers.second.chain); },
       "oauth_invalid_client_attestation/jws_signature_invalid"},
      {"another provider's iss", [](World&, JwtDraft& d) { d.payload["iss"] = "https://second.example"; },
       "oauth_invalid_client_attestation/not the provider of this client"},
      {"iss a number", [](World&, JwtDraft& d) { d.payload["iss"] = 5; },
       "oauth_invalid_client_attestation/json_wrong_type"},
      {"no sub", [](World&, JwtDraft& d) { d.payload.erase("sub"); },
       "oauth_invalid_client_attestation/json_missing_member"},
      {"empty sub", [](World&, JwtDraft& d) { d.payload["sub"] = ""; },
       "oauth_invalid_client_attestation/empty or too long"},
      {"sub too long", [](World&, JwtDraft& d) { d.payload["sub"] = std::string(257, 's'); },
       "oauth_invalid_client_attestation/empty or too long"},
      {"another client", [](World&, JwtDraft& d) { d.payload["sub"] = "https://another.example"; },
       "oauth_invalid_client_attestation/not the client_id of the request"},
      {"no exp", [](World&, JwtDraft& d) { d.payload.erase("exp"); },
       "oauth_invalid_client_attestation/jwt_claim_missing"},
      {"exp a string", [](World&, JwtDraft& d) { d.payload["exp"] = "soon"; },
       "oauth_invalid_client_attestation/jwt_claim_wrong_type"},
      {"expired", [](World&, JwtDraft& d) { d.payload["exp"] = kNow.unix_seconds() - 60; },
       "oauth_invalid_client_attestation/jwt_expired"},
      {"a second older than the policy takes",
       [](World&, JwtDraft& d) { d.payload["iat"] = (kNow - kDay).unix_seconds() - 1; },
       "oauth_use_fresh_attestation/jwt_too_old"},
      {"no iat, and good for longer than the policy takes",
       [](World&, JwtDraft& d) {
         d.payload.erase("iat");
         d.payload["exp"] = (kNow + kDay).unix_seconds() + 1;
       },
       "oauth_use_fresh_attestation/too far ahead for one that does not say when it was made"},
      {"issued in the future", [](World&, JwtDraft& d) { d.payload["iat"] = kNow.unix_seconds() + 61; },
       "oauth_invalid_client_attestation/jwt_issued_in_future"},
      {"not valid yet", [](World&, JwtDraft& d) { d.payload["nbf"] = kNow.unix_seconds() + 61; },
       "oauth_invalid_client_attestation/jwt_not_yet_valid"},
      {"no cnf", [](World&, JwtDraft& d) { d.payload.erase("cnf"); },
       "oauth_invalid_client_attestation/json_missing_member"},
      {"cnf without jwk", [](World&, JwtDraft& d) { d.payload["cnf"] = json::Object{{"kid", "x"}}; },
       "oauth_invalid_client_attestation/missing"},
      {"cnf with a jku beside the jwk",
       [](World&, JwtDraft& d) { d.payload["cnf"].as_object()["jku"] = "https://a.example"; },
       "oauth_invalid_client_attestation/more than one key"},
      {"cnf.jwk a string", [](World&, JwtDraft& d) { d.payload["cnf"].as_object()["jwk"] = "x"; },
       "oauth_invalid_client_attestation/json_wrong_type"},
      {"a private key in cnf",
       [](World&, JwtDraft& d) { d.payload["cnf"].as_object()["jwk"].as_object()["d"] = "AAAA"; },
       "oauth_invalid_client_attestation/private_key_rejected"},
      {"a key for encryption in cnf",
       [](World&, JwtDraft& d) { d.payload["cnf"].as_object()["jwk"].as_object()["use"] = "enc"; },
       "oauth_invalid_client_attestation/jwk_unsupported"},
      {"a symmetric key in cnf",
       [](World&, JwtDraft& d) { d.payload["cnf"].as_object()["jwk"] = json::Object{{"kty", "oct"}, {"k", "AAAA"}}; },
       "oauth_invalid_client_attestation/private_key_rejected"},
      {"the key of another wallet in cnf",
       [](World& w, JwtDraft& d) {
         d.payload["cnf"].as_object()["jwk"] = jose::Jwk(w.other_key.public_key()).to_json();
       },
       "oauth_invalid_client_attestation/jws_signature_invalid"},
      {"a status that is no status", [](World&, JwtDraft& d) { d.payload["status"] = "good"; },
       "oauth_invalid_client_attestation/status_reference_malformed"},
  };
  World& w = world();
  for (const Row& row : rows) {
    INFO(row.why);
    JwtDraft draft = JwtDraft::of(w.attestation());
    row.change(w, draft);
    CHECK(w.outcome_of(Providers::sign(draft.header, draft.payload, w.providers.signer), w.pop()) == row.want);
  }
}

TEST_CASE("only the provider of the client, for this purpose and with ES256, vouches for a wallet") {
  World& w = world();
  const JwtDraft draft = JwtDraft::of(w.attestation());
  const auto signed_by = [&](const TestSigner& who) {
    return w.outcome_of(Providers::sign(draft.header, draft.payload, who), w.pop());
  };
  CHECK(signed_by(w.providers.signer) == "accepted");
  CHECK(signed_by(w.providers.second) == "oauth_invalid_client_attestation/jwt_issuer_mismatch");
  CHECK(signed_by(w.providers.issuer) == "oauth_invalid_client_attestation/certificate_wrong_purpose");
  CHECK(signed_by(w.providers.untrusted) == "oauth_invalid_client_attestation/certificate_untrusted");
  // The second provider under its own name is no better: the client is not its own.
  JwtDraft own = draft;
  own.payload["iss"] = "https://second.example";
  CHECK(w.outcome_of(Providers::sign(own.header, own.payload, w.providers.second), w.pop()) ==
        "oauth_invalid_client_attestation/jwt_issuer_mismatch");

  const auto p384 = crypto::P384PrivateKey::generate();
  auto names = TestAuthority::names("provider.example");
  names.san_uri = {std::string(kProvider)};
  names.purpose = crypto::CertificatePurpose::wallet_provider;
  const auto leaf =
      must(crypto::make_certificate(names, p384.public_key(), w.providers.authority.root, w.providers.authority.key));
  const std::vector<Bytes> chain{to_bytes(leaf.der())};
  const auto es384 = make_client_attestation(w.request(), {p384, chain}).value();
  CHECK(w.outcome_of(es384, w.pop()) == "oauth_invalid_client_attestation/algorithm_not_allowed");
}

TEST_CASE("a policy that was put together wrongly lets nobody in") {
  World& w = world();
  const auto headers = World::headers(w.attestation(), w.pop());
  const auto issuers = w.providers.authority.anchors(crypto::CertificatePurpose::credential_issuer);
  const ClientAttestationPolicy good = w.policy();
  const ClientAttestationPolicy wrong_anchors{.providers = issuers,
                                              .provider = good.provider,
                                              .authorization_server = good.authorization_server,
                                              .form_client_id = good.form_client_id,
                                              .challenge = good.challenge,
                                              .age_max = good.age_max,
                                              .now = good.now};
  CHECK(outcome(World::verify(headers, wrong_anchors)) == "oauth_invalid_client_attestation/certificate_wrong_purpose");
  ClientAttestationPolicy no_provider = w.policy();
  no_provider.provider = "";
  CHECK(outcome(World::verify(headers, no_provider)) == "oauth_invalid_client_attestation/jwt_issuer_mismatch");
  ClientAttestationPolicy other_form = w.policy();
  other_form.form_client_id = "https://another.example";
  CHECK(outcome(World::verify(headers, other_form)) ==
        "oauth_invalid_client_attestation/not the client_id of the request");
  ClientAttestationPolicy no_form = w.policy();
  no_form.form_client_id = std::nullopt;
  CHECK(outcome(World::verify(headers, no_form)) == "accepted");
}

TEST_CASE("a proof of possession with anything wrong is refused, and the detail says why") {
  static constexpr Row rows[] = {
      {"unchanged", [](World&, JwtDraft&) {}, "accepted"},
      {"without iss, as in -11", [](World&, JwtDraft& d) { d.payload.erase("iss"); }, "accepted"},
      {"without exp, as since -06", [](World&, JwtDraft& d) { d.payload.erase("exp"); }, "accepted"},
      {"a kid", [](World&, JwtDraft& d) { d.header["kid"] = "1"; }, "accepted"},
      {"an unknown claim", [](World&, JwtDraft& d) { d.payload["more"] = 1; }, "accepted"},
      {"iat at the old edge", [](World&, JwtDraft& d) { d.payload["iat"] = kNow.unix_seconds() - 300; }, "accepted"},
      {"iat at the new edge", [](World&, JwtDraft& d) { d.payload["iat"] = kNow.unix_seconds() + 60; }, "accepted"},
      {"typ of the attestation", [](World&, JwtDraft& d) { d.header["typ"] = "oauth-client-attestation+jwt"; },
       "oauth_invalid_client_attestation/jws_typ_mismatch"},
      {"typ of a DPoP proof", [](World&, JwtDraft& d) { d.header["typ"] = "dpop+jwt"; },
       "oauth_invalid_client_attestation/jws_typ_mismatch"},
      {"no typ", [](World&, JwtDraft& d) { d.header.erase("typ"); },
       "oauth_invalid_client_attestation/jws_typ_mismatch"},
      {"a key in the header", [](World& w, JwtDraft& d) { d.header["jwk"] = jose::Jwk(w.key.public_key()).to_json(); },
       "oauth_invalid_client_attestation/jws_header_not_allowed"},
      {"x5c in the header", [](World& w, JwtDraft& d) { d.header["x5c"] = jose::x5c_member(w.providers.signer.chain); },
       "oauth_invalid_client_attestation/jws_header_not_allowed"},
      {"no aud", [](World&, JwtDraft& d) { d.payload.erase("aud"); },
       "oauth_invalid_client_attestation/json_missing_member"},
      {"aud of another server", [](World&, JwtDraft& d) { d.payload["aud"] = "https://other.example"; },
       "oauth_invalid_client_attestation/another authorization server"},
      {"aud is the token endpoint", [](World&, JwtDraft& d) { d.payload["aud"] = "https://issuer.example/token"; },
       "oauth_invalid_client_attestation/another authorization server"},
      {"aud with a slash more", [](World&, JwtDraft& d) { d.payload["aud"] = "https://issuer.example/"; },
       "oauth_invalid_client_attestation/another authorization server"},
      {"two audiences",
       [](World&, JwtDraft& d) { d.payload["aud"] = json::Array{"https://issuer.example", "https://other.example"}; },
       "oauth_invalid_client_attestation/json_wrong_type"},
      {"iss of another client", [](World&, JwtDraft& d) { d.payload["iss"] = "https://another.example"; },
       "oauth_invalid_client_attestation/another client"},
      {"iss null", [](World&, JwtDraft& d) { d.payload["iss"] = nullptr; },
       "oauth_invalid_client_attestation/json_wrong_type"},
      {"no jti", [](World&, JwtDraft& d) { d.payload.erase("jti"); },
       "oauth_invalid_client_attestation/json_missing_member"},
      {"empty jti", [](World&, JwtDraft& d) { d.payload["jti"] = ""; },
       "oauth_invalid_client_attestation/empty or too long"},
      {"jti too long", [](World&, JwtDraft& d) { d.payload["jti"] = std::string(257, 'j'); },
       "oauth_invalid_client_attestation/empty or too long"},
      {"no iat", [](World&, JwtDraft& d) { d.payload.erase("iat"); },
       "oauth_invalid_client_attestation/jwt_claim_missing"},
      {"iat a second too old", [](World&, JwtDraft& d) { d.payload["iat"] = kNow.unix_seconds() - 301; },
       "oauth_invalid_client_attestation/jwt_too_old"},
      {"iat a second too new", [](World&, JwtDraft& d) { d.payload["iat"] = kNow.unix_seconds() + 61; },
       "oauth_invalid_client_attestation/jwt_issued_in_future"},
      {"expired", [](World&, JwtDraft& d) { d.payload["exp"] = kNow.unix_seconds() - 60; },
       "oauth_invalid_client_attestation/jwt_expired"},
      {"no challenge", [](World&, JwtDraft& d) { d.payload.erase("challenge"); },
       "oauth_use_attestation_challenge/missing"},
      {"empty challenge", [](World&, JwtDraft& d) { d.payload["challenge"] = ""; },
       "oauth_invalid_client_attestation/empty or too long"},
      {"challenge a number", [](World&, JwtDraft& d) { d.payload["challenge"] = 7; },
       "oauth_invalid_client_attestation/json_wrong_type"},
      {"the challenge as nonce",
       [](World&, JwtDraft& d) {
         d.payload["nonce"] = d.payload["challenge"];
         d.payload.erase("challenge");
       },
       "oauth_use_attestation_challenge/missing"},
  };
  World& w = world();
  for (const Row& row : rows) {
    INFO(row.why);
    JwtDraft draft = JwtDraft::of(w.pop());
    row.change(w, draft);
    const std::string pop = jose::sign_jws(draft.header, draft.payload, w.key).value();
    CHECK(w.outcome_of(w.attestation(), pop) == row.want);
  }
  JwtDraft draft = JwtDraft::of(w.pop());
  CHECK(w.outcome_of(w.attestation(), jose::sign_jws(draft.header, draft.payload, w.other_key).value()) ==
        "oauth_invalid_client_attestation/jws_signature_invalid");
  // The provider's own key is not the wallet's.
  CHECK(w.outcome_of(w.attestation(), jose::sign_jws(draft.header, draft.payload, w.providers.signer.key).value()) ==
        "oauth_invalid_client_attestation/jws_signature_invalid");
}

TEST_CASE("a challenge is demanded only where the policy says so") {
  World& w = world();
  const auto headers = World::headers(w.attestation(), w.pop(std::nullopt));
  CHECK(code_of(World::verify(headers, w.policy())) == "oauth_use_attestation_challenge");
  ClientAttestationPolicy policy = w.policy();
  policy.challenge = AttestationChallengeNotUsed{};
  CHECK(!World::verify(headers, policy).value().challenge().has_value());
  CHECK(World::verify(World::headers(w.attestation(), w.pop("c")), policy).value().challenge() == "c");
}

TEST_CASE("one header of each kind, or it is no client authentication") {
  World& w = world();
  const HttpHeader attestation{std::string(kClientAttestationHeader), w.attestation()};
  const HttpHeader pop{std::string(kClientAttestationPopHeader), w.pop()};
  const auto with = [&](std::vector<HttpHeader> headers) { return outcome(World::verify(headers, w.policy())); };
  CHECK(with({attestation, pop}) == "accepted");
  CHECK(with({}) == "oauth_invalid_client_attestation/the header is missing");
  CHECK(with({attestation}) == "oauth_invalid_client_attestation/the header is missing");
  CHECK(with({pop}) == "oauth_invalid_client_attestation/the header is missing");
  CHECK(with({attestation, attestation, pop}) == "oauth_invalid_client_attestation/the header is repeated");
  CHECK(with({attestation, pop, pop}) == "oauth_invalid_client_attestation/the header is repeated");
  CHECK(with({{attestation.name, pop.value}, {pop.name, attestation.value}}) ==
        "oauth_invalid_client_attestation/json_missing_member");
  CHECK(with({{attestation.name, attestation.value + "," + attestation.value}, pop}) ==
        "oauth_invalid_client_attestation/jws_malformed");
  CHECK(with({{attestation.name, std::string(8193, 'a')}, pop}) == "oauth_invalid_client_attestation/too large");
  CHECK(with({attestation, {pop.name, std::string(8193, 'a')}}) == "oauth_invalid_client_attestation/too large");
  CHECK(with({{attestation.name, ""}, pop}) == "oauth_invalid_client_attestation/jws_malformed");

  CHECK(!ClientAttestation::is_shown({}));
  CHECK(!ClientAttestation::is_shown(std::vector<HttpHeader>{{"OAuth-Client-Attestation-Challenge", "x"}}));
  CHECK(ClientAttestation::is_shown(std::vector<HttpHeader>{{"OAUTH-client-attestation", ""}}));
  CHECK(ClientAttestation::is_shown(std::vector<HttpHeader>{{"oauth-client-attestation-pop", "x"}}));
}

TEST_CASE("algorithms other than ES256 and broken signatures are refused, of both JWTs") {
  World& w = world();
  JwtDraft attestation = JwtDraft::of(w.attestation());
  attestation.header["x5c"] = jose::x5c_member(w.providers.signer.chain);
  for (const std::string& forged : forged_algorithms(attestation, w.providers.signer.key.public_key())) {
    CHECK(code_of(World::verify(World::headers(forged, w.pop()), w.policy())) == "oauth_invalid_client_attestation");
  }
  for (const std::string& forged : forged_algorithms(JwtDraft::of(w.pop()), w.key.public_key())) {
    CHECK(code_of(World::verify(World::headers(w.attestation(), forged), w.policy())) ==
          "oauth_invalid_client_attestation");
  }
}

TEST_CASE("the example of the draft: its proof of possession verifies with the key in its attestation") {
  const json::Object example = parsed(read_vector("attestation-client-auth/example.json"));
  const std::string attestation(example.at("client_attestation").as_string());
  const std::string pop(example.at("pop_for_as").as_string());
  const auto shown = ClientAttestation::parse(World::headers(attestation, pop)).value();
  CHECK(shown.unverified_client_id() == "https://client.example.com");
  // The draft does not publish its attester's key, so a provider of ours signs the same claims.
  World& w = world();
  const auto claims = jose::Jws::parse(attestation).value().unverified_payload().value();
  json::Object header;
  header["typ"] = "oauth-client-attestation+jwt";
  const Instant issued = Instant::from_unix_seconds(claims.at("iat").as_int64());
  auto names = TestAuthority::names("provider.example");
  names.not_before = issued - seconds(60);
  names.not_after = issued + seconds(60);
  names.san_uri = {std::string(kProvider)};
  const auto ca_key = crypto::P256PrivateKey::generate();
  auto root_names = TestAuthority::names("providers of that time");
  root_names.not_before = names.not_before;
  const auto root = must(crypto::make_root_certificate(root_names, ca_key));
  names.purpose = crypto::CertificatePurpose::wallet_provider;
  const auto leaf = must(crypto::make_certificate(names, w.providers.signer.key.public_key(), root, ca_key));
  header["x5c"] = jose::x5c_member(std::vector<Bytes>{to_bytes(leaf.der())});
  const crypto::TrustAnchors then(crypto::CertificatePurpose::wallet_provider,
                                  {must(crypto::CaCertificate::parse(root.der()))},
                                  crypto::RevocationPolicy::ignore_revocation);
  const ClientAttestationPolicy at_that_time{.providers = then,
                                             .provider = kProvider,
                                             .authorization_server = "https://as.example.com",
                                             .form_client_id = std::nullopt,
                                             .challenge = AttestationChallengeRequired{},
                                             .age_max = kDay,
                                             .now = issued};
  const auto verified =
      World::verify(World::headers(Providers::sign(header, claims, w.providers.signer), pop), at_that_time);
  REQUIRE(outcome(verified) == "accepted");
  CHECK(verified->challenge() == "5c1a9e10-29ff-4c2b-ae73-57c0957c09c4");
  CHECK(verified->jti() == "d25d00ab-552b-46fc-ae19-98f440f25064");
  CHECK(verified->jkt() == jose::Jwk::parse(example.at("cnf_jwk").as_object()).value().thumbprint());
}

}  // namespace mibun::oid4vci
