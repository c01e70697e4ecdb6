#include "core/crypto/trust_anchors.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "core/codecs/base64url.h"
#include "core/crypto/certificate_make.h"
#include "tests/support/test_pki.h"

using namespace mibun;
using namespace mibun::crypto;
using namespace std::chrono_literals;

namespace {

constexpr auto kPurpose = CertificatePurpose::credential_issuer;
constexpr auto kNoLists = RevocationPolicy::ignore_revocation;

std::vector<Bytes> chain(const std::vector<Certificate>& members) {
  std::vector<Bytes> out;
  for (const Certificate& member : members) out.push_back(to_bytes(member.der()));
  return out;
}

Certificate leaf_of(const TestAuthority& authority) {
  return authority.leaf(TestAuthority::names("leaf"), kPurpose, P256PrivateKey::generate().public_key());
}

std::atomic<int> decoded = 0;

// Base64 of one certificate.
Result<std::vector<Bytes>> decode_base64(BytesView encoded) {
  ++decoded;
  MIBUN_TRY(Bytes der, base64::decode(as_text(encoded)));
  return std::vector<Bytes>{std::move(der)};
}
// DER of one certificate.
Result<std::vector<Bytes>> decode_der(BytesView encoded) {
  ++decoded;
  return std::vector<Bytes>{to_bytes(encoded)};
}

}  // namespace

TEST_CASE("a chain is decoded again only when its bytes are not remembered") {
  const TestAuthority authority("Cache"), stranger("Cache");
  const TrustAnchors anchors(kPurpose, {authority.root}, kNoLists);
  const Certificate leaf = leaf_of(authority);
  const std::string text = base64::encode(leaf.der());
  decoded = 0;
  for (int round = 0; round < 3; ++round) {
    CHECK(must(anchors.verify_encoded_chain(as_bytes(text), decode_base64, kTestNow)).sha256() == leaf.sha256());
  }
  CHECK(decoded == 1);
  // The same certificate read otherwise is another entry, and bytes of one encoding mean nothing in another.
  CHECK(anchors.verify_encoded_chain(leaf.der(), decode_der, kTestNow).has_value());
  CHECK(decoded == 2);
  CHECK(code_of(anchors.verify_encoded_chain(as_bytes(text), decode_der, kTestNow)) ==
        ErrorCode::certificate_malformed);
  CHECK(code_of(anchors.verify_encoded_chain(leaf.der(), decode_base64, kTestNow)) == ErrorCode::base64_malformed);
  // A remembered chain is for its trust list and its time.
  const TrustAnchors others(kPurpose, {stranger.root}, kNoLists);
  CHECK(code_of(others.verify_encoded_chain(as_bytes(text), decode_base64, kTestNow)) ==
        ErrorCode::certificate_untrusted);
  CHECK(code_of(anchors.verify_encoded_chain(as_bytes(text), decode_base64, kTestNow + 24h * 366)) ==
        ErrorCode::certificate_expired);
  CHECK(code_of(anchors.verify_encoded_chain(as_bytes(text), decode_base64, kTestNow - 24h * 2)) ==
        ErrorCode::certificate_not_yet_valid);
  CHECK(anchors.verify_encoded_chain(as_bytes(text), decode_base64, kTestNow).has_value());
}

TEST_CASE("a refused chain is never remembered") {
  const TestAuthority authority("Cache"), stranger("Cache");
  const TrustAnchors anchors(kPurpose, {authority.root}, kNoLists);
  const Certificate leaf = leaf_of(stranger);
  decoded = 0;
  for (int round = 0; round < 3; ++round) {
    CHECK(code_of(anchors.verify_encoded_chain(leaf.der(), decode_der, kTestNow)) == ErrorCode::certificate_untrusted);
  }
  CHECK(decoded == 3);
}

