#include "core/receipt/receipt.h"

#include <doctest/doctest.h>

#include "tests/core/receipt/world.h"

using namespace mibun;
using namespace mibun::receipt;

TEST_CASE("a consent receipt is checked with public keys alone, and says no claim's value") {
  World world;
  const std::string text = world.sign(world.consent_receipt());
  const CheckedReceipt checked = must(world.check(text));
  const auto& content = std::get<ConsentReceipt>(checked.content);
  CHECK(content.organization_ja == "みほん商店");
  CHECK(content.verified_at == kVerifiedAt);
  CHECK(checked.issuers == std::vector<std::string>{"https://issuer.example"});
  CHECK(checked.signer.find("gateway.example") != std::string::npos);
  const std::string payload = json::serialize(must(must(jose::Jws::parse(text)).unverified_payload()));
  CHECK(payload.find("花子") == std::string::npos);
  CHECK(payload.find(base64url::encode("花子").substr(0, 6)) == std::string::npos);
  CHECK(payload.find("+09:00") != std::string::npos);
}

TEST_CASE("a receipt outlives the certificates that signed it") {
  World world;
  const std::string text = world.sign(world.consent_receipt());
  CHECK(world.check(text, kTestNow + std::chrono::hours(24 * 365 * 9)).has_value());
  CHECK(world.check(text, kIssuedAt - seconds(60)).has_value());
  CHECK(code_of(world.check(text, kIssuedAt - seconds(61))) == ErrorCode::jwt_issued_in_future);
  ConsentReceipt late = world.consent_receipt();
  late.issued_at = kTestNow + std::chrono::hours(24 * 366);
  CHECK(code_of(world.check(world.sign(late), late.issued_at)) == ErrorCode::receipt_signer_untrusted);
}

TEST_CASE("every field of a consent receipt, changed by the gateway itself, breaks it") {
  World world;
  struct Row {
    std::string_view why;
    std::function<void(ConsentReceipt&)> change;
    ErrorCode want;
  };
  const auto mismatch = ErrorCode::receipt_consent_mismatch;
  const Row rows[] = {
      {"fine", [](auto&) {}, ErrorCode::internal_error},
      {"iss", [](auto& r) { r.issuer = "https://other.example"; }, ErrorCode::jwt_issuer_mismatch},
      {"client_id", [](auto& r) { r.client_id = "x509_hash:other"; }, mismatch},
      {"organization ja", [](auto& r) { r.organization_ja = "別の店"; }, mismatch},
      {"organization en", [](auto& r) { r.organization_en = "Other"; }, mismatch},
      {"consent respelled", [](auto& r) { r.consent += " "; }, mismatch},
      {"consent not JSON", [](auto& r) { r.consent = "yes"; }, ErrorCode::receipt_malformed},
      {"credential_id", [](auto& r) { r.presentations[0].credential_id = "other"; }, mismatch},
      {"sha256", [](auto& r) { r.presentations[0].presentation_sha256[0] ^= 1; }, mismatch},
      {"verified an hour later", [](auto& r) { r.verified_at = r.issued_at = kTestNow + seconds(3600); }, mismatch},
      {"verified before signing", [](auto& r) { r.verified_at = kTestNow - seconds(61); }, mismatch},
      {"verified after issuing", [](auto& r) { r.issued_at = r.verified_at - seconds(61); }, mismatch},
      {"the same presentation under two names",
       [](auto& r) {
         r.presentations.push_back(r.presentations[0]);
         r.presentations[1].credential_id = "more";
       },
       mismatch},
      {"one presentation twice", [](auto& r) { r.presentations.push_back(r.presentations[0]); }, mismatch},
      {"issuer_jwt cut", [](auto& r) { r.presentations[0].issuer_jwt.pop_back(); }, ErrorCode::receipt_malformed},
      {"kb_jwt cut", [](auto& r) { r.presentations[0].kb_jwt.resize(20); }, ErrorCode::receipt_malformed},
      {"swapped", [](auto& r) { std::swap(r.presentations[0].issuer_jwt, r.presentations[0].kb_jwt); },
       ErrorCode::receipt_signer_untrusted},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    ConsentReceipt content = world.consent_receipt();
    row.change(content);
    CHECK(code_of(world.check(world.sign(content), kTestNow + seconds(3600))) == row.want);
  }
}

