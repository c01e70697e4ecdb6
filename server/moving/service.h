#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/random.h"
#include "core/base/time.h"
#include "core/crypto/p256.h"
#include "core/webauthn/responses.h"
#include "platform/database/database.h"
#include "platform/keyd/keyd.h"
#include "server/erasure/part.h"
#include "server/history/recorder.h"
#include "server/issuance/offers.h"
#include "server/moving/store.h"
#include "server/registration/service.h"
#include "server/registration/unit.h"

namespace mibun::server {

// From the old device's wish to its confirmation.
inline constexpr auto kMoveLifetime = std::chrono::minutes(10);
// What the old device packed waits no longer for the new one.
inline constexpr auto kLuggageLifetime = std::chrono::hours(24);
inline constexpr std::size_t kLuggageBytesMax = 1024 * 1024;
inline constexpr std::size_t kUnitNameBytesMax = 80;

// A wallet moves to another device (docs/decisions/0039). The account stays; the key that it had signs for the key that
// it gets, and at no time are there two. The link goes from screen to camera: its secret is never told to this server,
// which knows hashes and passes on what it cannot read.
class MovingService final : public ErasablePart {
 public:
  struct Rooms {
    RegistrationService& registration;
    HistoryRecorder& history;
    ApprovedClaims& cases;
    std::vector<UnitBoundPart*> unit_bound;
  };
  MovingService(database::Database& database, keyd::KeyHolder& keys, Rooms rooms, const Clock& clock, Rng& rng)
      : database_(database), keys_(keys), rooms_(std::move(rooms)), clock_(clock), rng_(rng) {}

  struct Begun {
    std::string move_id;
    Instant expires;
  };
  // What goes into the link and, for who types its secret, through the server; the tag is by who knows the secret.
  struct Commitment {
    Bytes bytes, tag;
  };
  // `proof_sha256`: of what the new device will prove to have read the link with. `watch_sha256`: of the token that the
  // old device follows the move with. An earlier move of the account ends. Errors: assertion_invalid (it has moved),
  // move_wrong_state (another move has this proof).
  Result<Begun> begin(const Account& account, BytesView proof_sha256, BytesView watch_sha256,
                      const std::optional<Commitment>& commitment = {});

  struct Found {
    std::string move_id;
    Commitment commitment;
  };
  // For a device whose person typed the secret, from which the proof is. Errors: move_not_found (also: over, locked, or
  // begun without a commitment).
  Result<Found> find_by_proof(BytesView proof);

  struct Joining {
    Bytes proof;  // 32 bytes
    std::string registration_id, terms_version;
    webauthn::RegistrationResponse credential;
    Bytes watch_sha256;
    Bytes tag;                       // for the old device, which knows the secret
    crypto::P256PublicKey seal_key;  // the old device packs for it
    std::string name;                // "Android": what the old device shows of the new one
  };
  // Errors: move_not_found (unknown, expired, the proof is wrong; after five wrong ones the move is over),
  // move_wrong_state (another device was first), and those of RegistrationService::check_unit.
  Result<Instant> join(std::string_view move_id, const Joining& joining);

  // What each side sees of the other.
  struct View {
    std::string state;
    Instant expires;
    bool for_old = false;
    std::optional<moving_store::UnitRow> unit;  // for the old device, once there is one
    std::string unit_name;
    Bytes old_key, nonce;  // for the new device; the nonce once it was opened
    std::string luggage;   // for the new device, once confirmed; empty when there is none
  };
  // Errors: move_not_found.
  Result<View> look(std::string_view move_id, BytesView watch_token);

  // The old device opens its nonce, which it committed to in the link. Errors: move_not_found, move_wrong_state.
  Status open(std::string_view move_id, BytesView watch_token, BytesView nonce);
  // Either side, until it is confirmed. Errors: move_not_found, move_wrong_state.
  Status cancel(std::string_view move_id, BytesView watch_token);

  // The old device says yes to the key with this thumbprint and no other, and everything that belongs to it ends.
  // Errors: move_not_found (also: somebody else's), move_wrong_state (not opened, over, or another key), key_exists.
  Result<Instant> confirm(const Account& account, std::string_view move_id, std::string_view unit_key_thumbprint,
                          std::string_view luggage);

  struct Completed {
    std::string account_id, revocation_code;
    std::optional<std::string> case_id;  // that cards come from: what was proven stays proven
  };
  // By the new device, now the account's. May be repeated while an answer could have been lost; the newest revocation
  // code is the one that works. Errors: move_not_found, move_wrong_state, assertion_invalid (not the account's device).
  Result<Completed> complete(const Account& account, std::string_view move_id);

  std::string_view record_class() const override { return "moves"; }
  Status erase(database::Transaction& transaction, const keyd::PersonId& person) override;
  Status purge_expired();

 private:
  Result<moving_store::MoveRow> watched(database::Transaction& transaction, std::string_view move_id,
                                        BytesView watch_token, bool& for_old);
  Status check_proof(std::string_view move_id, BytesView proof, std::string& account_id);
  Status end_unit(database::Transaction& transaction, const Account& account, const moving_store::MoveRow& move);
  database::Database& database_;
  keyd::KeyHolder& keys_;
  Rooms rooms_;
  const Clock& clock_;
  Rng& rng_;
};

}  // namespace mibun::server
