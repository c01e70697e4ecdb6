#include <doctest/doctest.h>

#include "tests/core/receipt/mdoc_world.h"

using namespace mibun;
using namespace mibun::receipt;

TEST_CASE("a receipt of an mdoc is checked with public keys alone, and shows no element") {
  MdocWorld world;
  const std::string text = world.sign(world.receipt());
  const CheckedReceipt checked = must(world.check(text));
  REQUIRE(checked.issuers.size() == 1);
  CHECK(checked.issuers[0].find("ds.example") != std::string::npos);
  const auto& content = std::get<ConsentReceipt>(checked.content);
  REQUIRE(content.mdoc_presentations.size() == 1);
  const Bytes issued = must(mdoc::from_wire(content.mdoc_presentations[0].issuer_signed));
  CHECK(must(mdoc::Encoded<mdoc::IssuerSigned>::parse(issued))->name_spaces.empty());
  CHECK(as_text(issued).find("見本") == std::string_view::npos);
}

TEST_CASE("both formats stand in one receipt") {
  MdocWorld world;
  ConsentReceipt content = world.receipt();
  content.presentations.push_back(world.proof());
  CHECK(must(world.check(world.sign(content))).issuers.size() == 2);
}

TEST_CASE("what makes a receipt of an mdoc worthless") {
  struct Row {
    std::string_view why;
    std::function<void(MdocWorld&)> before;
    std::function<void(ConsentReceipt&)> after;
    ErrorCode want;
  };
  const auto nothing = [](auto&) {};
  using enum ErrorCode;
  const Row rows[] = {
      {"proof for another verifier", [](auto& w) { w.consent_proof.audience += "x"; }, nothing,
       receipt_consent_mismatch},
      {"proof for another request", [](auto& w) { w.consent_proof.nonce += "x"; }, nothing, receipt_consent_mismatch},
      {"proof of another presentation", [](auto& w) { w.consent_proof.presentation_sha256 = "x"; }, nothing,
       receipt_consent_mismatch},
      {"proof of another consent", [](auto& w) { w.consent_proof.consent_hash = "x"; }, nothing,
       receipt_consent_mismatch},
      {"proof long before", [](auto& w) { w.proof_at = kVerifiedAt - seconds(301); }, nothing,
       receipt_consent_mismatch},
      {"proof afterwards", [](auto& w) { w.proof_at = kVerifiedAt + seconds(61); }, nothing, receipt_consent_mismatch},
      {"card of another key",
       [](auto& w) { w.change_card = [](auto& r) { r.device_key = crypto::P256PrivateKey::generate().public_key(); }; },
       nothing, receipt_signature_invalid},
      {"card expired then", [](auto& w) { w.change_card = [](auto& r) { r.valid_until = kVerifiedAt - seconds(61); }; },
       nothing, receipt_consent_mismatch},
      {"another presentation named", nothing, [](auto& r) { r.mdoc_presentations[0].presentation_sha256 += "x"; },
       receipt_consent_mismatch},
      {"one presentation twice", nothing, [](auto& r) { r.mdoc_presentations.push_back(r.mdoc_presentations[0]); },
       receipt_consent_mismatch},
      {"another credential named", nothing, [](auto& r) { r.mdoc_presentations[0].credential_id = "x"; },
       receipt_consent_mismatch},
      {"proof that is no JWS", nothing, [](auto& r) { r.mdoc_presentations[0].consent_proof = "x"; },
       receipt_malformed},
      {"issuer_signed not base64url", nothing, [](auto& r) { r.mdoc_presentations[0].issuer_signed = "%"; },
       receipt_malformed},
      {"issuer_signed cut", nothing, [](auto& r) { r.mdoc_presentations[0].issuer_signed.resize(40); },
       receipt_malformed},
      {"issuer's signature changed", nothing,
       [](auto& r) {
         Bytes issued = must(mdoc::from_wire(r.mdoc_presentations[0].issuer_signed));
         issued.back() ^= 1;
         r.mdoc_presentations[0].issuer_signed = mdoc::to_wire(issued);
       },
       receipt_signature_invalid},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    MdocWorld world;
    row.before(world);
    ConsentReceipt content = world.receipt();
    row.after(content);
    CHECK(code_of(world.check(world.sign(content))) == row.want);
  }
  MdocWorld world;
  const TestSigner stranger(world.issuer_authority, crypto::CertificatePurpose::mdoc_document_signer, "ds.example");
  CHECK(code_of(world.check(world.sign(world.receipt(stranger)))) == ErrorCode::receipt_signer_untrusted);
}
