#include <doctest/doctest.h>

#include "core/codecs/base64url.h"
#include "core/mdoc/wire.h"
#include "core/oid4vp/consent.h"
#include "core/oid4vp/wallet_flow.h"
#include "core/receipt/consent_proof.h"
#include "tests/core/oid4vp/simulation.h"

using namespace mibun;
using namespace mibun::oid4vp;

namespace {

json::Object both_query() {
  json::Object query = shop_query();
  query["credentials"].as_array().push_back(mdl_query()["credentials"].as_array()[0]);
  return query;
}

// An answer made by hand, each part of which a test can bend.
struct Answer {
  explicit Answer(Simulation& simulation) : simulation(simulation), request(simulation.verified_request()) {
    consent = Consent::make(request, {selection()}, "ja", kTestNow);
    handover = {.client_id = request.client_id(), .nonce = request.nonce(), .response_uri = request.response_uri()};
    thumbprint = request.response_key()->key.thumbprint_sha256();
    proof = {.audience = request.client_id(), .nonce = request.nonce()};
  }
  static dcql::Selection selection() {
    const std::vector<dcql::ClaimPath> paths{path_of(R"(["org.example.identity","family_name"])"),
                                             path_of(R"(["org.example.identity","age_over_20"])")};
    return {.credential = 0, .card = 0, .choice = {.asked = paths, .disclosed = paths}};
  }
  Result<ReceivedResponse> send() {
    const auto& card = *simulation.cards.cards()[0]->mdoc();
    const auto device_key = must(simulation.cards.signer(*simulation.cards.cards()[0]));
    const auto transcript = mdoc::SessionTranscript::make(mdoc::RedirectHandover{
        handover.client_id, handover.nonce,
        thumbprint ? mdoc::ResponseKey::thumbprint(*thumbprint) : mdoc::ResponseKey::not_encrypted(),
        handover.response_uri});
    Bytes presentation = must(card.present(elements, transcript, mdoc::SignWith{*device_key}));
    if (bend) bend(presentation);
    const std::string text = consent.to_text();
    if (proof.presentation_sha256.empty()) {
      proof.presentation_sha256 = base64url::encode(crypto::sha256(presentation));
    }
    if (proof.consent_hash.empty()) proof.consent_hash = consent_hash(text);
    ResponseContents contents{.vp_token = {{"mdl", {mdoc::to_wire(presentation)}}}, .consent = text};
    const crypto::P256Signer& signer = other_signer ? *other_signer : *device_key;
    contents.consent_proofs["mdl"] = {must(receipt::sign_consent_proof(proof, signer, proof_at))};
    if (change) change(contents);
    return simulation.receive({.body = must(build_response_form(request, contents, {}, simulation.world.rng))});
  }

  struct Handover {
    std::string client_id, nonce, response_uri;
  };
  Simulation& simulation;
  VerifiedRequest request;
  Consent consent;
  Handover handover;
  std::optional<crypto::Sha256Digest> thumbprint;
  receipt::ConsentProof proof;
  Instant proof_at = kTestNow;
  const crypto::P256Signer* other_signer = nullptr;
  std::vector<mdoc::ElementName> elements{{"org.example.identity", "family_name"},
                                          {"org.example.identity", "age_over_20"}};
  std::function<void(Bytes&)> bend;
  std::function<void(ResponseContents&)> change;
};

}  // namespace

TEST_CASE("an mdoc answers with two elements, and nothing else") {
  Simulation simulation(RequestUriMethod::post, mdl_query());
  simulation.cards.add_mdoc(simulation.world);
  PresentationFlow flow = simulation.flow();
  const AskHolder ask = simulation.ask(flow);
  REQUIRE(ask.cards.size() == 1);
  CHECK(ask.cards[0].format == "mso_mdoc");
  CHECK(ask.cards[0].type == "org.example.identity.1");
  REQUIRE(ask.cards[0].claims.size() == 2);
  CHECK(ask.cards[0].claims[0].value == "見本");
  CHECK(simulation.cards.signers_asked == 0);

  const HttpRequest post = simulation.answer(flow, Agreed{"ja"});
  const auto response = std::get<VerifiedResponse>(must(simulation.receive(post)));
  REQUIRE(response.credentials.at("mdl").size() == 1);
  const PresentedCredential& shown = response.credentials.at("mdl")[0];
  CHECK(json::serialize(shown.claims) == R"({"org.example.identity":{"family_name":"見本","age_over_20":true}})");
  CHECK(shown.type == "org.example.identity.1");
  CHECK(shown.expires_at == kTestNow + std::chrono::hours(24 * 30));
  CHECK(response.excess.empty());
  CHECK(response.evidence.empty());
  REQUIRE(response.mdoc_evidence.size() == 1);
  CHECK(*response.consent == *flow.consent());
}

