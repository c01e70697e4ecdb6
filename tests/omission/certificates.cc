#include "core/codecs/base64url.h"
#include "core/crypto/crl.h"
#include "tests/omission/text_mutator.h"
#include "tests/omission/trial.h"
#include "tests/support/test_pki.h"

namespace mibun::omission {
namespace {

using crypto::CertificatePurpose;

// Bytes and order of a chain, and every purpose but the right one.
void chain(Trial& trial) {
  const TestAuthority authority("issuers"), other("others");
  const TestSigner signer(authority, CertificatePurpose::credential_issuer, "issuer.example");
  const crypto::TrustAnchors anchors = authority.anchors(CertificatePurpose::credential_issuer);
  const Bytes leaf = signer.chain[0];
  const Bytes root = to_bytes(authority.root.der());
  const auto verify_at = [&](std::span<const Bytes> certificates, Instant now) {
    return status_of(anchors.verify_chain(certificates, now));
  };
  const auto verify = [&](std::vector<Bytes> certificates) { return verify_at(certificates, kTestNow); };
  const auto verify_leaf = [&](const std::string& der) { return verify({to_bytes(der)}); };

  trial.honest(verify({leaf}));
  flip_bytes(trial, "leaf", to_text(leaf), verify_leaf);
  truncate(trial, "leaf", to_text(leaf), verify_leaf);
  trial.tried("leaf", "append", verify_leaf(to_text(leaf) + '\0'));
  trial.tried("chain/0", "remove", verify({}));
  trial.tried("chain/0", "empty", verify({{}}));
  trial.tried("chain/0", "duplicate", verify({leaf, leaf}));
  trial.tried("chain/1", "append", verify({leaf, root}));
  trial.tried("chain", "reorder", verify({root, leaf}));

  const std::vector<Bytes> whole{leaf};
  trial.tried("policy/now", "before", verify_at(whole, signer.certificate.not_before() - seconds(1)));
  trial.tried("policy/now", "after", verify_at(whole, signer.certificate.not_after() + seconds(1)));
  trial.tried("policy/now", "empty", verify_at(whole, Instant()));
  const auto with_anchors = [&](const crypto::TrustAnchors& policy) {
    return status_of(policy.verify_chain(whole, kTestNow));
  };
  trial.tried("policy/anchors", "empty", with_anchors(no_anchors(CertificatePurpose::credential_issuer)));
  trial.tried("policy/anchors", "other", with_anchors(other.anchors(CertificatePurpose::credential_issuer)));
  trial.tried("policy/anchors", "leaf",
              with_anchors(anchors_of(CertificatePurpose::credential_issuer, signer.certificate)));
  for (const auto purpose :
       {CertificatePurpose::verifier_access, CertificatePurpose::registrar, CertificatePurpose::receipt,
        CertificatePurpose::tls_server, CertificatePurpose::mdoc_document_signer, CertificatePurpose::mdoc_reader,
        CertificatePurpose::status_list_signer, CertificatePurpose::wallet_provider}) {
    trial.tried("policy/purpose", "other", with_anchors(authority.anchors(purpose)));
  }
}

// A revocation list: without it, or with another one, nothing below its issuer is good.
void revocation_list(Trial& trial) {
  const TestAuthority authority("issuers"), other("others");
  const TestSigner signer(authority, CertificatePurpose::credential_issuer, "issuer.example");
  const crypto::CrlRequest request{
      .this_update = kTestNow - seconds(3600), .next_update = kTestNow + seconds(3600), .number = 1, .entries = {}};
  const crypto::Crl list = must(crypto::make_crl(request, authority.root, authority.key));
  const auto verify_with = [&](const std::string& der, const crypto::Certificate& issuer, Instant now) -> Status {
    MIBUN_TRY(const crypto::Crl parsed, crypto::Crl::parse(as_bytes(der)));
    MIBUN_TRY(const auto verified, crypto::VerifiedCrl::verify(parsed, issuer, now));
    return verified.check_not_revoked(signer.certificate);
  };
  const auto verify = [&](const std::string& der) { return verify_with(der, authority.root, kTestNow); };
  const std::string whole = to_text(list.der());
  trial.honest(verify(whole));
  flip_bytes(trial, "text", whole, verify);
  truncate(trial, "text", whole, verify);
  trial.tried("text", "append", verify(whole + '\0'));
  trial.tried("policy/issuer", "other", verify_with(whole, other.root, kTestNow));
  trial.tried("policy/issuer", "leaf", verify_with(whole, signer.certificate, kTestNow));
  trial.tried("policy/now", "before", verify_with(whole, authority.root, request.this_update - seconds(1)));
  trial.tried("policy/now", "after", verify_with(whole, authority.root, request.next_update + seconds(1)));
  crypto::CrlRequest revoking = request;
  revoking.entries.push_back({to_bytes(crypto::CaCertificate(signer.certificate).serial()), kTestNow - seconds(60)});
  trial.tried("entries", "append",
              verify(to_text(must(crypto::make_crl(revoking, authority.root, authority.key)).der())));
  trial.tried("list", "other", verify(to_text(must(crypto::make_crl(request, other.root, other.key)).der())));
}

}  // namespace

void add_certificates(Artefacts& artefacts) {
  artefacts.push_back({"certificate/chain", chain});
  artefacts.push_back({"certificate/revocation_list", revocation_list});
}

}  // namespace mibun::omission
