#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "core/crypto/crl.h"
#include "platform/http/destinations.h"
#include "server/trust/card_issuers.h"
#include "server/trust/trust.h"

namespace mibun::server {

// Gets the DER at a distribution point from the network: https, no redirects, bounded in time and size.
using CrlFetcher = std::function<Result<Bytes>(const std::string& url)>;
// To the public internet and to what the operator named: pinned address, no redirect, five seconds, kCrlBytesMax (R4).
// `trust_pem`: the roots of TLS certificates; empty: those of this machine.
CrlFetcher fetch_crls(http::Destinations destinations, std::string trust_pem = {});

// Keeps the revocation lists of those who sign cards current: ours with what is on the published ones, those of others
// from where the configuration says. A signer is believed only while a current list clears it, so a list that cannot be
// had refuses, once the one at hand has ended.
class IssuerCrls {
 public:
  // All must outlive it.
  IssuerCrls(CardIssuers& issuers, const Trust& trust, CrlFetcher fetch, const Clock& clock);

  // Ours, once: nothing when it was done. From one thread at a time. Errors: those of Trust::signers_crls.
  Status take_own();
  // Each of the others' whose time has come: an hour after it was had, a minute after it could not be. From one thread
  // at a time; may take seconds for each.
  void fetch_due();
  // DER as it was fetched, for this server's wallets; served at trusted_crl_path(). Errors: route_not_found (no such
  // list), unavailable (not had yet).
  Result<Bytes> list(std::size_t number) const;

 private:
  struct Source {
    CardIssuers::Lists row;
    std::string url;
    std::optional<crypto::Crl> list;  // the last good one
    Instant due;
  };
  Result<crypto::Crl> fetch(const Source& source, Instant now) const;
  void hand_over(const CardIssuers::Lists& row);

  CardIssuers& issuers_;
  const Trust& trust_;
  const CrlFetcher fetch_;
  const Clock& clock_;
  mutable std::mutex mutex_;  // of the lists in `sources_`, which one thread writes
  std::vector<Source> sources_;
  bool has_own_ = false;
};

}  // namespace mibun::server
