#include "bench/core_bench.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "bench/raw_limit.h"
#include "bench/rounds.h"
#include "core/crypto/hash.h"
#include "core/crypto/x509.h"
#include "core/sd_jwt/holder.h"
#include "core/sd_jwt/issuer.h"
#include "core/sd_jwt/sd_jwt.h"
#include "core/sd_jwt/verifier.h"
#include "core/status_list/status_list.h"

namespace mibun::bench {
namespace {

constexpr const char* kIssuer = "https://issuer.example";
constexpr const char* kVct = "urn:example:card:1";
constexpr int kHolders = 8, kClaims = 22;
constexpr std::size_t kSaltBytes = 16;
constexpr std::uint64_t kStatusIndex = 412'345;
const Instant kNow = Instant::from_unix_seconds(1'795'402'800);

struct Authority {
  crypto::P256PrivateKey root_key, leaf_key;
  crypto::Certificate root;
  std::vector<Bytes> chain;
};

Result<Authority> make_authority() {
  auto root_key = crypto::P256PrivateKey::generate();
  auto leaf_key = crypto::P256PrivateKey::generate();
  crypto::CertificateRequest request{.common_name = "root",
                                     .organization = "Bench",
                                     .not_before = kNow - std::chrono::hours(1),
                                     .not_after = kNow + std::chrono::hours(1)};
  MIBUN_TRY(crypto::Certificate root, crypto::make_root_certificate(request, root_key));
  request.common_name = "issuer";
  request.san_uri = {kIssuer};
  request.purpose = crypto::CertificatePurpose::credential_issuer;
  MIBUN_TRY(crypto::Certificate leaf, crypto::make_certificate(request, leaf_key.public_key(), root, root_key));
  return Authority{std::move(root_key), std::move(leaf_key), std::move(root), {to_bytes(leaf.der())}};
}

sd_jwt::IssueRequest claims_for(const crypto::P256PublicKey& holder, int claims) {
  sd_jwt::IssueRequest request;
  request.clear_claims = {
      {"iss", kIssuer},
      {"vct", kVct},
      {"iat", kNow.unix_seconds()},
      {"exp", (kNow + std::chrono::hours(1)).unix_seconds()},
      {"cnf", sd_jwt::confirmation(holder)},
      {"status", {{"status_list", {{"idx", kStatusIndex}, {"uri", "https://issuer.example/s/1"}}}}}};
  for (int i = 0; i < claims; ++i) {
    request.disclosable["claim_name_" + std::to_string(i)] = "Some value " + std::to_string(i * 77);
  }
  return request;
}

Result<std::string> make_presentation(const sd_jwt::Issuer& issuer, const sd_jwt::IssuerPolicy& issuer_policy,
                                      const sd_jwt::KeyBindingPolicy& verifier) {
  const auto holder = crypto::P256PrivateKey::generate();
  crypto::SystemRng rng;
  MIBUN_TRY(const std::string text, issuer.issue(claims_for(holder.public_key(), kClaims), rng));
  MIBUN_TRY(const sd_jwt::VerifiedSdJwt issued, sd_jwt::verify_issued(text, issuer_policy, kNow));
  const sd_jwt::HeldCredential held(issued);
  std::vector<sd_jwt::ClaimPath> shown;
  for (int i = 0; i < kClaims; i += 4) shown.push_back(sd_jwt::ClaimPath::of("claim_name_" + std::to_string(i)));
  return held.present(shown, {.audience = verifier.audience, .nonce = verifier.nonce, .iat = kNow, .extra_claims = {}},
                      holder);
}

}  // namespace

struct PresentationBench::Impl {
  explicit Impl(Authority made)
      : authority(std::move(made)),
        anchors(crypto::CertificatePurpose::credential_issuer, {authority.root},
                crypto::RevocationPolicy::ignore_revocation) {}