TEST_CASE("what the holder did not sign cannot be in a receipt") {
  World world;
  struct Row {
    std::string_view why;
    std::function<void(sd_jwt::KeyBinding&)> change;
  };
  const Row rows[] = {
      {"audience", [](auto& k) { k.audience = "x509_hash:other"; }},
      {"nonce", [](auto& k) { k.nonce = "other"; }},
      {"consent_hash", [](auto& k) { k.extra_claims["consent_hash"] = "other"; }},
      {"no consent_hash", [](auto& k) { k.extra_claims.clear(); }},
      {"signed long before", [](auto& k) { k.iat = kVerifiedAt - seconds(301); }},
      {"signed later", [](auto& k) { k.iat = kVerifiedAt + seconds(61); }},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(world.check(world.sign(world.consent_receipt(world.proof(row.change, world.issuer))))) ==
          ErrorCode::receipt_consent_mismatch);
  }
  // Another holder's signature over the same things.
  const PresentationProof first = world.proof();
  world.holder = crypto::P256PrivateKey::generate();
  PresentationProof mixed = world.proof();
  mixed.issuer_jwt = first.issuer_jwt;
  CHECK(code_of(world.check(world.sign(world.consent_receipt(mixed)))) == ErrorCode::receipt_signature_invalid);
}

TEST_CASE("what a holder approved stands on the receipt, each transaction once, and nothing else does") {
  World world;
  const std::string asked = base64url::encode(as_bytes(R"({"type":"urn:mibun:transaction:approval:1"})"));
  const std::string hash = base64url::encode(crypto::sha256(asked));
  const auto check = [&](const json::Value& signed_hashes, std::vector<std::string> told) {
    ConsentReceipt content = world.consent_receipt(world.proof(
        [&](auto& k) {
          if (!signed_hashes.is_null()) k.extra_claims["transaction_data_hashes"] = signed_hashes;
        },
        world.issuer));
    content.transaction_data = std::move(told);
    return code_of(world.check(world.sign(content)));
  };
  const auto mismatch = ErrorCode::receipt_consent_mismatch;
  CHECK(check(json::Array{hash}, {asked}) == ErrorCode::internal_error);
  CHECK(check(json::Array{hash}, {}) == mismatch);
  CHECK(check(nullptr, {asked}) == mismatch);
  CHECK(check(json::Array{hash}, {asked, asked}) == mismatch);
  CHECK(check(json::Array{hash, hash}, {asked}) == mismatch);
  CHECK(check(json::Array{hash}, {asked + "A"}) == mismatch);
  CHECK(check(json::Array{hash}, {hash}) == mismatch);
  CHECK(check(json::Value(hash), {asked}) == ErrorCode::receipt_malformed);
  CHECK(check(json::Array{1}, {asked}) == ErrorCode::receipt_malformed);
  const auto checked = must(world.check(world.sign([&] {
    ConsentReceipt content = world.consent_receipt(
        world.proof([&](auto& k) { k.extra_claims["transaction_data_hashes"] = json::Array{hash}; }, world.issuer));
    content.transaction_data = {asked};
    return content;
  }())));
  CHECK(std::get<ConsentReceipt>(checked.content).transaction_data == std::vector<std::string>{asked});
}

