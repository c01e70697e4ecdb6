#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/oid4vp/known_verifiers.h"
#include "platform/blobs/store.h"
#include "platform/database/database.h"
#include "platform/http/destinations.h"
#include "platform/keyd/guarded_key_holder.h"
#include "platform/metrics/metrics.h"
#include "server/app/config.h"
#include "server/journal/journal.h"
#include "server/journal/kept_files.h"
#include "server/proofing/emrtd_verifier.h"
#include "server/transparency/cosigned_checkpoint.h"
#include "server/transparency/operation_log.h"
#include "server/trust/card_issuers.h"
#include "server/trust/trust.h"

namespace mibun::server {

// What the rooms stand on; opened one after the other, because each can fail.
struct Ground {
  std::unique_ptr<metrics::Metrics> metrics = std::make_unique<metrics::Metrics>();
  std::unique_ptr<database::Database> database;
  std::shared_ptr<keyd::KeyHolder> key_holder;
  std::unique_ptr<keyd::GuardedKeyHolder> keys;
  std::shared_ptr<keyd::SigningKeys> signing_keys;
  std::unique_ptr<Journal> journal;
  std::unique_ptr<KeptFiles> kept_files;
  std::unique_ptr<blobs::Store> files;
  std::unique_ptr<Trust> trust;
  std::unique_ptr<OperationLog> operation_log;
  std::unique_ptr<CardIssuers> card_issuers;
  std::unique_ptr<CosignedCheckpoint> cosigned;
  std::string trust_list;                  // as it is published, without partners that wallets know
  oid4vp::KnownVerifiers known_verifiers;  // of the configuration
  std::optional<Instant> clock_seen;       // when the clock was last trusted
  std::vector<std::unique_ptr<EvidenceVerifier>> verifiers;
  std::unique_ptr<crypto::TrustAnchors> wallet_providers;
  std::optional<http::Destinations> push_services;
  status_list::StatusFetcher fetch_attestation_list, fetch_status_list;
  CrlFetcher fetch_crl;
};

// Opens the data directory and everything else that the configuration names, making what is missing. Errors: those of
// each of them.
Result<Ground> open_ground(const Config& config, const Clock& clock, Rng& rng);

}  // namespace mibun::server
