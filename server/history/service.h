#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "core/base/time.h"
#include "core/codecs/json.h"
#include "platform/database/database.h"
#include "platform/keyd/keyd.h"
#include "server/erasure/part.h"
#include "server/history/recorder.h"
#include "server/registration/accounts.h"
#include "server/registration/unit.h"

namespace mibun::server {

// The person's history on the server: its own events, and those the wallet keeps here encrypted to itself.
class HistoryService final : public HistoryRecorder, public ErasablePart, public UnitBoundPart {
 public:
  HistoryService(database::Database& database, keyd::KeyHolder& keys, const Clock& clock, Rng& rng)
      : database_(database), keys_(keys), clock_(clock), rng_(rng) {}

  Status record(database::Transaction& transaction, const keyd::PersonId& person, HistoryKind kind,
                const json::Object& details) override;
  void ask_ahead(const keyd::PersonId& person, HistoryKind kind, const json::Object& details) override;

  // What a wallet hands over. `sealed`: a compact JWE that only the wallet can open; its size is bounded by the route.
  // `id`: the wallet's own for this event; empty: the text stands for itself.
  struct WalletEvent {
    std::string id, sealed;
  };
  struct Kept {
    std::string id;
    Instant at;
  };
  // All of them or none. One that is kept already, by its id, is answered as it was the first time: whoever heard no
  // answer simply asks again. Errors: assertion_invalid (the wallet moved meanwhile: nobody would open them any more).
  Result<std::vector<Kept>> keep_wallet_events(const Account& account, std::span<const WalletEvent> events);
  // [{id, at (JST), source, kind, details} | {id, at, source, sealed}], oldest first, at most 1,000.
  Result<json::Array> events(const keyd::PersonId& person);

  std::string_view record_class() const override { return "history"; }
  Status erase(database::Transaction& transaction, const keyd::PersonId& person) override;
  // What the wallet sealed to itself nobody opens without its key: the wallet takes it along and keeps it here anew.
  Status end_unit(database::Transaction& transaction, const keyd::PersonId& person) override;

 private:
  Status insert(database::Transaction& transaction, const keyd::PersonId& person, const std::string& event_id,
                Instant at, std::string_view source, std::string_view plaintext);
  Result<Kept> keep(database::Transaction& transaction, const keyd::PersonId& person, const WalletEvent& event);
  database::Database& database_;
  keyd::KeyHolder& keys_;
  const Clock& clock_;
  Rng& rng_;
};

}  // namespace mibun::server