TEST_CASE("a consent that leaves out what ties it to its receipt, though the holder signed it") {
  World world;
  const auto with = [&](const std::function<void(json::Object&)>& change) {
    json::Object consent = world.consent();
    change(consent);
    const std::string text = json::serialize(consent);
    ConsentReceipt content = world.consent_receipt(world.proof(
        [&](auto& k) { k.extra_claims["consent_hash"] = base64url::encode(crypto::sha256(text)); }, world.issuer));
    content.consent = text;
    return code_of(world.check(world.sign(content)));
  };
  CHECK(with([](auto&) {}) == ErrorCode::internal_error);
  CHECK(with([](auto& c) { c["client_id"] = "x509_hash:other"; }) == ErrorCode::receipt_consent_mismatch);
  CHECK(with([](auto& c) { c["nonce"] = "other"; }) == ErrorCode::receipt_consent_mismatch);
  for (const char* member : {"client_id", "nonce", "organization", "claims"}) {
    INFO(member);
    CHECK(with([&](auto& c) { c.erase(member); }) == ErrorCode::receipt_malformed);
  }
  CHECK(with([](auto& c) { c["organization"].as_object().erase("ja"); }) == ErrorCode::receipt_malformed);
}

TEST_CASE("credentials and holder signatures that lack a part, though their signatures are good") {
  World world;
  const auto with_credential = [&](const std::function<void(json::Object&)>& change) {
    PresentationProof proof = world.proof();
    json::Object payload = must(must(jose::Jws::parse(proof.issuer_jwt)).unverified_payload());
    change(payload);
    proof.issuer_jwt = must(jose::sign_jws({{"typ", "dc+sd-jwt"}, {"x5c", jose::x5c_member(world.issuer.chain)}},
                                           payload, world.issuer.key));
    return code_of(world.check(world.sign(world.consent_receipt(std::move(proof)))));
  };
  CHECK(with_credential([](auto&) {}) == ErrorCode::internal_error);
  CHECK(with_credential([](auto& p) { p.erase("iss"); }) == ErrorCode::receipt_malformed);
  CHECK(with_credential([](auto& p) { p.erase("cnf"); }) == ErrorCode::receipt_malformed);
  CHECK(with_credential([](auto& p) { p["cnf"] = json::Object{}; }) == ErrorCode::receipt_malformed);
  CHECK(with_credential([](auto& p) { p["cnf"].as_object()["jwk"].as_object().erase("x"); }) ==
        ErrorCode::receipt_malformed);
  // Expired when it was shown.
  CHECK(with_credential([](auto& p) { p["exp"] = kVerifiedAt.unix_seconds() - 60; }) ==
        ErrorCode::receipt_consent_mismatch);
  CHECK(with_credential([](auto& p) { p["exp"] = kVerifiedAt.unix_seconds() - 59; }) == ErrorCode::internal_error);

  PresentationProof proof = world.proof();
  json::Object payload = must(must(jose::Jws::parse(proof.kb_jwt)).unverified_payload());
  payload.erase("iat");
  proof.kb_jwt = must(jose::sign_jws({{"typ", "kb+jwt"}}, payload, world.holder));
  CHECK(code_of(world.check(world.sign(world.consent_receipt(proof)))) == ErrorCode::receipt_malformed);
  payload["iat"] = kTestNow.unix_seconds();
  proof.kb_jwt = must(jose::sign_jws({{"typ", "jwt"}}, payload, world.holder));
  CHECK(code_of(world.check(world.sign(world.consent_receipt(proof)))) == ErrorCode::receipt_signature_invalid);

  const Result<std::string> no_chain =
      jose::sign_jws({{"typ", kConsentReceiptType}}, to_json(world.consent_receipt()), world.gateway.key);
  CHECK(code_of(world.check(must(Result<std::string>(no_chain)))) == ErrorCode::receipt_signer_untrusted);
}

