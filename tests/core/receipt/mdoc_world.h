#pragma once

#include <functional>
#include <string>

#include "core/mdoc/doc_types.h"
#include "core/mdoc/element_value.h"
#include "core/mdoc/issuer.h"
#include "core/mdoc/issuer_signed.h"
#include "core/mdoc/verifier.h"
#include "core/mdoc/wire.h"
#include "core/receipt/consent_proof.h"
#include "tests/core/receipt/world.h"

namespace mibun::receipt {

// A receipt about an mdoc alone, each part of which a test can bend before it is signed.
struct MdocWorld : World {
  TestSigner document_signer{iaca_authority, crypto::CertificatePurpose::mdoc_document_signer, "ds.example"};
  std::string sha256 = base64url::encode(crypto::sha256(std::string_view("DeviceResponse")));
  ConsentProof consent_proof{std::string(kClientId), std::string(kNonce), sha256,
                             base64url::encode(crypto::sha256(json::serialize(consent())))};
  Instant proof_at = kTestNow;
  std::function<void(mdoc::IssueRequest&)> change_card = [](auto&) {};

  Bytes card(const TestSigner& signer) {
    mdoc::IssueRequest request{
        .doc_type = std::string(mdoc::kMdlDocType),
        .name_spaces = {{std::string(mdoc::kMdlNameSpace), {{"family_name", mdoc::value::text("見本")}}}},
        .device_key = holder.public_key(),
        .signed_at = kTestNow - std::chrono::hours(1),
        .valid_from = kTestNow - std::chrono::hours(1),
        .valid_until = kTestNow + std::chrono::hours(24),
        .elements = mdoc::IssuedElements::ignore};
    change_card(request);
    return must(mdoc::issue(request, signer.key, signer.chain, rng));
  }
  ConsentReceipt receipt() { return receipt(document_signer); }
  ConsentReceipt receipt(const TestSigner& signer) {
    ConsentReceipt content = consent_receipt({});
    content.presentations.clear();
    const auto parsed = must(mdoc::Encoded<mdoc::IssuerSigned>::parse(card(signer)));
    content.mdoc_presentations = {{.credential_id = "identity",
                                   .issuer_signed = mdoc::to_wire(mdoc::without_elements(*parsed)),
                                   .consent_proof = must(sign_consent_proof(consent_proof, holder, proof_at)),
                                   .presentation_sha256 = sha256}};
    return content;
  }
};

}  // namespace mibun::receipt
