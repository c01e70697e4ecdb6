#include "core/codecs/base64url.h"
#include "core/receipt/receipt.h"
#include "core/sd_jwt/holder.h"
#include "core/sd_jwt/issuer.h"
#include "tests/omission/json_mutator.h"
#include "tests/omission/jwt.h"
#include "tests/support/test_pki.h"

namespace mibun::omission {
namespace {

using crypto::CertificatePurpose;

constexpr std::string_view kClientId = "x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk";
constexpr std::string_view kConsent =
    R"({"client_id":"x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk","nonce":"n-0S6_WzA2Mj",)"
    R"("organization":{"ja":"みほん商店","en":"Sample Shop"},"claims":{"identity":[["name"]]}})";

struct World {
  TestAuthority receipt_authority{"receipts"}, issuer_authority{"issuers"}, iaca_authority{"iaca"};
  TestSigner gateway{receipt_authority, CertificatePurpose::receipt, "gateway.example"};
  TestSigner issuer{issuer_authority, CertificatePurpose::credential_issuer, "issuer.example"};
  crypto::TrustAnchors receipts = receipt_authority.anchors(CertificatePurpose::receipt);
  crypto::TrustAnchors issuers = issuer_authority.anchors(CertificatePurpose::credential_issuer);
  crypto::TrustAnchors iaca = iaca_authority.anchors(CertificatePurpose::mdoc_document_signer);
  crypto::P256PrivateKey holder = crypto::P256PrivateKey::generate();

  Status check(std::string_view text, Instant now = kTestNow) const {
    return status_of(receipt::check_receipt(text, {receipts, issuers, iaca}, now));
  }
  sd_jwt::SdJwt presentation() const {
    SeededRng rng(4);
    const std::string credential =
        must(sd_jwt::issue({.clear_claims = {{"iss", "https://issuer.example"},
                                             {"vct", "https://issuer.example/identity"},
                                             {"exp", kTestNow.unix_seconds() + 86'400},
                                             {"cnf", sd_jwt::confirmation(holder.public_key())}},
                            .disclosable = {{"name", "A"}},
                            .disclosable_parts = {}},
                           issuer.key, issuer.chain, rng));
    const auto held = must(sd_jwt::HeldCredential::reopen_stored(credential));
    const std::vector<sd_jwt::ClaimPath> shown{sd_jwt::ClaimPath::of("name")};
    return must(sd_jwt::SdJwt::parse(
        must(held.present(shown,
                          {.audience = std::string(kClientId),
                           .nonce = "n-0S6_WzA2Mj",
                           .iat = kTestNow,
                           .extra_claims = {{"consent_hash", base64url::encode(crypto::sha256(kConsent))}}},
                          holder))));
  }
  receipt::ConsentReceipt receipt() const {
    const auto shown = presentation();
    return {.issuer = "https://gateway.example",
            .receipt_id = "r-1",
            .issued_at = kTestNow,
            .client_id = std::string(kClientId),
            .organization_ja = "みほん商店",
            .organization_en = "Sample Shop",
            .consent = std::string(kConsent),
            .presentations = {{.credential_id = "identity",
                               .issuer_jwt = std::string(shown.issuer_jwt()),
                               .kb_jwt = std::string(*shown.kb_jwt()),
                               .presentation_sha256 = base64url::encode(crypto::sha256(shown.without_key_binding()))}},
            .verified_at = kTestNow};
  }
};

void policy(Trial& trial, const World& world, const std::string& text) {
  const auto tried = [&](const char* place, const char* how, const crypto::TrustAnchors& receipts,
                         const crypto::TrustAnchors& issuers) {
    trial.tried(std::string("policy/") + place, how,
                status_of(receipt::check_receipt(text, {receipts, issuers, world.iaca}, kTestNow)));
  };
  tried("receipts", "empty", no_anchors(CertificatePurpose::receipt), world.issuers);
  tried("receipts", "other", world.issuers, world.issuers);
  trial.tried("policy/now", "before", world.check(text, kTestNow - seconds(3600)));
  trial.tried("policy/now", "empty", world.check(text, Instant()));
}

void consent_receipt(Trial& trial) {
  const World world;
  const receipt::ConsentReceipt receipt = world.receipt();
  const std::string text = must(receipt::sign_consent_receipt(receipt, world.gateway.key, world.gateway.chain));
  mutate_jwt(trial, "", text, world.gateway.key, [&](const std::string& jwt) { return world.check(jwt); });
  policy(trial, world, text);
  trial.tried("policy/issuers", "empty",
              status_of(receipt::check_receipt(
                  text, {world.receipts, no_anchors(CertificatePurpose::credential_issuer), world.iaca}, kTestNow)));
  trial.tried("policy/issuers", "other",
              status_of(receipt::check_receipt(text, {world.receipts, world.receipts, world.iaca}, kTestNow)));

  // The proof inside, signed again by those who signed it, and the receipt around it.
  const auto with = [&](const std::string& issuer_jwt, const std::string& kb_jwt) {
    receipt::ConsentReceipt changed = receipt;
    changed.presentations[0].issuer_jwt = issuer_jwt;
    changed.presentations[0].kb_jwt = kb_jwt;
    const auto signed_again = receipt::sign_consent_receipt(changed, world.gateway.key, world.gateway.chain);
    return signed_again ? world.check(*signed_again) : status_of(signed_again);
  };
  const receipt::PresentationProof& proof = receipt.presentations[0];
  mutate_jwt_members(trial, "issuer/", JwtParts::of(proof.issuer_jwt), [&](const JwtParts& changed) {
    return with(sign_jwt(changed.header, changed.payload, world.issuer.key), proof.kb_jwt);
  });
  mutate_jwt_members(trial, "kb/", JwtParts::of(proof.kb_jwt), [&](const JwtParts& changed) {
    return with(proof.issuer_jwt, sign_jwt(changed.header, changed.payload, world.holder));
  });
}

void erasure_receipt(Trial& trial) {
  const World world;
  const receipt::ErasureReceipt receipt{.issuer = "https://gateway.example",
                                        .receipt_id = "e-1",
                                        .issued_at = kTestNow,
                                        .account = "Yq3f",
                                        .classes = {{.data_class = "identity", .at = kTestNow},
                                                    {.data_class = "provision_record",
                                                     .outcome = receipt::ErasureOutcome::retained,
                                                     .at = kTestNow,
                                                     .law = "Act",
                                                     .article = "29",
                                                     .until = "2029-11-23"}}};
  const std::string text = must(receipt::sign_erasure_receipt(receipt, world.gateway.key, world.gateway.chain));
  mutate_jwt(trial, "", text, world.gateway.key, [&](const std::string& jwt) { return world.check(jwt); });
  policy(trial, world, text);
}

}  // namespace

void add_receipts(Artefacts& artefacts) {
  artefacts.push_back({"receipt/consent", consent_receipt});
  artefacts.push_back({"receipt/erasure", erasure_receipt});
}

}  // namespace mibun::omission