TEST_CASE("one answer holds an SD-JWT VC and an mdoc, under one consent") {
  Simulation simulation(RequestUriMethod::post, both_query());
  simulation.cards.add(simulation.world);
  simulation.cards.add_mdoc(simulation.world);
  PresentationFlow flow = simulation.flow();
  const AskHolder ask = simulation.ask(flow);
  REQUIRE(ask.cards.size() == 2);
  const auto response = std::get<VerifiedResponse>(must(simulation.receive(simulation.answer(flow, Agreed{"en"}))));
  CHECK(response.credentials.size() == 2);
  CHECK(response.evidence.size() == 1);
  CHECK(response.mdoc_evidence.size() == 1);
  CHECK(simulation.cards.signers_asked == 2);
}

TEST_CASE("a card of one format does not answer for the other") {
  Simulation simulation(RequestUriMethod::post, mdl_query());
  simulation.cards.add(simulation.world, "org.example.identity.1");
  PresentationFlow flow = simulation.flow();
  CHECK(simulation.ask(flow).cards.empty());
}

TEST_CASE("what the specification says of an mdoc's answer, and what of it is refused") {
  struct Row {
    std::string_view why;
    std::function<void(Answer&)> change;
    ErrorCode want;
  };
  const auto other_key = crypto::P256PrivateKey::generate();
  const Row rows[] = {
      {"transcript of another client", [](Answer& a) { a.handover.client_id += "x"; },
       ErrorCode::mdoc_device_signature_invalid},
      {"transcript with another nonce", [](Answer& a) { a.handover.nonce += "x"; },
       ErrorCode::mdoc_device_signature_invalid},
      {"transcript for another response_uri", [](Answer& a) { a.handover.response_uri += "/x"; },
       ErrorCode::mdoc_device_signature_invalid},
      {"transcript for another encryption key", [](Answer& a) { a.thumbprint->front() ^= 1; },
       ErrorCode::mdoc_device_signature_invalid},
      {"transcript of an answer in the clear", [](Answer& a) { a.thumbprint.reset(); },
       ErrorCode::mdoc_device_signature_invalid},
      {"a byte of the response flipped", [](Answer& a) { a.bend = [](Bytes& b) { b.back() ^= 1; }; },
       ErrorCode::mdoc_digest_mismatch},
      {"not base64url", [](Answer& a) { a.change = [](auto& c) { c.vp_token["mdl"] = {"%%"}; }; },
       ErrorCode::base64url_bad_character},
      {"an element that was not asked for",
       [](Answer& a) { a.elements.push_back({"org.example.identity", "given_name"}); },
       ErrorCode::oid4vp_consent_mismatch},
      {"an element less than asked for", [](Answer& a) { a.elements.pop_back(); }, ErrorCode::dcql_not_satisfied},
      {"two documents where one is due",
       [](Answer& a) { a.change = [](auto& c) { c.vp_token["mdl"].push_back(c.vp_token["mdl"][0]); }; },
       ErrorCode::dcql_answer_unexpected},
      {"an id not asked for", [](Answer& a) { a.change = [](auto& c) { c.vp_token["other"] = c.vp_token["mdl"]; }; },
       ErrorCode::dcql_answer_unexpected},
      {"no consent proof", [](Answer& a) { a.change = [](auto& c) { c.consent_proofs.clear(); }; },
       ErrorCode::oid4vp_consent_mismatch},
      {"two proofs for one presentation",
       [](Answer& a) { a.change = [](auto& c) { c.consent_proofs["mdl"].push_back(c.consent_proofs["mdl"][0]); }; },
       ErrorCode::oid4vp_consent_mismatch},
      {"a proof for no presentation",
       [](Answer& a) { a.change = [](auto& c) { c.consent_proofs["other"] = c.consent_proofs["mdl"]; }; },
       ErrorCode::oid4vp_consent_mismatch},
      {"a proof by another key", [&](Answer& a) { a.other_signer = &other_key; }, ErrorCode::oid4vp_consent_mismatch},
      {"a proof for another verifier", [](Answer& a) { a.proof.audience += "x"; }, ErrorCode::oid4vp_consent_mismatch},
      {"a proof for another request", [](Answer& a) { a.proof.nonce += "x"; }, ErrorCode::oid4vp_consent_mismatch},
      {"a proof of another presentation",
       [](Answer& a) { a.proof.presentation_sha256 = base64url::encode(crypto::sha256(std::string_view("x"))); },
       ErrorCode::oid4vp_consent_mismatch},
      {"a proof of another consent", [](Answer& a) { a.proof.consent_hash = consent_hash("x"); },
       ErrorCode::oid4vp_consent_mismatch},
      {"a proof from long ago", [](Answer& a) { a.proof_at = kTestNow - seconds(301); },
       ErrorCode::oid4vp_consent_mismatch},
      {"a proof from the future", [](Answer& a) { a.proof_at = kTestNow + seconds(61); },
       ErrorCode::oid4vp_consent_mismatch},
      {"a consent to less", [](Answer& a) { a.consent.claims["mdl"].pop_back(); }, ErrorCode::oid4vp_consent_mismatch},
      {"a consent that names no card", [](Answer& a) { a.consent.claims.clear(); }, ErrorCode::oid4vp_consent_mismatch},
      {"no consent at all, though one is due", [](Answer& a) { a.change = [](auto& c) { c.consent = "{}"; }; },
       ErrorCode::oid4vp_consent_mismatch},
  };
  {
    Simulation simulation(RequestUriMethod::get, mdl_query());
    simulation.cards.add_mdoc(simulation.world);
    CHECK(Answer(simulation).send().has_value());
  }
  for (const Row& row : rows) {
    INFO(row.why);
    Simulation simulation(RequestUriMethod::get, mdl_query());
    simulation.cards.add_mdoc(simulation.world);
    Answer answer(simulation);
    row.change(answer);
    CHECK(code_of(answer.send()) == row.want);
  }
}

