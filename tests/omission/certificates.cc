#include "core/codecs/base64url.h"
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
        CertificatePurpose::status_list_signer}) {
    trial.tried("policy/purpose", "other", with_anchors(authority.anchors(purpose)));
  }
}

}  // namespace

void add_certificates(Artefacts& artefacts) {
  artefacts.push_back({"certificate/chain", chain});
}

}  // namespace mibun::omission
