#include "bench/status_bench.h"

#include <chrono>
#include <vector>

#include "core/crypto/p256.h"
#include "core/crypto/x509.h"
#include "core/status_list/status_cache.h"
#include "core/status_list/status_list.h"
#include "core/status_list/status_token.h"

namespace mibun::bench {
namespace {

constexpr std::uint64_t kEntries = 1'000'000;
constexpr const char* kIssuer = "https://issuer.example";
constexpr const char* kUri = "https://issuer.example/status/1";
const Instant kNow = Instant::from_unix_seconds(1'795'402'800);

Result<status_list::StatusList> make_list() {
  MIBUN_TRY(auto list, status_list::StatusList::make(1, kEntries));
  for (std::uint64_t i = 0; i < kEntries; i += 1009) MIBUN_CHECK(list.set(i, status_list::kInvalid));
  return list;
}

}  // namespace

struct StatusBench::Impl {
  Impl(crypto::P256PrivateKey signing_key, std::vector<Bytes> signer_chain, crypto::Certificate root, Bytes statuses)
      : key(std::move(signing_key)),
        chain(std::move(signer_chain)),
        anchors(crypto::CertificatePurpose::credential_issuer, {std::move(root)},
                crypto::RevocationPolicy::ignore_revocation),
        bytes(std::move(statuses)),
        cache(anchors, [this](const std::string&) -> Result<status_list::FetchedStatusToken> {
          return status_list::FetchedStatusToken{status_list::StatusTokenFormat::jwt, token};
        }) {}

  Result<std::string> sign() const {
    MIBUN_TRY(const auto list, status_list::StatusList::from_bytes(1, bytes));
    const status_list::StatusTokenTimes times{kNow, kNow + std::chrono::hours(1), seconds(300)};
    return status_list::issue_status_list_token(kUri, times, list, key, chain);
  }

  crypto::P256PrivateKey key;
  std::vector<Bytes> chain;
  crypto::TrustAnchors anchors;
  Bytes bytes;
  std::string token;
  status_list::StatusCache cache;
  std::uint64_t next = 1;
};

StatusBench::StatusBench(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
StatusBench::StatusBench(StatusBench&&) noexcept = default;
StatusBench::~StatusBench() = default;

Result<StatusBench> StatusBench::make() {
  const auto root_key = crypto::P256PrivateKey::generate();
  auto key = crypto::P256PrivateKey::generate();
  crypto::CertificateRequest request;
  request.common_name = "root";
  request.not_before = kNow - std::chrono::hours(1);
  request.not_after = kNow + std::chrono::hours(24);
  MIBUN_TRY(crypto::Certificate root, crypto::make_root_certificate(request, root_key));
  request.common_name = "issuer";
  request.san_uri = {kIssuer};
  request.purpose = crypto::CertificatePurpose::credential_issuer;
  MIBUN_TRY(const auto leaf, crypto::make_certificate(request, key.public_key(), root, root_key));
  MIBUN_TRY(const auto list, make_list());
  std::vector<Bytes> chain{to_bytes(leaf.der())};
  auto impl = std::make_unique<Impl>(std::move(key), std::move(chain), std::move(root), list.bytes());
  MIBUN_TRY(impl->token, impl->sign());
  return StatusBench(std::move(impl));
}

Status StatusBench::check_cached() {
  impl_->next = (impl_->next + 7919) % kEntries;
  if (impl_->next % 1009 == 0) ++impl_->next;
  return impl_->cache.check({.uri = kUri, .index = impl_->next, .issuer = kIssuer}, kNow);
}

Status StatusBench::build_and_sign() {
  MIBUN_CHECK(impl_->sign());
  return {};
}

Status StatusBench::verify() {
  MIBUN_CHECK(
      status_list::VerifiedStatusList::verify(impl_->token, {.expected_uri = kUri, .issuers = impl_->anchors}, kNow));
  return {};
}

}  // namespace mibun::bench
