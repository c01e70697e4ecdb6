#include "server/trust/signers_crls.h"

#include <algorithm>

namespace mibun::server {
namespace {

constexpr auto kCrlLifetime = std::chrono::days(7);
constexpr auto kCrlRenewal = std::chrono::days(1);

bool is_of(const crypto::CaCertificate& signer, const SigningPair& pair) {
  return std::ranges::any_of(pair.roots(), [&](const Root& root) { return is_below(signer, root.certificate); });
}

}  // namespace

Result<Bytes> current_crl(const crypto::Certificate& root, const crypto::CaKey& key,
                          std::vector<crypto::CrlRequest::Entry> entries, Instant now) {
  const crypto::CrlRequest request{.this_update = now - kCertificateBackdate,
                                   .next_update = now + kCrlLifetime,
                                   .number = static_cast<std::uint64_t>(now.unix_seconds()),
                                   .entries = std::move(entries)};
  MIBUN_TRY(const crypto::Crl crl, crypto::make_crl(request, root, key));
  return to_bytes(crl.der());
}

Result<Bytes> SignersCrls::current(const Root& root, Instant now) {
  const std::scoped_lock lock(mutex_);
  Kept& kept = kept_[to_bytes(crypto::CaCertificate(root.certificate).subject_key_id())];
  // One of tomorrow was made by a clock that has gone back since.
  if (!kept.der.empty() && now >= kept.made && now < kept.good_until) return kept.der;
  MIBUN_TRY(kept.der, current_crl(root.certificate, *root.signer, entries_of(root), now));
  kept.made = now;
  kept.good_until = now + kCrlRenewal;
  return kept.der;
}

Result<crypto::Crl> SignersCrls::lasting(const Root& root) const {
  const crypto::CrlRequest request{.this_update = root.certificate.not_before(),
                                   .next_update = root.certificate.not_after(),
                                   .number = 1,
                                   .entries = entries_of(root)};
  return crypto::make_crl(request, root.certificate, *root.signer);
}

std::vector<crypto::CrlRequest::Entry> SignersCrls::entries_of(const Root& root) const {
  std::vector<crypto::CrlRequest::Entry> entries;
  for (const crypto::CaCertificate& signer : taken_back_) {
    // Nothing that it ever signed is believed: from its first moment.
    if (is_below(signer, root.certificate)) entries.push_back({to_bytes(signer.serial()), signer.not_before()});
  }
  return entries;
}

Result<std::vector<crypto::CaCertificate>> read_taken_back(const std::vector<std::string>& pems,
                                                           const std::vector<const SigningPair*>& pairs) {
  constexpr const char* kWhere = "taken_back_signer_pem_files";
  std::vector<crypto::CaCertificate> signers;
  for (const std::string& pem : pems) {
    MIBUN_TRY(crypto::CaCertificate signer, crypto::CaCertificate::from_pem(pem));
    const auto pair = std::ranges::find_if(pairs, [&](const SigningPair* one) { return is_of(signer, *one); });
    if (pair == pairs.end()) {
      return fail(ErrorCode::invalid_argument, kWhere, "no certificate of a signer of this server's cards");
    }
    if (std::ranges::equal((*pair)->signing().chain.front(), signer.der())) {
      return fail(ErrorCode::invalid_argument, kWhere,
                  "this one signs now: make the next key first, mibun keys rotate");
    }
    signers.push_back(std::move(signer));
  }
  return signers;
}

}  // namespace mibun::server