  Authority authority;
  crypto::TrustAnchors anchors;
  sd_jwt::IssuerPolicy issuer_policy{.anchors = anchors, .vcts = {kVct}};
  sd_jwt::KeyBindingPolicy key_binding_policy{.audience = "x509_hash:verifier", .nonce = "n-0S6_WzA2Mj-0123456789"};
  std::vector<sd_jwt::IssueRequest> to_issue;  // of no claims, one, two
  crypto::SystemRng rng;
  std::optional<sd_jwt::Issuer> issuer;
  std::optional<status_list::StatusList> statuses;
  std::vector<std::string> presentations;  // of different holders: keys come and go, as at a real verifier
  std::size_t next = 0;
};

PresentationBench::PresentationBench(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PresentationBench::PresentationBench(PresentationBench&&) noexcept = default;
PresentationBench::~PresentationBench() = default;

Result<PresentationBench> PresentationBench::make() {
  MIBUN_TRY(Authority authority, make_authority());
  auto impl = std::make_unique<Impl>(std::move(authority));
  MIBUN_TRY(impl->issuer, sd_jwt::Issuer::make(impl->authority.leaf_key, impl->authority.chain));
  MIBUN_TRY(impl->statuses, status_list::StatusList::make(1, 1 << 20));
  for (int claims = 0; claims <= kClaims; ++claims) {
    impl->to_issue.push_back(claims_for(crypto::P256PrivateKey::generate().public_key(), claims));
  }
  for (int i = 0; i < kHolders; ++i) {
    MIBUN_TRY(std::string text, make_presentation(*impl->issuer, impl->issuer_policy, impl->key_binding_policy));
    impl->presentations.push_back(std::move(text));
  }
  return PresentationBench(std::move(impl));
}

Status PresentationBench::verify() {
  const std::string& text = impl_->presentations[impl_->next++ % impl_->presentations.size()];
  MIBUN_TRY(const sd_jwt::VerifiedPresentation verified,
            sd_jwt::verify_presentation(text, impl_->issuer_policy, impl_->key_binding_policy, kNow));
  MIBUN_INVARIANT(verified.status().has_value());
  MIBUN_TRY(const std::uint8_t status, impl_->statuses->get(verified.status()->index));
  if (status != status_list::kValid) return fail(ErrorCode::status_revoked);
  return {};
}

Status PresentationBench::issue(int claims) {
  MIBUN_CHECK(impl_->issuer->issue(impl_->to_issue.at(static_cast<std::size_t>(claims)), impl_->rng));
  return {};
}

Result<IssueWork> PresentationBench::issue_work(int claims) {
  MIBUN_TRY(const std::string text,
            impl_->issuer->issue(impl_->to_issue.at(static_cast<std::size_t>(claims)), impl_->rng));
  MIBUN_TRY(const sd_jwt::SdJwt issued, sd_jwt::SdJwt::parse(text));
  IssueWork work{.random_bytes = issued.disclosure_count() * kSaltBytes,
                 .digested = {},
                 .signed_bytes = issued.issuer_jwt().rfind('.')};
  for (std::size_t i = 0; i < issued.disclosure_count(); ++i) work.digested.push_back(issued.disclosure(i).size());
  return work;
}

const std::string& PresentationBench::text() const {
  return impl_->presentations.front();
}

std::size_t PresentationBench::presentation_size() const {
  return impl_->presentations.front().size();
}

Result<LibraryShare> measure_library_share(int rounds, milliseconds per_turn) {
  MIBUN_TRY(PresentationBench bench, PresentationBench::make());
  RawLimit raw;
  const auto verify_two = [&]() -> Status {
    if (!raw.verify_two()) return fail(ErrorCode::internal_error, "raw_limit");
    return {};
  };
  MIBUN_TRY(const Share share, measure_share(rounds, per_turn, verify_two, [&] { return bench.verify(); }));
  return LibraryShare{share.ratio, share.per_second, share.raw_per_second, bench.presentation_size()};
}

}  // namespace mibun::bench
