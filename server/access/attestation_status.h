#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.h"
#include "core/crypto/x509.h"
#include "core/status_list/status_cache.h"
#include "platform/http/destinations.h"

namespace mibun::server {

// Whether an attestation that its provider can take back (a "status" claim) still stands: of wallets (attestation-based
// client authentication) and of keys (OpenID4VCI 1.0, appendix D). The list is fetched after the attestation was
// verified, from where the provider says, once for all who ask at the same time, and kept for as long as it says, at
// most an hour; it is signed below the roots of wallet providers. What cannot be looked up does not count: unknown is
// not valid.
class AttestationStatus {
 public:
  // `providers`: for wallet_provider; outlives this.
  AttestationStatus(const crypto::TrustAnchors& providers, status_list::StatusFetcher fetch, const Clock& clock)
      : lists_(providers, std::move(fetch)), clock_(clock) {}

  // `provider`: who must have signed the list, where the attestation does not say it itself. Errors: unavailable (the
  // list cannot be had now), `refused` at `where` (taken back, suspended; no list for this attestation: another
  // subject, a signer that is not the provider's, run out, an index that it does not have).
  Status check(status_list::StatusReference reference, std::optional<std::string_view> provider, ErrorCode refused,
               std::string_view where);

 private:
  status_list::StatusCache lists_;
  const Clock& clock_;
};

// By HTTPS, to the public internet and to what the operator named: pinned address, no redirect, five seconds, 4 MiB
// (R4).
status_list::StatusFetcher fetch_status_lists(http::Destinations destinations);

}  // namespace mibun::server
