#include <doctest/doctest.h>

#include "core/crypto/crl.h"
#include "platform/files/files.h"
#include "server/trust/trust.h"
#include "tests/server/world/test_world.h"

namespace mibun::server {
namespace {

std::unique_ptr<Trust> open_trust(const std::string& directory, Instant now) {
  crypto::SystemRng rng;
  return must(Trust::open(directory, std::string(kOrigin), rng, now));
}

Bytes signer_of(const Trust& trust) {
  return trust.document_signer().chain.front();
}

}  // namespace

TEST_CASE("the document signer chains to the published IACA, for mdocs only") {
  const TempDir directory;
  const auto trust = open_trust(directory.file("keys"), kTestNow);
  const std::vector<Bytes>& chain = trust->document_signer().chain;
  const auto published = must(wallet::parse_trust(trust->public_trust_json()));
  CHECK(published.iaca.verify_chain(chain, kTestNow));
  CHECK(trust->iaca_anchors().verify_chain(chain, kTestNow));
  CHECK(code_of(published.credential_issuers.verify_chain(chain, kTestNow)) == ErrorCode::certificate_untrusted);
  CHECK(!published.iaca.verify_chain(trust->credential_issuer().chain, kTestNow));
}

TEST_CASE("the keys for mdocs survive a start; a signer that could not outlive a card is followed by another") {
  const TempDir directory;
  const std::string keys = directory.file("keys");
  const Bytes first = signer_of(*open_trust(keys, kTestNow));
  CHECK(signer_of(*open_trust(keys, kTestNow + std::chrono::days(350))) == first);
  const auto later = open_trust(keys, kTestNow + std::chrono::days(351));
  CHECK(signer_of(*later) != first);
  CHECK(signer_of(*open_trust(keys, kTestNow + std::chrono::days(360))) == signer_of(*later));
  // Cards of the first one still verify under the same root.
  CHECK(later->iaca_anchors().verify_chain(std::vector<Bytes>{first}, kTestNow + std::chrono::days(360)));
}

TEST_CASE("the revocation list that mdoc certificates name is served, current and complete") {
  TestWorld& w = world();
  const Reply reply = w.send({.target = iaca_crl_path(1)});
  REQUIRE(reply.status() == 200);
  CHECK(reply.response.content_type == "application/pkix-crl");
  const auto crl = must(crypto::Crl::parse(as_bytes(reply.response.body)));
  CHECK(crl.size() == 0);
  const crypto::CaCertificate& iaca = w.trust->iaca.anchors().front();
  const auto verified = must(crypto::VerifiedCrl::verify(crl, iaca, w.clock.now()));
  const TempDir directory;
  const auto other = open_trust(directory.file("keys"), w.clock.now());
  CHECK(code_of(crypto::VerifiedCrl::verify(crl, other->iaca_anchors().anchors().front(), w.clock.now())) ==
        ErrorCode::crl_untrusted);
  const auto kept = w.trust->iaca.anchors();
  auto strict = crypto::TrustAnchors(crypto::CertificatePurpose::mdoc_document_signer, kept,
                                     crypto::RevocationPolicy::require_crls);
  strict.set_crls({crl});
  const auto signer = must(crypto::certificates_from_pem(
      std::string(as_text(must(files::read_file(w.data_directory() + "/keys/document-signer.pem", 65536))))));
  CHECK(strict.verify_chain(signer, w.clock.now()));
}

}  // namespace mibun::server
