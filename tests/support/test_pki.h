#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/base/random.h"
#include "core/base/time.h"
#include "core/crypto/hash.h"
#include "core/crypto/p256.h"
#include "core/crypto/x509.h"
#include "tests/support/code_of.h"

// Randomness with a seed: the same test run always sees the same bytes.
class SeededRng final : public mibun::Rng {
 public:
  explicit SeededRng(std::uint64_t seed) : seed_(seed) {}
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out) {
      if (used_ == block_.size()) next_block();
      byte = block_[used_++];
    }
  }

 private:
  void next_block() {
    block_ = mibun::crypto::sha256(std::to_string(seed_) + ":" + std::to_string(count_++));
    used_ = 0;
  }
  std::uint64_t seed_, count_ = 0;
  mibun::crypto::Sha256Digest block_{};
  std::size_t used_ = 32;
};

// 2026-11-23T03:00:00Z: when most tests happen.
inline const mibun::Instant kTestNow = mibun::Instant::from_unix_seconds(1'795'402'800);

template <class T>
T must(mibun::Result<T> result) {
  if (!result) throw std::runtime_error(std::string(to_string(result.error().code)) + " at " + result.error().where);
  return std::move(*result);
}
inline void must(mibun::Status status) {
  if (!status) throw std::runtime_error(std::string(to_string(status.error().code)) + " at " + status.error().where);
}

// A root, and one leaf of a purpose below it, valid from a day before kTestNow until a year after.
struct TestAuthority {
  explicit TestAuthority(const std::string& name)
      : key(mibun::crypto::P256PrivateKey::generate()),
        root(must(mibun::crypto::make_root_certificate(names(name + " root"), key))) {}

  // With the general rules alone: this root is no IACA.
  mibun::crypto::TrustAnchors anchors(mibun::crypto::CertificatePurpose purpose) const {
    return mibun::crypto::TrustAnchors::ignore_mdoc_profile(purpose, {root},
                                                            mibun::crypto::RevocationPolicy::ignore_revocation);
  }

  mibun::crypto::Certificate leaf(mibun::crypto::CertificateRequest request, mibun::crypto::CertificatePurpose purpose,
                                  const mibun::crypto::P256PublicKey& subject) const {
    request.purpose = purpose;
    request.not_before = kTestNow - std::chrono::hours(24);
    request.not_after = kTestNow + std::chrono::hours(24 * 365);
    return must(mibun::crypto::make_certificate(request, subject, root, key));
  }

  static mibun::crypto::CertificateRequest names(std::string common_name) {
    mibun::crypto::CertificateRequest request;
    request.common_name = std::move(common_name);
    request.organization = "Test";
    request.not_before = kTestNow - std::chrono::hours(48);
    request.not_after = kTestNow + std::chrono::hours(24 * 3650);
    return request;
  }

  mibun::crypto::P256PrivateKey key;
  mibun::crypto::Certificate root;
};

// A key with a certificate chain that ends at an authority.
struct TestSigner {
  TestSigner(const TestAuthority& authority, mibun::crypto::CertificatePurpose purpose, const std::string& host)
      : key(mibun::crypto::P256PrivateKey::generate()), certificate(make(authority, purpose, host, key.public_key())) {
    chain.push_back(mibun::to_bytes(certificate.der()));
  }

  static mibun::crypto::Certificate make(const TestAuthority& authority, mibun::crypto::CertificatePurpose purpose,
                                         const std::string& host, const mibun::crypto::P256PublicKey& subject) {
    auto request = TestAuthority::names(host);
    request.san_dns = {host};
    request.san_uri = {"https://" + host};
    return authority.leaf(std::move(request), purpose, subject);
  }

  mibun::crypto::P256PrivateKey key;
  mibun::crypto::Certificate certificate;
  std::vector<mibun::Bytes> chain;
};