TEST_CASE("credentials of strangers, and of one issuer in another's name") {
  World world;
  const TestAuthority strangers("strangers");
  const TestSigner forger(strangers, CertificatePurpose::credential_issuer, "issuer.example");
  const TestSigner neighbour(world.issuer_authority, CertificatePurpose::credential_issuer, "other.example");
  const TestSigner gateway(world.issuer_authority, CertificatePurpose::receipt, "issuer.example");
  const auto with = [&](const TestSigner& signer) {
    return code_of(world.check(world.sign(world.consent_receipt(world.proof([](auto&) {}, signer)))));
  };
  CHECK(with(world.issuer) == ErrorCode::internal_error);
  CHECK(with(forger) == ErrorCode::receipt_signer_untrusted);
  CHECK(with(gateway) == ErrorCode::receipt_signer_untrusted);
  CHECK(with(neighbour) == ErrorCode::jwt_issuer_mismatch);
}

TEST_CASE("receipts of strangers") {
  World world;
  const TestAuthority strangers("strangers");
  const TestSigner forger(strangers, CertificatePurpose::receipt, "gateway.example");
  const TestSigner wrong_purpose(world.receipt_authority, CertificatePurpose::credential_issuer, "gateway.example");
  const ErasureReceipt content = World::erasure_receipt();
  const auto by = [&](const crypto::P256Signer& key, const std::vector<Bytes>& chain) {
    return code_of(world.check(must(sign_erasure_receipt(content, key, chain))));
  };
  CHECK(by(world.gateway.key, world.gateway.chain) == ErrorCode::internal_error);
  CHECK(by(forger.key, forger.chain) == ErrorCode::receipt_signer_untrusted);
  CHECK(by(wrong_purpose.key, wrong_purpose.chain) == ErrorCode::receipt_signer_untrusted);
  CHECK(by(forger.key, world.gateway.chain) == ErrorCode::receipt_signature_invalid);
}

TEST_CASE("an erasure receipt lists what went, and what a law keeps") {
  World world;
  const std::string text = must(sign_erasure_receipt(World::erasure_receipt(), world.gateway.key, world.gateway.chain));
  const CheckedReceipt checked = must(world.check(text));
  const auto& content = std::get<ErasureReceipt>(checked.content);
  REQUIRE(content.classes.size() == 2);
  CHECK(content.classes[0].outcome == ErasureOutcome::erased);
  CHECK(content.classes[0].at == kVerifiedAt);
  CHECK(content.classes[1].outcome == ErasureOutcome::retained);
  CHECK(content.classes[1].article == "29");
  CHECK(content.classes[1].until == "2029-11-23");
  CHECK(checked.issuers.empty());
}