TEST_CASE("what an issuer of mdocs may get wrong is refused") {
  struct Row {
    std::string_view why;
    std::function<void(mdoc::IssueRequest&)> change;
    ErrorCode want;
  };
  const Row rows[] = {
      {"expired", [](auto& r) { r.valid_until = kTestNow - seconds(61); }, ErrorCode::mdoc_expired},
      {"not yet valid", [](auto& r) { r.valid_from = kTestNow + seconds(120); }, ErrorCode::mdoc_not_yet_valid},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    Simulation simulation(RequestUriMethod::get, mdl_query());
    simulation.cards.add_mdoc(simulation.world, row.change);
    CHECK(code_of(Answer(simulation).send()) == row.want);
  }
  // Another authority, and one that is trusted for another purpose.
  for (const auto purpose :
       {crypto::CertificatePurpose::mdoc_document_signer, crypto::CertificatePurpose::credential_issuer}) {
    Simulation simulation(RequestUriMethod::get, mdl_query());
    const TestSigner stranger(simulation.world.issuer_authority, purpose, "ds.example");
    simulation.cards.add_mdoc(simulation.world, stranger, {});
    CHECK(code_of(Answer(simulation).send()) == ErrorCode::certificate_untrusted);
  }
}

TEST_CASE("V3: an authority that is believed for one doctype signs another") {
  using Purpose = crypto::CertificatePurpose;
  const TestAuthority club("club");
  const TestSigner secretary(club, Purpose::mdoc_document_signer, "ds.club.example");
  const auto code_with = [&](std::vector<std::string> types) {
    Simulation simulation(RequestUriMethod::get, mdl_query());
    simulation.cards.add_mdoc(simulation.world, secretary, {});
    std::vector<crypto::TrustedIssuer> rows;
    rows.push_back(issuer_of(simulation.world.iaca, Purpose::mdoc_document_signer, {std::string(kDocType)}));
    rows.push_back(issuer_of(club, Purpose::mdoc_document_signer, std::move(types)));
    simulation.world.iacas =
        crypto::TrustedIssuers::ignore_mdoc_profile(Purpose::mdoc_document_signer, std::move(rows));
    return code_of(Answer(simulation).send());
  };
  CHECK(code_with({"org.example.membership.1"}) == ErrorCode::certificate_untrusted_for_type);
  CHECK(code_with({"org.example.membership.1", std::string(kDocType)}) == ErrorCode::internal_error);
}

