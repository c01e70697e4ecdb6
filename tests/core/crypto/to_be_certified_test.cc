#include "core/crypto/to_be_certified.h"

#include <doctest/doctest.h>

#include <array>

#include "core/crypto/crl.h"
#include "core/crypto/x509.h"

namespace mibun::crypto {
namespace {

const Instant kThen = Instant::from_unix_seconds(1'790'000'000);
constexpr std::array kReceipts{CertificatePurpose::receipt};

CertificateRequest request_of(std::string name, std::optional<CertificatePurpose> purpose = std::nullopt) {
  CertificateRequest request;
  request.common_name = std::move(name);
  request.not_before = kThen;
  request.not_after = kThen + std::chrono::days(10);
  request.purpose = purpose;
  return request;
}

// Signs, and keeps what it was asked to sign.
class Recorder final : public P256Signer {
 public:
  P256PublicKey public_key() const override { return key_.public_key(); }
  Result<P256Signature> sign(BytesView message) const override {
    asked = to_bytes(message);
    return key_.sign(message);
  }
  mutable Bytes asked;

 private:
  P256PrivateKey key_ = P256PrivateKey::generate();
};

bool passes(const Recorder& authority, BytesView message) {
  const std::vector<PublicKey> own{authority.public_key()};
  const Status checked = check_to_be_certified(message, own, kReceipts);
  if (!checked) CHECK(checked.error().code == ErrorCode::certificate_wrong_purpose);
  return checked.has_value();
}

}  // namespace

TEST_CASE("a certificate whose signer is elsewhere is as good as one that the library signs") {
  const Recorder authority;
  const auto root = make_root_certificate(request_of("root"), authority);
  REQUIRE(root.has_value());
  const auto leaf = make_certificate(request_of("leaf", CertificatePurpose::receipt),
                                     P256PrivateKey::generate().public_key(), *root, authority);
  REQUIRE(leaf.has_value());
  const TrustAnchors anchors(CertificatePurpose::receipt, {*root}, RevocationPolicy::ignore_revocation);
  const std::vector<Bytes> chain{to_bytes(leaf->der())};
  CHECK(anchors.verify_chain(chain, kThen).has_value());
}

TEST_CASE("a signer that refuses makes no certificate, and its error is passed on") {
  class Refusing final : public P256Signer {
   public:
    P256PublicKey public_key() const override { return key_.public_key(); }
    Result<P256Signature> sign(BytesView) const override { return fail(ErrorCode::unavailable, "signer"); }

   private:
    P256PrivateKey key_ = P256PrivateKey::generate();
  };
  const auto root = make_root_certificate(request_of("root"), Refusing());
  REQUIRE(!root.has_value());
  CHECK(root.error().code == ErrorCode::unavailable);
}

TEST_CASE("an authority is asked for itself, leaves of its kind and its list; any cut or other bytes are refused") {
  const Recorder authority;
  const auto root = make_root_certificate(request_of("root"), authority);
  REQUIRE(root.has_value());
  CHECK(passes(authority, authority.asked));
  CHECK(!passes(Recorder(), authority.asked));  // somebody else's root
  REQUIRE(make_certificate(request_of("leaf", CertificatePurpose::receipt), P256PrivateKey::generate().public_key(),
                           *root, authority));
  const Bytes leaf = authority.asked;
  CHECK(passes(authority, leaf));
  for (std::size_t size = 0; size < leaf.size(); ++size) CHECK(!passes(authority, BytesView(leaf).first(size)));
  Bytes longer = leaf;
  longer.push_back(0);
  CHECK(!passes(authority, longer));
  REQUIRE(make_certificate(request_of("leaf", CertificatePurpose::registrar), P256PrivateKey::generate().public_key(),
                           *root, authority));
  CHECK(!passes(authority, authority.asked));
  REQUIRE(make_certificate(request_of("below"), P256PrivateKey::generate().public_key(), *root, authority));
  CHECK(!passes(authority, authority.asked));
  REQUIRE(make_crl({.this_update = kThen, .next_update = kThen, .number = 1, .entries = {}}, *root, authority));
  CHECK(passes(authority, authority.asked));
}

}  // namespace mibun::crypto
