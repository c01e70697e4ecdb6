#include "core/oid4vci/key_attestation.h"

#include "core/oid4vci/proof.h"
#include "tests/core/oid4vci/providers.h"

namespace mibun::oid4vci {
namespace {

constexpr std::string_view kIssuer = "https://issuer.example";
constexpr std::string_view kNonce = "c-nonce";
const std::vector<std::string> kBasic{"iso_18045_basic"};
const std::vector<std::string> kHigh{"iso_18045_high", "iso_18045_moderate"};

struct World {
  World() {
    for (int i = 0; i < 4; ++i) keys.push_back(key_from(rng));
  }
  std::vector<crypto::P256PublicKey> public_keys(std::size_t count) const {
    std::vector<crypto::P256PublicKey> list;
    for (std::size_t i = 0; i < count; ++i) list.push_back(keys[i].public_key());
    return list;
  }
  // Of the first `count` keys.
  std::string attestation(std::size_t count = 3, std::string_view nonce = kNonce) const {
    const auto list = public_keys(count);
    const KeyAttestationRequest request{.issuer = kProvider,
                                        .keys = list,
                                        .key_storage = kBasic,
                                        .user_authentication = kBasic,
                                        .nonce = nonce,
                                        .issued_at = kNow,
                                        .expires = kNow + seconds(300)};
    return make_key_attestation(request, Providers::of(providers.signer)).value();
  }
  std::string proof(std::size_t key, const std::optional<std::string>& attestation,
                    std::string_view nonce = kNonce) const {
    return make_key_proof(
               {.credential_issuer = kIssuer, .nonce = nonce, .client_id = {}, .key_attestation = attestation},
               keys[key], kNow)
        .value();
  }
  KeyAttestationPolicy policy(KeyAttestationUse use = KeyAttestationUse::in_jwt_proof) const {
    return {.providers = providers.anchors,
            .key_storage = kBasic,
            .user_authentication = {},
            .use = use,
            .keys_max = 3,
            .now = kNow};
  }
  KeyProofPolicy proof_policy() const {
    return {.credential_issuer = kIssuer,
            .client = AnonymousClient{},
            .key_attestation = KeyAttestationRequired{&providers.anchors, kBasic, {}},
            .keys_max = 3,
            .now = kNow};
  }
  std::string outcome_of(const std::string& jwt) const {
    return outcome(VerifiedKeyAttestation::verify(jwt, policy()));
  }
  std::string outcome_of_all(const std::vector<std::string>& proofs) const {
    return outcome(VerifiedKeyProofs::verify(proofs, proof_policy()));
  }