TEST_CASE("an mdoc's status is asked for, and its refusal counts") {
  Simulation simulation(RequestUriMethod::get, mdl_query());
  simulation.cards.add_mdoc(simulation.world);
  std::vector<status_list::StatusReference> asked;
  simulation.check_status = [&](const status_list::StatusReference& reference,
                                const crypto::TrustedIssuer& issuer) -> Status {
    CHECK(&issuer == &simulation.world.iacas.issuers().front());
    asked.push_back(reference);
    return fail(ErrorCode::status_revoked, "status");
  };
  CHECK(code_of(Answer(simulation).send()) == ErrorCode::status_revoked);
  REQUIRE(asked.size() == 1);
  CHECK(asked[0] == status_list::StatusReference{"https://issuer.example/status/1", 7, std::nullopt});
}

TEST_CASE("a verifier that takes no mdoc is not shown one") {
  Simulation simulation(RequestUriMethod::get, mdl_query());
  struct Row {
    std::string_view why;
    std::function<void(json::Object& formats)> change;
  };
  const Row rows[] = {
      {"no mso_mdoc", [](auto& f) { f.erase("mso_mdoc"); }},
      {"not an object", [](auto& f) { f["mso_mdoc"] = "x"; }},
      {"other issuer algorithms",
       [](auto& f) { f["mso_mdoc"].as_object()["issuerauth_alg_values"] = json::Array{json::Value(-35)}; }},
      {"other device algorithms",
       [](auto& f) { f["mso_mdoc"].as_object()["deviceauth_alg_values"] = json::Array{json::Value(5)}; }},
      {"names for numbers", [](auto& f) { f["mso_mdoc"].as_object()["deviceauth_alg_values"] = json::Array{"ES256"}; }},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    const auto change = [&](json::Object& payload) {
      row.change(payload["client_metadata"].as_object()["vp_formats_supported"].as_object());
    };
    CHECK(code_of(simulation.verify_changed(change)) == ErrorCode::dcql_unsupported_format);
  }
}

TEST_CASE("a registration covers the elements of a doctype, and no others") {
  const Simulation simulation(RequestUriMethod::get, mdl_query());
  const Registration registration = simulation.world.registration();
  CHECK(registration.allows(must(dcql::Query::parse(mdl_query()))).has_value());
  const auto refused = [&](const std::function<void(json::Object&)>& change) {
    json::Object query = mdl_query();
    change(query["credentials"].as_array()[0].as_object());
    const Status allowed = registration.allows(must(dcql::Query::parse(query)));
    return allowed ? ErrorCode::internal_error : allowed.error().code;
  };
  using Credential = json::Object;
  CHECK(refused([](Credential& c) { c["claims"].as_array()[0].as_object()["path"].as_array()[1] = "portrait"; }) ==
        ErrorCode::oid4vp_claim_not_registered);
  CHECK(refused([](Credential& c) { c["meta"].as_object()["doctype_value"] = "org.example.other"; }) ==
        ErrorCode::oid4vp_claim_not_registered);
  CHECK(refused([](Credential& c) { c["meta"].as_object().erase("doctype_value"); }) ==
        ErrorCode::oid4vp_claim_not_registered);
  // The same name as a vct is another type.
  CHECK(refused([](Credential& c) {
          c["format"] = "dc+sd-jwt";
          c["meta"] = json::Object{{"vct_values", json::Array{"org.example.identity.1"}}};
        }) == ErrorCode::oid4vp_claim_not_registered);
}
