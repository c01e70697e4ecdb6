#include "core/crypto/crl_store.h"

#include <algorithm>

#include "core/base/sort.h"
#include "core/crypto/certificate_parts.h"
#include "core/crypto/crl_internal.h"

namespace mibun::crypto {
namespace {

constexpr std::size_t kVerifiedMax = 4096;

}  // namespace

CrlStore::CrlStore(std::vector<Crl> crls) : crls_(std::move(crls)) {
  sort(crls_, [](const Crl& a, const Crl& b) { return a.this_update() > b.this_update(); });
}

Status CrlStore::check(VerifiedPath& path, Instant now) const {
  for (std::size_t i = 0; i < path.members.size(); ++i) {
    MIBUN_CHECK(check_member(path.members[i], path.issuer_of(i), now, path.window));
  }
  return {};
}

Status CrlStore::check_member(const CaCertificate& member, const CaCertificate& issuer, Instant now,
                              Window& window) const {
  std::string why = "no list of the issuer";
  for (std::size_t i = 0; i < crls_.size(); ++i) {
    if (!same_name(crls_[i].parts().issuer_der, issuer.parts().subject_der)) continue;
    auto list = verified(i, issuer, now);
    if (!list) {
      why = list.error().where + ": " + list.error().detail;
      continue;
    }
    Status status = list->check_not_revoked(member);
    if (status) {
      window.narrow(list->this_update(), list->next_update());
      return {};
    }
    if (status.error().code == ErrorCode::certificate_revoked) return status;
    why = status.error().detail;
  }
  return fail(ErrorCode::certificate_revocation_unknown, "crl", why);
}

Result<VerifiedCrl> CrlStore::verified(std::size_t index, const CaCertificate& issuer, Instant now) const {
  const Key key{index, issuer.sha256()};
  {
    const Lock lock(mutex_);
    const auto found = verified_.find(key);
    const bool current = found != verified_.end() && now >= found->second.this_update() &&
                         now.unix_seconds() <= found->second.next_update().unix_seconds();
    if (current) return found->second;
  }
  MIBUN_TRY(VerifiedCrl list, VerifiedCrl::verify(crls_[index], issuer, now));
  const Lock lock(mutex_);
  if (verified_.size() < kVerifiedMax) verified_.emplace(key, list);
  return list;
}

}  // namespace mibun::crypto