  Providers providers;
  SeededRng rng{21};
  std::vector<crypto::P256PrivateKey> keys;
};

World& world() {
  static World one;
  return one;
}

}  // namespace

TEST_CASE("a key attestation names keys, their storage and the nonce it was made for") {
  World& w = world();
  const auto verified = VerifiedKeyAttestation::verify(w.attestation(), w.policy()).value();
  REQUIRE(verified.keys().size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(verified.keys()[i].key() == w.keys[i].public_key());
  CHECK(verified.nonce() == kNonce);
  CHECK(verified.key_storage() == kBasic);
  CHECK(verified.user_authentication() == kBasic);
  CHECK(!verified.status().has_value());
}

TEST_CASE("a key attestation with anything wrong is refused, and the detail says why") {
  struct Row {
    const char* why;
    void (*change)(World&, JwtDraft&);
    const char* want;
  };
  static constexpr Row rows[] = {
      {"unchanged", [](World&, JwtDraft&) {}, "accepted"},
      {"without iss", [](World&, JwtDraft& d) { d.payload.erase("iss"); }, "accepted"},
      {"without user_authentication, which nobody asked for",
       [](World&, JwtDraft& d) { d.payload.erase("user_authentication"); }, "accepted"},
      {"one level more than asked for",
       [](World&, JwtDraft& d) { d.payload["key_storage"] = json::Array{"https://a.example", "iso_18045_basic"}; },
       "accepted"},
      {"certification, and what is not known",
       [](World&, JwtDraft& d) {
         d.payload["certification"] = "https://provider.example/certificate";
         d.payload["more"] = true;
       },
       "accepted"},
      {"a kid beside x5c", [](World&, JwtDraft& d) { d.header["kid"] = "1"; }, "accepted"},
      {"typ of a wallet attestation", [](World&, JwtDraft& d) { d.header["typ"] = "oauth-client-attestation+jwt"; },
       "oid4vci_key_attestation_invalid/jws_typ_mismatch"},
      {"typ of an older draft", [](World&, JwtDraft& d) { d.header["typ"] = "keyattestation+jwt"; },
       "oid4vci_key_attestation_invalid/jws_typ_mismatch"},
      {"no typ", [](World&, JwtDraft& d) { d.header.erase("typ"); },
       "oid4vci_key_attestation_invalid/jws_typ_mismatch"},
      {"crit", [](World&, JwtDraft& d) { d.header["crit"] = json::Array{"x"}; },
       "oid4vci_key_attestation_invalid/jws_crit_not_understood"},
      {"a key of its own",
       [](World& w, JwtDraft& d) { d.header["jwk"] = jose::Jwk(w.providers.signer.key.public_key()).to_json(); },
       "oid4vci_key_attestation_invalid/jws_header_not_allowed"},
      {"trust_chain is no way to a key here",
       [](World&, JwtDraft& d) {
         d.header["x5c"] = json::Array{};
         d.header["trust_chain"] = json::Array{"x"};
       },
       "oid4vci_key_attestation_invalid/jws_x5c_malformed"},
      {"x5c with the anchor",
       [](World& w, JwtDraft& d) {
         std::vector<Bytes> chain = w.providers.signer.chain;
         chain.push_back(to_bytes(w.providers.authority.root.der()));
         d.header["x5c"] = jose::x5c_member(chain);
       },
       "oid4vci_key_attestation_invalid/certificate_is_anchor"},
      {"iss of another provider", [](World&, JwtDraft& d) { d.payload["iss"] = "https://second.example"; },
       "oid4vci_key_attestation_invalid/jwt_issuer_mismatch"},
      {"a key on another curve",  // the base point of P-384
       [](World&, JwtDraft& d) {
         d.payload["attested_keys"] =
             json::Array{json::Object{{"kty", "EC"},
                                      {"crv", "P-384"},
                                      {"x", "qofKIr6LBTeOscce8yCtdG4dO2KLp5uYWfdB4IJUKjhVAvJdv1UpbDpUXjhydgq3"},
                                      {"y", "NhfeSpYmLG9dnpi_kpLcKfj0Hb0omhR86doxE7XwuMAKYLHOHX6BnXpDHXyQ6g5f"}}};
       },
       "oid4vci_key_attestation_invalid/jwk_unsupported"},
      {"no iat", [](World&, JwtDraft& d) { d.payload.erase("iat"); },
       "oid4vci_key_attestation_invalid/jwt_claim_missing"},
      {"iat a second too old", [](World&, JwtDraft& d) { d.payload["iat"] = kNow.unix_seconds() - 301; },
       "oid4vci_key_attestation_invalid/jwt_too_old"},
      {"iat a second too new", [](World&, JwtDraft& d) { d.payload["iat"] = kNow.unix_seconds() + 61; },
       "oid4vci_key_attestation_invalid/jwt_issued_in_future"},
      {"no exp in a jwt proof", [](World&, JwtDraft& d) { d.payload.erase("exp"); },
       "oid4vci_key_attestation_invalid/jwt_claim_missing"},
      {"expired", [](World&, JwtDraft& d) { d.payload["exp"] = kNow.unix_seconds() - 60; },
       "oid4vci_key_attestation_invalid/jwt_expired"},
      {"no nonce", [](World&, JwtDraft& d) { d.payload.erase("nonce"); },
       "oid4vci_key_attestation_invalid/json_missing_member"},
      {"empty nonce", [](World&, JwtDraft& d) { d.payload["nonce"] = ""; },
       "oid4vci_key_attestation_invalid/empty or too long"},
      {"nonce a number", [](World&, JwtDraft& d) { d.payload["nonce"] = 1; },
       "oid4vci_key_attestation_invalid/json_wrong_type"},
      {"no attested_keys", [](World&, JwtDraft& d) { d.payload.erase("attested_keys"); },
       "oid4vci_key_attestation_invalid/json_missing_member"},
      {"empty attested_keys", [](World&, JwtDraft& d) { d.payload["attested_keys"] = json::Array{}; },
       "oid4vci_key_attestation_invalid/none or too many"},
      {"attested_keys an object", [](World&, JwtDraft& d) { d.payload["attested_keys"] = json::Object{}; },
       "oid4vci_key_attestation_invalid/json_wrong_type"},
      {"more keys than a batch takes",
       [](World& w, JwtDraft& d) {
         d.payload["attested_keys"].as_array().push_back(jose::Jwk(w.keys[3].public_key()).to_json());
       },
       "oid4vci_key_attestation_invalid/none or too many"},
      {"a key twice",
       [](World&, JwtDraft& d) {
         auto& keys = d.payload["attested_keys"].as_array();
         keys[2] = keys[0];
       },
       "oid4vci_key_attestation_invalid/a key stands twice"},
      {"a private key", [](World&, JwtDraft& d) { d.payload["attested_keys"].as_array()[1].as_object()["d"] = "AAAA"; },
       "oid4vci_key_attestation_invalid/private_key_rejected"},
      {"a key for encryption",
       [](World&, JwtDraft& d) { d.payload["attested_keys"].as_array()[1].as_object()["use"] = "enc"; },
       "oid4vci_key_attestation_invalid/jwk_unsupported"},
      {"an RSA key",
       [](World&, JwtDraft& d) {
         d.payload["attested_keys"].as_array()[1] = json::Object{{"kty", "RSA"}, {"n", "AAAA"}, {"e", "AQAB"}};
       },
       "oid4vci_key_attestation_invalid/jwk_unsupported"},
      {"a key that is a string", [](World&, JwtDraft& d) { d.payload["attested_keys"].as_array()[1] = "x"; },
       "oid4vci_key_attestation_invalid/json_wrong_type"},
      {"no key_storage, which is asked for", [](World&, JwtDraft& d) { d.payload.erase("key_storage"); },
       "oid4vci_key_attestation_invalid/not a level that the issuer asks for"},
      {"another key_storage", [](World&, JwtDraft& d) { d.payload["key_storage"] = json::Array{"iso_18045_high"}; },
       "oid4vci_key_attestation_invalid/not a level that the issuer asks for"},
      {"key_storage in another case",
       [](World&, JwtDraft& d) { d.payload["key_storage"] = json::Array{"ISO_18045_BASIC"}; },
       "oid4vci_key_attestation_invalid/not a level that the issuer asks for"},
      {"key_storage a string", [](World&, JwtDraft& d) { d.payload["key_storage"] = "iso_18045_basic"; },
       "oid4vci_key_attestation_invalid/json_wrong_type"},
      {"empty key_storage", [](World&, JwtDraft& d) { d.payload["key_storage"] = json::Array{}; },
       "oid4vci_key_attestation_invalid/none or too many"},
      {"a level twice",
       [](World&, JwtDraft& d) { d.payload["key_storage"] = json::Array{"iso_18045_basic", "iso_18045_basic"}; },
       "oid4vci_key_attestation_invalid/a level stands twice"},
      {"empty user_authentication", [](World&, JwtDraft& d) { d.payload["user_authentication"] = json::Array{}; },
       "oid4vci_key_attestation_invalid/none or too many"},
      {"a status that is no status", [](World&, JwtDraft& d) { d.payload["status"] = json::Object{}; },
       "oid4vci_key_attestation_invalid/status_reference_malformed"},
  };
  World& w = world();
  for (const Row& row : rows) {
    INFO(row.why);
    JwtDraft draft = JwtDraft::of(w.attestation());
    row.change(w, draft);
    CHECK(w.outcome_of(Providers::sign(draft.header, draft.payload, w.providers.signer)) == row.want);
  }
}

TEST_CASE("key attestations come from a wallet provider that is trusted, with ES256") {
  World& w = world();
  JwtDraft draft = JwtDraft::of(w.attestation());
  draft.payload.erase("iss");
  const auto signed_by = [&](const TestSigner& who) {
    return w.outcome_of(Providers::sign(draft.header, draft.payload, who));
  };
  CHECK(signed_by(w.providers.second) == "accepted");
  CHECK(signed_by(w.providers.issuer) == "oid4vci_key_attestation_invalid/certificate_wrong_purpose");
  CHECK(signed_by(w.providers.untrusted) == "oid4vci_key_attestation_invalid/certificate_untrusted");
  draft.header["x5c"] = jose::x5c_member(w.providers.signer.chain);
  CHECK(signed_by(w.providers.second) == "oid4vci_key_attestation_invalid/jws_signature_invalid");
  for (const std::string& forged : forged_algorithms(draft, w.providers.signer.key.public_key())) {
    CHECK(code_of(VerifiedKeyAttestation::verify(forged, w.policy())) == "oid4vci_key_attestation_invalid");
  }
  CHECK(w.outcome_of(std::string(32 * 1024 + 1, 'a')) == "oid4vci_key_attestation_invalid/too large");
  CHECK(w.outcome_of(std::string()) == "oid4vci_key_attestation_invalid/jws_malformed");
  const auto issuers = w.providers.authority.anchors(crypto::CertificatePurpose::credential_issuer);
  const KeyAttestationPolicy wrong_anchors{.providers = issuers,
                                           .key_storage = {},
                                           .user_authentication = {},
                                           .use = KeyAttestationUse::as_proof,
                                           .keys_max = 3,
                                           .now = kNow};
  CHECK(outcome(VerifiedKeyAttestation::verify(w.attestation(), wrong_anchors)) ==
        "oid4vci_key_attestation_invalid/certificate_wrong_purpose");
  const JwtDraft fresh = JwtDraft::of(w.attestation());
  const std::string by_issuer = Providers::sign(fresh.header, fresh.payload, w.providers.issuer);
  CHECK(outcome(VerifiedKeyAttestation::verify(by_issuer, wrong_anchors)) ==
        "oid4vci_key_attestation_invalid/certificate_wrong_purpose");
}

TEST_CASE("exp is needed in a jwt proof and not as a proof of its own") {
  World& w = world();
  JwtDraft draft = JwtDraft::of(w.attestation());
  draft.payload.erase("exp");
  const std::string jwt = Providers::sign(draft.header, draft.payload, w.providers.signer);
  CHECK(outcome(VerifiedKeyAttestation::verify(jwt, w.policy(KeyAttestationUse::as_proof))) == "accepted");
  CHECK(code_of(VerifiedKeyAttestation::verify(jwt, w.policy())) == "oid4vci_key_attestation_invalid");
}

TEST_CASE("levels that are asked for must be there, of both kinds") {
  World& w = world();
  KeyAttestationPolicy high{.providers = w.providers.anchors,
                            .key_storage = {},
                            .user_authentication = kHigh,
                            .use = KeyAttestationUse::in_jwt_proof,
                            .keys_max = 3,
                            .now = kNow};
  CHECK(outcome(VerifiedKeyAttestation::verify(w.attestation(), high)) ==
        "oid4vci_key_attestation_invalid/not a level that the issuer asks for");
  high.user_authentication = {};
  CHECK(outcome(VerifiedKeyAttestation::verify(w.attestation(), high)) == "accepted");
}

TEST_CASE("one attestation serves a batch of proofs, and all its keys get a credential") {
  World& w = world();
  const std::string attestation = w.attestation();
  const std::vector<std::string> one{w.proof(1, attestation)};
  const auto verified = VerifiedKeyProofs::verify(one, w.proof_policy()).value();
  REQUIRE(verified.keys().size() == 3);
  CHECK(verified.keys()[0].key() == w.keys[1].public_key());  // proven before attested
  CHECK(verified.keys()[1].key() == w.keys[0].public_key());
  CHECK(verified.keys()[2].key() == w.keys[2].public_key());
  CHECK(verified.nonce() == kNonce);
  const std::vector<std::string> all{w.proof(0, attestation), w.proof(1, attestation), w.proof(2, attestation)};
  CHECK(VerifiedKeyProofs::verify(all, w.proof_policy()).value().keys().size() == 3);
  const std::vector<std::string> own{w.proof(0, w.attestation(1)), w.proof(1, w.attestation(2))};
  CHECK(VerifiedKeyProofs::verify(own, w.proof_policy()).value().keys().size() == 2);
}

TEST_CASE("A16: where key attestations are required, none goes without") {
  World& w = world();
  const std::string good = w.attestation();
  CHECK(w.outcome_of_all({w.proof(0, good)}) == "accepted");
  CHECK(w.outcome_of_all({w.proof(0, std::nullopt)}) == "oid4vci_invalid_proof/missing, and this issuer requires it");
  CHECK(w.outcome_of_all({w.proof(0, good), w.proof(1, std::nullopt)}) ==
        "oid4vci_invalid_proof/missing, and this issuer requires it");
  CHECK(w.outcome_of_all({w.proof(3, good)}) == "oid4vci_invalid_proof/of other keys than the proof's");
  CHECK(w.outcome_of_all({w.proof(0, good), w.proof(3, good)}) ==
        "oid4vci_invalid_proof/of other keys than the proof's");
  CHECK(w.outcome_of_all({w.proof(0, std::string())}) == "oid4vci_key_attestation_invalid/jws_malformed");
  CHECK(w.outcome_of_all({w.proof(0, w.attestation(3, "another"))}) ==
        "oid4vci_invalid_nonce/another nonce than in the first proof");
  // The first attestation's keys do not stand for the second's.
  CHECK(w.outcome_of_all({w.proof(0, w.attestation(2)), w.proof(1, w.attestation(1))}) ==
        "oid4vci_invalid_proof/of other keys than the proof's");
  JwtDraft number = JwtDraft::of(w.proof(0, good));
  number.header["key_attestation"] = 5;
  CHECK(w.outcome_of_all({jose::sign_jws(number.header, number.payload, w.keys[0]).value()}) ==
        "oid4vci_invalid_proof/not a string");

  KeyProofPolicy few = w.proof_policy();
  few.keys_max = 2;
  const std::vector<std::string> attested{w.proof(0, good)};
  CHECK(code_of(VerifiedKeyProofs::verify(attested, few)) == "oid4vci_key_attestation_invalid");
  const std::vector<std::string> proven{w.proof(0, w.attestation(1)), w.proof(1, w.attestation(2)),
                                        w.proof(2, w.attestation(3))};
  CHECK(outcome(VerifiedKeyProofs::verify(proven, w.proof_policy())) == "accepted");
}

TEST_CASE("where key attestations are not used, none is read and none is a proof") {
  World& w = world();
  KeyProofPolicy plain = w.proof_policy();
  plain.key_attestation = KeyAttestationNotUsed{};
  const std::vector<std::string> proofs{w.proof(0, w.attestation()), w.proof(1, "not even a JWT")};
  CHECK(VerifiedKeyProofs::verify(proofs, plain).value().keys().size() == 2);
  CHECK(outcome(VerifiedKeyProofs::verify_attestation(w.attestation(), plain)) ==
        "oid4vci_invalid_proof/key attestations are not used here");
  plain.keys_max = 1;
  CHECK(outcome(VerifiedKeyProofs::verify(proofs, plain)) == "oid4vci_invalid_proof/more keys than a batch takes");
}

TEST_CASE("a proof is as large as it has to be: larger where an attestation stands in it") {
  const World& w = world();
  KeyProofPolicy plain = w.proof_policy();
  plain.key_attestation = KeyAttestationNotUsed{};
  struct Row {
    std::size_t characters;  // beside the proof's own, before base64url
    bool fits_plain, fits_attested;
  };
  for (const Row& row :
       {Row{5'000, true, true}, Row{6'500, false, true}, Row{35'000, false, true}, Row{37'000, false, false}}) {
    CAPTURE(row.characters);
    JwtDraft draft = JwtDraft::of(w.proof(0, std::nullopt));
    draft.payload["padding"] = std::string(row.characters, 'p');
    const std::vector<std::string> proofs{jose::sign_jws(draft.header, draft.payload, w.keys[0]).value()};
    const auto is_too_large = [&](const KeyProofPolicy& policy) {
      const auto verified = VerifiedKeyProofs::verify(proofs, policy);
      return !verified && verified.error().detail == "too large";
    };
    CHECK(VerifiedKeyProofs::verify(proofs, plain).has_value() == row.fits_plain);
    CHECK(is_too_large(plain) == !row.fits_plain);
    CHECK(is_too_large(w.proof_policy()) == !row.fits_attested);  // otherwise it lacks its attestation
  }
}

TEST_CASE("the proof type attestation gives all attested keys") {
  World& w = world();
  const auto verified = VerifiedKeyProofs::verify_attestation(w.attestation(), w.proof_policy()).value();
  CHECK(verified.keys().size() == 3);
  CHECK(verified.nonce() == kNonce);
  CHECK(verified.attestation_statuses().empty());
  CHECK(code_of(VerifiedKeyProofs::verify_attestation(w.proof(0, w.attestation()), w.proof_policy())) ==
        "oid4vci_key_attestation_invalid");

  JwtDraft with_status = JwtDraft::of(w.attestation());
  with_status.payload["status"] =
      json::Object{{"status_list", json::Object{{"idx", 4}, {"uri", "https://provider.example/status/1"}}}};
  const std::string revocable = Providers::sign(with_status.header, with_status.payload, w.providers.signer);
  const auto shown = VerifiedKeyProofs::verify_attestation(revocable, w.proof_policy()).value();
  REQUIRE(shown.attestation_statuses().size() == 1);
  CHECK(shown.attestation_statuses()[0].index == 4);
  const std::vector<std::string> in_proof{w.proof(0, revocable)};
  CHECK(VerifiedKeyProofs::verify(in_proof, w.proof_policy()).value().attestation_statuses().size() == 1);
}

TEST_CASE("every cut prefix of a key attestation is refused") {
  World& w = world();
  const std::string jwt = w.attestation();
  for (std::size_t size = 0; size < jwt.size(); ++size) {
    CHECK(code_of(VerifiedKeyAttestation::verify(std::string_view(jwt).substr(0, size), w.policy())) ==
          "oid4vci_key_attestation_invalid");
  }
}

}  // namespace mibun::oid4vci
