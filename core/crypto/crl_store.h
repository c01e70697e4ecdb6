#pragma once

// For files in core/crypto only.

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/mutex.h"
#include "core/crypto/crl.h"
#include "core/crypto/x509_path.h"

namespace mibun::crypto {

// The revocation lists of a trust list. A list is verified once for each certificate that issued it.
class CrlStore {
 public:
  explicit CrlStore(std::vector<Crl> crls);

  // Is no member of the path revoked? Narrows the path's window to that of the lists used.
  // Errors: certificate_revoked, certificate_revocation_unknown.
  Status check(VerifiedPath& path, Instant now) const;

 private:
  Status check_member(const CaCertificate& member, const CaCertificate& issuer, Instant now, Window& window) const;
  Result<VerifiedCrl> verified(std::size_t index, const CaCertificate& issuer, Instant now) const;

  std::vector<Crl> crls_;                            // newest first
  using Key = std::pair<std::size_t, Sha256Digest>;  // index of the list, issuing certificate
  mutable Mutex mutex_;
  mutable std::map<Key, VerifiedCrl> verified_;
};

}  // namespace mibun::crypto
