#include "core/mdoc/wire.h"
#include "core/receipt/receipt.h"
#include "tests/core/receipt/mdoc_world.h"
#include "tests/omission/json_mutator.h"
#include "tests/omission/jwt.h"

namespace mibun::omission {
namespace {

using crypto::CertificatePurpose;
using receipt::MdocWorld;
using receipt::World;

Status check(const World& world, std::string_view text, Instant now = receipt::kIssuedAt) {
  return status_of(world.check(text, now));
}

void policy(Trial& trial, const World& world, const std::string& text) {
  const auto tried = [&](const char* place, const char* how, const crypto::TrustAnchors& receipts,
                         const crypto::TrustAnchors& issuers) {
    trial.tried(std::string("policy/") + place, how,
                status_of(receipt::check_receipt(text, {receipts, issuers, world.iaca}, receipt::kIssuedAt)));
  };
  tried("receipts", "empty", no_anchors(CertificatePurpose::receipt), world.issuers);
  tried("receipts", "other", world.issuers, world.issuers);
  trial.tried("policy/now", "before", check(world, text, kTestNow - seconds(3600)));
  trial.tried("policy/now", "empty", check(world, text, Instant()));
}

void consent_receipt(Trial& trial) {
  World world;
  const receipt::ConsentReceipt receipt = world.consent_receipt();
  const std::string text = world.sign(receipt);
  mutate_jwt(trial, "", text, world.gateway.key, [&](const std::string& jwt) { return check(world, jwt); });
  policy(trial, world, text);
  trial.tried(
      "policy/issuers", "empty",
      status_of(receipt::check_receipt(
          text, {world.receipts, no_anchors(CertificatePurpose::credential_issuer), world.iaca}, receipt::kIssuedAt)));
  trial.tried(
      "policy/issuers", "other",
      status_of(receipt::check_receipt(text, {world.receipts, world.receipts, world.iaca}, receipt::kIssuedAt)));

  // The proof inside, signed again by those who signed it, and the receipt around it.
  const auto with = [&](const std::string& issuer_jwt, const std::string& kb_jwt) {
    receipt::ConsentReceipt changed = receipt;
    changed.presentations[0].issuer_jwt = issuer_jwt;
    changed.presentations[0].kb_jwt = kb_jwt;
    const auto signed_again = receipt::sign_consent_receipt(changed, world.gateway.key, world.gateway.chain);
    return signed_again ? check(world, *signed_again) : status_of(signed_again);
  };
  const receipt::PresentationProof& proof = receipt.presentations[0];
  mutate_jwt_members(trial, "issuer/", JwtParts::of(proof.issuer_jwt), [&](const JwtParts& changed) {
    return with(sign_jwt(changed.header, changed.payload, world.issuer.key), proof.kb_jwt);
  });
  mutate_jwt_members(trial, "kb/", JwtParts::of(proof.kb_jwt), [&](const JwtParts& changed) {
    return with(proof.issuer_jwt, sign_jwt(changed.header, changed.payload, world.holder));
  });
}

void mdoc_receipt(Trial& trial) {
  MdocWorld world;
  const receipt::ConsentReceipt receipt = world.receipt();
  const std::string text = world.sign(receipt);
  mutate_jwt(trial, "", text, world.gateway.key, [&](const std::string& jwt) { return check(world, jwt); });
  trial.tried("policy/iaca", "empty",
              status_of(receipt::check_receipt(
                  text, {world.receipts, world.issuers, no_anchors(CertificatePurpose::mdoc_document_signer)},
                  receipt::kIssuedAt)));
  trial.tried(
      "policy/iaca", "other",
      status_of(receipt::check_receipt(text, {world.receipts, world.issuers, world.issuers}, receipt::kIssuedAt)));
  const auto with = [&](const std::function<void(receipt::MdocPresentationProof&)>& change) {
    receipt::ConsentReceipt changed = receipt;
    change(changed.mdoc_presentations[0]);
    const auto signed_again = receipt::sign_consent_receipt(changed, world.gateway.key, world.gateway.chain);
    return signed_again ? check(world, *signed_again) : status_of(signed_again);
  };
  mutate_jwt_members(
      trial, "proof/", JwtParts::of(receipt.mdoc_presentations[0].consent_proof), [&](const JwtParts& changed) {
        return with(
            [&](auto& proof) { proof.consent_proof = sign_jwt(changed.header, changed.payload, world.holder); });
      });
  const Bytes issued = must(mdoc::from_wire(receipt.mdoc_presentations[0].issuer_signed));
  for (std::size_t i = 0; i < issued.size(); ++i) {
    Bytes flipped = issued;
    flipped[i] ^= 1;
    trial.tried("issuer_signed", "flip", with([&](auto& proof) { proof.issuer_signed = mdoc::to_wire(flipped); }));
  }
}

void erasure_receipt(Trial& trial) {
  const World world;
  const std::string text =
      must(receipt::sign_erasure_receipt(World::erasure_receipt(), world.gateway.key, world.gateway.chain));
  mutate_jwt(trial, "", text, world.gateway.key, [&](const std::string& jwt) { return check(world, jwt); });
  policy(trial, world, text);
}

}  // namespace

void add_receipts(Artefacts& artefacts) {
  artefacts.push_back({"receipt/consent", consent_receipt});
  artefacts.push_back({"receipt/mdoc", mdoc_receipt});
  artefacts.push_back({"receipt/erasure", erasure_receipt});
}

}  // namespace mibun::omission
