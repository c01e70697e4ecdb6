// Signatures of certificates as they are written: the same in the browser, which is given numbers and not DER.

#include <doctest/doctest.h>

#include "core/crypto/trust_anchors.h"
#include "tests/core/crypto/certificate_pieces.h"
#include "tests/support/test_pki.h"
#include "tests/support/vectors.h"

using namespace mibun;
using namespace mibun::crypto;
using namespace certificate_pieces;

namespace {

constexpr auto kPurpose = CertificatePurpose::credential_issuer;

// r and s of an ECDSA-Sig-Value, contents of the INTEGERs.
struct Numbers {
  Bytes r, s;
};
Numbers numbers_of(const Pieces& certificate) {
  const Bytes value = to_bytes(inside(certificate.outer[2]).subspan(1));
  const Parts both = parts_of(inside(value));
  return {to_bytes(inside(both[0])), to_bytes(inside(both[1]))};
}
Bytes number(const Bytes& contents) {
  return tlv::write(der::kInteger, contents);
}
Bytes with_signature(Pieces certificate, const Bytes& value) {
  certificate.outer[2] = tlv::write(der::kBitString, tlv::concat({Bytes{0}, value}));
  return certificate.der();
}

// A leaf whose r begins with a zero that only says that r is positive.
Pieces leaf_with_high_r(const TestAuthority& authority) {
  for (;;) {
    const auto key = P256PrivateKey::generate();
    Pieces leaf(authority.leaf(TestAuthority::names("leaf"), kPurpose, key.public_key()).der());
    if (numbers_of(leaf).r.size() == 33) return leaf;
  }
}

}  // namespace

TEST_CASE("an ECDSA signature is exactly two positive numbers in DER") {
  const TestAuthority authority("Signature");
  const TrustAnchors anchors = authority.anchors(kPurpose);
  const Pieces leaf = leaf_with_high_r(authority);
  const auto [r, s] = numbers_of(leaf);
  const auto verify = [&](const Parts& numbers) {
    const std::vector<Bytes> chain{with_signature(leaf, together(der::kSequence, numbers))};
    return code_of(anchors.verify_chain(chain, kTestNow));
  };
  const std::vector<Bytes> honest{with_signature(leaf, together(der::kSequence, {number(r), number(s)}))};
  CHECK(anchors.verify_chain(honest, kTestNow).has_value());

  const Bytes negative(r.begin() + 1, r.end());
  CHECK(verify({number(negative), number(s)}) == ErrorCode::certificate_untrusted);
  CHECK(verify({number(r), number(s), number({1})}) == ErrorCode::certificate_untrusted);
  CHECK(verify({number(r)}) == ErrorCode::certificate_untrusted);
  CHECK(verify({number(s), number(r)}) == ErrorCode::certificate_untrusted);
  CHECK(verify({number(tlv::concat({Bytes{1}, r})), number(s)}) == ErrorCode::certificate_untrusted);  // over the curve
  CHECK(verify({number({0}), number(s)}) == ErrorCode::certificate_untrusted);
  CHECK(verify({number(tlv::concat({Bytes{0}, r})), number(s)}) ==
        ErrorCode::certificate_untrusted);  // not the shortest
  CHECK(verify({tlv::write(der::kOctetString, r), number(s)}) == ErrorCode::certificate_untrusted);
  const Bytes trailing = tlv::concat({together(der::kSequence, {number(r), number(s)}), Bytes{0}});
  const std::vector<Bytes> longer{with_signature(leaf, trailing)};
  CHECK(code_of(anchors.verify_chain(longer, kTestNow)) == ErrorCode::certificate_untrusted);
}

TEST_CASE("a certification authority whose RSA key is for PSS alone, by openssl") {
  const auto root = must(CaCertificate::from_pem(read_vector("x509-openssl-pss/root.pem")));
  const Bytes leaf = must(certificates_from_pem(read_vector("x509-openssl-pss/leaf.pem"))).at(0);
  const Instant now = Instant::from_unix_seconds(1'800'000'000);  // January 2027
  const TrustAnchors anchors(CertificatePurpose::verifier_access, {root}, RevocationPolicy::ignore_revocation);
  CHECK(must(anchors.verify_chain(std::vector<Bytes>{leaf}, now)).san_dns().at(0) == "verifier.example");
  for (std::size_t i = 1; i <= 3; ++i) {
    Bytes changed = leaf;
    changed[changed.size() - 40 * i] ^= 1;  // in the signature
    CHECK(code_of(anchors.verify_chain(std::vector<Bytes>{changed}, now)) == ErrorCode::certificate_untrusted);
  }
  const TrustAnchors ours(kPurpose, {root}, RevocationPolicy::ignore_revocation);  // takes no RSA
  CHECK(code_of(ours.verify_chain(std::vector<Bytes>{leaf}, now)) == ErrorCode::certificate_untrusted);
}
