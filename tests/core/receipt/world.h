#pragma once

#include <functional>
#include "core/codecs/base64url.h"
#include "core/jose/jws.h"
#include "core/receipt/receipt.h"
#include "core/receipt/receipt_json.h"
#include "core/sd_jwt/holder.h"
#include "core/sd_jwt/issuer.h"
#include "tests/support/test_pki.h"

// Issuer, holder and gateway of one receipt.
namespace mibun::receipt {

using crypto::CertificatePurpose;

inline const Instant kVerifiedAt = kTestNow + seconds(3);
inline const Instant kIssuedAt = kTestNow + seconds(5);
inline constexpr std::string_view kClientId = "x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk";
inline constexpr std::string_view kNonce = "n-0S6_WzA2Mj-0123456789";

struct World {
  TestAuthority receipt_authority{"receipts"}, issuer_authority{"issuers"}, iaca_authority{"iaca"};
  TestSigner gateway{receipt_authority, CertificatePurpose::receipt, "gateway.example"};
  TestSigner issuer{issuer_authority, CertificatePurpose::credential_issuer, "issuer.example"};
  crypto::TrustAnchors receipts = receipt_authority.anchors(CertificatePurpose::receipt);
  crypto::TrustAnchors issuers = issuer_authority.anchors(CertificatePurpose::credential_issuer);
  crypto::TrustAnchors iaca = iaca_authority.anchors(CertificatePurpose::mdoc_document_signer);
  crypto::P256PrivateKey holder = crypto::P256PrivateKey::generate();
  SeededRng rng{7};

  Result<CheckedReceipt> check(std::string_view text, Instant now = kIssuedAt) const {
    return check_receipt(text, {receipts, issuers, iaca}, now);
  }
  json::Object consent() const {
    return must(json::parse_object(R"({"client_id":")" + std::string(kClientId) +
                                   R"(","organization":{"ja":"みほん商店","en":"Sample Shop"},"registration_id":"r",
        "claims":{"identity":[["given_name"]]},"purpose":{"ja":"年齢","en":"age"},"nonce":")" +
                                   std::string(kNonce) + R"(","iat":1,"exp":2,"lang":"ja"})"));
  }
  std::string credential(const TestSigner& signer) {
    return must(sd_jwt::issue({.clear_claims = {{"iss", "https://issuer.example"},
                                                {"vct", "https://issuer.example/vct/identity"},
                                                {"exp", kTestNow.unix_seconds() + 86'400},
                                                {"cnf", sd_jwt::confirmation(holder.public_key())}},
                               .disclosable = {{"given_name", "花子"}},
                               .disclosable_parts = {}},
                              signer.key, signer.chain, rng));
  }
  // What the holder signed, with one thing changed before signing.
  PresentationProof proof(const std::function<void(sd_jwt::KeyBinding&)>& change, const TestSigner& signer) {
    sd_jwt::KeyBinding key_binding{
        .audience = std::string(kClientId),
        .nonce = std::string(kNonce),
        .iat = kTestNow,
        .extra_claims = {{"consent_hash", base64url::encode(crypto::sha256(json::serialize(consent())))}}};
    change(key_binding);
    const auto held = must(sd_jwt::HeldCredential::reopen_stored(credential(signer)));
    const std::vector<sd_jwt::ClaimPath> selected{sd_jwt::ClaimPath::of("given_name")};
    const auto parsed = must(sd_jwt::SdJwt::parse(must(held.present(selected, key_binding, holder))));
    return {.credential_id = "identity",
            .issuer_jwt = std::string(parsed.issuer_jwt()),
            .kb_jwt = std::string(*parsed.kb_jwt()),
            .presentation_sha256 = base64url::encode(crypto::sha256(parsed.without_key_binding()))};
  }
  PresentationProof proof() {
    return proof([](auto&) {}, issuer);
  }
  ConsentReceipt consent_receipt(PresentationProof one) const {
    return {.issuer = "https://gateway.example",
            .receipt_id = "r-1",
            .issued_at = kIssuedAt,
            .client_id = std::string(kClientId),
            .organization_ja = "みほん商店",
            .organization_en = "Sample Shop",
            .consent = json::serialize(consent()),
            .presentations = {std::move(one)},
            .verified_at = kVerifiedAt};
  }
  ConsentReceipt consent_receipt() { return consent_receipt(proof()); }
  std::string sign(const ConsentReceipt& content) const {
    return must(sign_consent_receipt(content, gateway.key, gateway.chain));
  }
  // Signed by the gateway as it is, shape or no shape.
  std::string sign_payload(const json::Object& payload, std::string_view typ = kConsentReceiptType) const {
    return must(jose::sign_jws({{"typ", typ}, {"x5c", jose::x5c_member(gateway.chain)}}, payload, gateway.key));
  }
  static ErasureReceipt erasure_receipt() {
    return {.issuer = "https://gateway.example",
            .receipt_id = "e-1",
            .issued_at = kIssuedAt,
            .account = "Yq3f",
            .classes = {{.data_class = "identity", .at = kVerifiedAt},
                        {.data_class = "provision_record",
                         .outcome = ErasureOutcome::retained,
                         .at = kVerifiedAt,
                         .law = "個人情報の保護に関する法律",
                         .article = "29",
                         .until = "2029-11-23"}}};
  }
};

}  // namespace mibun::receipt
