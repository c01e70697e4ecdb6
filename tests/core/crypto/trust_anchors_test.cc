#include "core/crypto/trust_anchors.h"

#include <doctest/doctest.h>

#include <chrono>

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

// The three ways to give a chain.
std::vector<Result<Certificate>> verify_in_each_way(const TrustAnchors& anchors, const std::vector<Bytes>& members,
                                                    Instant now) {
  const std::vector<BytesView> views(members.begin(), members.end());
  return {anchors.verify_chain(members, now), anchors.verify_chain(views, now),
          anchors.verify_chain(CertificateChain(members), now)};
}

}  // namespace

TEST_CASE("a chain is decoded once, however it is given, and again when the revocation lists change") {
  const TestAuthority authority("Cache");
  TrustAnchors anchors(kPurpose, {authority.root}, kNoLists);
  const std::vector<Bytes> members = chain({leaf_of(authority)});
  // Copies of a certificate share their bytes: another place means that it was decoded again.
  const auto place_of = [](const Result<Certificate>& found) { return must(found).der().data(); };
  const Certificate first = must(anchors.verify_chain(members, kTestNow));
  for (const auto& found : verify_in_each_way(anchors, members, kTestNow)) {
    CHECK(place_of(found) == first.der().data());
  }
  anchors.set_crls({});
  CHECK(place_of(anchors.verify_chain(members, kTestNow)) != first.der().data());
}

TEST_CASE("a remembered chain is for its trust list and its time, however it is given") {
  const TestAuthority authority("Cache"), stranger("Cache");
  const TrustAnchors anchors(kPurpose, {authority.root}, kNoLists), others(kPurpose, {stranger.root}, kNoLists);
  const Certificate leaf = leaf_of(authority);
  const std::vector<Bytes> members = chain({leaf});
  for (int round = 0; round < 3; ++round) {
    for (const auto& found : verify_in_each_way(anchors, members, kTestNow)) {
      CHECK(must(found).sha256() == leaf.sha256());
    }
    for (const auto& found : verify_in_each_way(others, members, kTestNow)) {
      CHECK(code_of(found) == ErrorCode::certificate_untrusted);
    }
    for (const auto& found : verify_in_each_way(anchors, members, kTestNow + 24h * 366)) {
      CHECK(code_of(found) == ErrorCode::certificate_expired);
    }
    for (const auto& found : verify_in_each_way(anchors, members, kTestNow - 24h * 2)) {
      CHECK(code_of(found) == ErrorCode::certificate_not_yet_valid);
    }
  }
}

TEST_CASE("every byte and every border of a chain counts when it is remembered") {
  const TestAuthority authority("Cache");
  const TrustAnchors anchors(kPurpose, {authority.root}, kNoLists);
  const Bytes leaf = to_bytes(leaf_of(authority).der());
  REQUIRE(anchors.verify_chain(CertificateChain({leaf}), kTestNow).has_value());
  for (std::size_t at = 0; at < leaf.size(); ++at) {
    Bytes changed = leaf;
    changed[at] ^= 1;
    for (const auto& found : verify_in_each_way(anchors, {changed}, kTestNow)) CHECK(!found.has_value());
  }
  // The same bytes, cut in two.
  const std::vector<Bytes> cut{Bytes(leaf.begin(), leaf.begin() + 40), Bytes(leaf.begin() + 40, leaf.end())};
  for (const auto& found : verify_in_each_way(anchors, cut, kTestNow)) CHECK(!found.has_value());
  for (const auto& found : verify_in_each_way(anchors, {leaf, {}}, kTestNow)) CHECK(!found.has_value());
  for (const auto& found : verify_in_each_way(anchors, {}, kTestNow)) CHECK(!found.has_value());
  for (const auto& found : verify_in_each_way(anchors, std::vector<Bytes>(5, leaf), kTestNow)) {
    CHECK(code_of(found) == ErrorCode::certificate_chain_too_long);
  }
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