TEST_CASE("a receipt of another shape is refused, even with a good signature") {
  World world;
  struct Row {
    std::string_view why;
    std::function<void(json::Object&)> change;
  };
  const auto first = [](json::Object& p, const char* list) -> json::Object& {
    return p[list].as_array()[0].as_object();
  };
  const Row consent_rows[] = {
      {"outcome", [](auto& p) { p["outcome"] = "refused"; }},
      {"no such channel", [](auto& p) { p["presentation_channel"] = "any"; }},
      {"presentations empty", [](auto& p) { p["presentations"] = json::Array{}; }},
      {"presentation text", [](auto& p) { p["presentations"].as_array()[0] = "x"; }},
      {"presentation with a value", [&](auto& p) { first(p, "presentations")["given_name"] = "x"; }},
      {"no kb_jwt", [&](auto& p) { first(p, "presentations").erase("kb_jwt"); }},
      {"verified_at UTC", [](auto& p) { p["verified_at"] = "2026-11-23T03:00:03Z"; }},
      {"verified_at other zone", [](auto& p) { p["verified_at"] = "2026-11-23T12:00:03+08:00"; }},
      {"verified_at no such time", [](auto& p) { p["verified_at"] = "2026-11-23T25:00:03+09:00"; }},
      {"verified_at 24 o'clock", [](auto& p) { p["verified_at"] = "2026-11-23T24:00:00+09:00"; }},
      {"verified_at with a space", [](auto& p) { p["verified_at"] = "2026-11-23 12:00:03+09:00"; }},
      {"verified_at with signs", [](auto& p) { p["verified_at"] = "2026-11-23T-1:00:03+09:00"; }},
      {"verified_at date", [](auto& p) { p["verified_at"] = "2026-02-30T12:00:03+09:00"; }},
  };
  const json::Object consent = to_json(world.consent_receipt());
  for (const Row& row : consent_rows) {
    INFO(row.why);
    json::Object payload = consent;
    row.change(payload);
    CHECK(code_of(world.check(world.sign_payload(payload))) == ErrorCode::receipt_malformed);
  }
  const Row erasure_rows[] = {
      {"classes empty", [](auto& p) { p["classes"] = json::Array{}; }},
      {"class unnamed", [&](auto& p) { first(p, "classes").erase("class"); }},
      {"outcome", [&](auto& p) { first(p, "classes")["outcome"] = "hidden"; }},
      {"no time", [&](auto& p) { first(p, "classes").erase("at"); }},
      {"erased under a law", [&](auto& p) { first(p, "classes")["law"] = "x"; }},
      {"retained without a law", [&](auto& p) { first(p, "classes")["outcome"] = "retained"; }},
      {"retained without an article", [&](auto& p) { p["classes"].as_array()[1].as_object().erase("article"); }},
      {"until some day", [&](auto& p) { p["classes"].as_array()[1].as_object()["until"] = "later"; }},
  };
  const json::Object erasure = to_json(World::erasure_receipt());
  for (const Row& row : erasure_rows) {
    INFO(row.why);
    json::Object payload = erasure;
    row.change(payload);
    CHECK(code_of(world.check(world.sign_payload(payload, kErasureReceiptType))) == ErrorCode::receipt_malformed);
  }
  // Every member left out, of another type, and one too many; of both kinds.
  for (const auto& [payload, typ] :
       {std::pair(consent, kConsentReceiptType), std::pair(erasure, kErasureReceiptType)}) {
    CHECK(world.check(world.sign_payload(payload, typ)).has_value());
    for (const auto& member : payload) {
      INFO(std::string(member.key()));
      json::Object cut = payload, odd = payload;
      cut.erase(member.key());
      odd[member.key()] = nullptr;
      CHECK(code_of(world.check(world.sign_payload(cut, typ))) == ErrorCode::receipt_malformed);
      CHECK(code_of(world.check(world.sign_payload(odd, typ))) == ErrorCode::receipt_malformed);
    }
    json::Object more = payload;
    more["note"] = "unread";
    CHECK(code_of(world.check(world.sign_payload(more, typ))) == ErrorCode::receipt_malformed);
  }
  CHECK(code_of(world.check(world.sign_payload(consent, kErasureReceiptType))) == ErrorCode::receipt_malformed);
  CHECK(code_of(world.check(world.sign_payload(consent, "jwt"))) == ErrorCode::receipt_malformed);
  CHECK(code_of(world.check("")) == ErrorCode::receipt_malformed);
  CHECK(code_of(world.check(std::string(kReceiptBytesMax + 1, 'a'))) == ErrorCode::receipt_malformed);
}

TEST_CASE("what no checker would take is not signed") {
  World world;
  ConsentReceipt content = world.consent_receipt();
  content.presentations.clear();
  CHECK(code_of(sign_consent_receipt(content, world.gateway.key, world.gateway.chain)) == ErrorCode::receipt_malformed);
  ErasureReceipt erasure = World::erasure_receipt();
  erasure.classes[1].law.reset();
  CHECK(code_of(sign_erasure_receipt(erasure, world.gateway.key, world.gateway.chain)) == ErrorCode::receipt_malformed);
}

TEST_CASE("no changed character and no cut prefix of a receipt passes") {
  World world;
  const std::string text = world.sign(world.consent_receipt());
  for (std::size_t i = 0; i < text.size(); i += 31) {
    std::string changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    CHECK(!world.check(changed).has_value());
    CHECK(!world.check(text.substr(0, i)).has_value());
  }
}