TEST_CASE("a new trust list in the place of an old one does not see its memory") {
  const TestAuthority authority("Cache"), stranger("Cache");
  const Certificate leaf = leaf_of(authority);
  for (int round = 0; round < 20; ++round) {
    TrustAnchors anchors(kPurpose, {authority.root}, kNoLists);
    CHECK(anchors.verify_chain(chain({leaf}), kTestNow).has_value());
    anchors = TrustAnchors(kPurpose, {stranger.root}, kNoLists);
    CHECK(code_of(anchors.verify_chain(chain({leaf}), kTestNow)) == ErrorCode::certificate_untrusted);
  }
}

TEST_CASE("more chains than are remembered") {
  const TestAuthority authority("Cache");
  const TrustAnchors anchors(kPurpose, {authority.root}, kNoLists);
  std::vector<std::vector<Bytes>> chains;
  for (int i = 0; i < 100; ++i) chains.push_back(chain({leaf_of(authority)}));
  for (int round = 0; round < 2; ++round) {
    for (const auto& one : chains) CHECK(anchors.verify_chain(one, kTestNow).has_value());
  }
}

TEST_CASE("a self-issued intermediate carries a new key of its name") {
  const TestAuthority authority("Rollover");
  CertificateRequest request = TestAuthority::names("Rollover root");  // the root's own name
  const P256PrivateKey new_key = P256PrivateKey::generate();
  const Certificate bridge = must(make_certificate(request, new_key.public_key(), authority.root, authority.key));
  REQUIRE(bridge.is_self_issued());
  request = TestAuthority::names("leaf");
  request.purpose = kPurpose;
  const Certificate leaf = must(make_certificate(request, P256PrivateKey::generate().public_key(), bridge, new_key));
  const TrustAnchors anchors(kPurpose, {authority.root}, kNoLists);
  CHECK(anchors.verify_chain(chain({leaf, bridge}), kTestNow).has_value());
  CHECK(code_of(anchors.verify_chain(chain({leaf}), kTestNow)) == ErrorCode::certificate_untrusted);
  CHECK(code_of(anchors.verify_chain(chain({leaf, bridge, bridge}), kTestNow)) == ErrorCode::certificate_untrusted);
  // A self-issued leaf stays refused, whatever it may sign.
  request = TestAuthority::names("Rollover root");
  request.purpose = kPurpose;
  const Certificate alone =
      must(make_certificate(request, P256PrivateKey::generate().public_key(), authority.root, authority.key));
  CHECK(code_of(anchors.verify_chain(chain({alone}), kTestNow)) == ErrorCode::certificate_untrusted);
}

TEST_CASE("anchors of one name: the old key and the new one are both trusted") {
  const TestAuthority older("Anchor"), newer("Anchor"), stranger("Anchor");
  const TrustAnchors anchors(kPurpose, {older.root, newer.root}, kNoLists);
  CHECK(anchors.verify_chain(chain({leaf_of(older)}), kTestNow).has_value());
  CHECK(anchors.verify_chain(chain({leaf_of(newer)}), kTestNow).has_value());
  CHECK(code_of(anchors.verify_chain(chain({leaf_of(stranger)}), kTestNow)) == ErrorCode::certificate_untrusted);
}

TEST_CASE("a remembered chain costs little more than its hash") {
  const TestAuthority authority("Cache");
  const TrustAnchors anchors(kPurpose, {authority.root}, kNoLists);
  const Certificate leaf = leaf_of(authority);
  const auto time_of = [](auto&& work) {
    auto best = std::chrono::nanoseconds::max();
    for (int round = 0; round < 5; ++round) {
      const auto start = std::chrono::steady_clock::now();
      for (int i = 0; i < 1000; ++i) work();
      best = std::min(best, std::chrono::steady_clock::now() - start);
    }
    return best / 1000;
  };
  REQUIRE(anchors.verify_encoded_chain(leaf.der(), decode_der, kTestNow).has_value());
  const auto hash = time_of([&] { static_cast<void>(sha256(leaf.der())); });
  const auto hit = time_of([&] { static_cast<void>(anchors.verify_encoded_chain(leaf.der(), decode_der, kTestNow)); });
  MESSAGE("hash ", hash.count(), " ns, remembered ", hit.count(), " ns");
  CHECK(hit < hash + 20us);  // generous: sanitizers and busy machines; bench/ has the numbers
}
