#include "server/moving/service.h"

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"
#include "core/jose/jwk.h"
#include "platform/log/log.h"
#include "server/registration/current_key.h"

namespace mibun::server {
namespace {

constexpr std::size_t kIdBytes = 16;
constexpr std::int64_t kTriesMax = 5;
constexpr records::ClassId kNameClass = "move unit";
constexpr records::ClassId kLuggageClass = "move luggage";

std::unexpected<Error> not_found() {
  return fail(ErrorCode::move_not_found, "move");
}
std::unexpected<Error> wrong_state() {
  return fail(ErrorCode::move_wrong_state, "move");
}

bool is_over(const moving_store::MoveRow& move, Instant now) {
  const bool settled = move.state == "confirmed" || move.state == "completed";
  return !settled && now >= move.expires;
}

Result<std::string> thumbprint_of(BytesView point) {
  MIBUN_TRY(const auto key, crypto::P256PublicKey::from_point(point));
  return jose::Jwk(key).thumbprint();
}

}  // namespace

Result<MovingService::Begun> MovingService::begin(const Account& account, BytesView proof_sha256,
                                                  BytesView watch_sha256, const std::optional<Commitment>& commitment) {
  Begun begun{base64url::encode(rng_.bytes(kIdBytes)), clock_.now() + kMoveLifetime};
  const moving_store::MoveRow move{.move_id = begun.move_id,
                                   .account_id = account.id.value,
                                   .state = {},
                                   .expires = begun.expires,
                                   .proof_sha256 = to_bytes(proof_sha256),
                                   .old_watch_sha256 = to_bytes(watch_sha256),
                                   .old_key = to_bytes(account.device_key.point()),
                                   .tries = 0,
                                   .nonce = {},
                                   .unit = {},
                                   .sealed_luggage = {},
                                   .commitment = commitment ? commitment->bytes : Bytes(),
                                   .commitment_tag = commitment ? commitment->tag : Bytes()};
  // An account that has moved meanwhile has a move that its new device has yet to finish: it is not replaced.
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(require_current_key(transaction, account));
    auto replaced = moving_store::replace(transaction, move);
    if (!replaced && replaced.error().code == ErrorCode::database_conflict) return wrong_state();
    return replaced;
  }));
  log::info("move_begun");
  return begun;
}

// A proof that is nobody's is not counted: there are 2^90 codes, and no move that five wrong ones could end.
Result<MovingService::Found> MovingService::find_by_proof(BytesView proof) {
  std::optional<moving_store::MoveRow> move;
  MIBUN_CHECK(database_.read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(move, moving_store::find_by_proof(transaction, crypto::sha256(proof)));
    return {};
  }));
  const bool there = move && !is_over(*move, clock_.now()) && move->state != "locked" && !move->commitment.empty();
  if (!there) return not_found();
  return Found{move->move_id, {move->commitment, move->commitment_tag}};
}

// A wrong proof is counted, and the count stays though the request is refused.
Status MovingService::check_proof(std::string_view move_id, BytesView proof, std::string& account_id) {
  bool proven = false;
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const auto move, moving_store::find(transaction, move_id));
    if (!move || is_over(*move, clock_.now()) || move->state == "locked") return not_found();
    proven = ct_equal(move->proof_sha256, crypto::sha256(proof));
    account_id = move->account_id;
    return proven ? Status{} : moving_store::count_try(transaction, move_id, kTriesMax);
  }));
  if (!proven) log::info("move_proof_wrong");
  return proven ? Status{} : not_found();
}

Result<Instant> MovingService::join(std::string_view move_id, const Joining& joining) {
  std::string account_id;
  MIBUN_CHECK(check_proof(move_id, joining.proof, account_id));
  MIBUN_TRY(const NewUnit unit,
            rooms_.registration.check_unit(joining.registration_id, joining.terms_version, joining.credential));
  MIBUN_TRY(Bytes sealed_name, keys_.seal({account_id}, {kNameClass, move_id}, as_bytes(joining.name)));
  const moving_store::UnitRow row{.new_watch_sha256 = joining.watch_sha256,
                                  .credential_id_lookup = unit.credential_id_lookup,
                                  .public_key = unit.public_key,
                                  .seal_key = to_bytes(joining.seal_key.point()),
                                  .tag = joining.tag,
                                  .sealed_name = std::move(sealed_name),
                                  .sign_count = unit.sign_count,
                                  .backup_eligible = unit.backup_eligible,
                                  .terms_version = unit.terms_version,
                                  .joined_at = clock_.now(),
                                  .authenticator = unit.authenticator};
  Instant expires = clock_.now();
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const std::int64_t joined, moving_store::join(transaction, move_id, row, clock_.now()));
    if (joined != 1) return wrong_state();
    MIBUN_CHECK(rooms_.registration.take_unit(transaction, unit, move_id));
    MIBUN_TRY(const auto move, moving_store::find(transaction, move_id));
    MIBUN_INVARIANT(move.has_value());
    expires = move->expires;
    return {};
  }));
  log::info("move_joined");
  return expires;
}

Result<moving_store::MoveRow> MovingService::watched(database::Transaction& transaction, std::string_view move_id,
                                                     BytesView watch_token, bool& for_old) {
  MIBUN_TRY(auto move, moving_store::find(transaction, move_id));
  if (!move || is_over(*move, clock_.now())) return not_found();
  const crypto::Sha256Digest shown = crypto::sha256(watch_token);
  for_old = ct_equal(move->old_watch_sha256, shown);
  const bool for_new = move->unit && ct_equal(move->unit->new_watch_sha256, shown);
  if (!for_old && !for_new) return not_found();
  return std::move(*move);
}

Result<MovingService::View> MovingService::look(std::string_view move_id, BytesView watch_token) {
  std::optional<moving_store::MoveRow> move;
  View view;
  MIBUN_CHECK(database_.read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(move, watched(transaction, move_id, watch_token, view.for_old));
    return {};
  }));
  const keyd::PersonId person{move->account_id};
  view.state = move->state;
  view.expires = move->expires;
  if (view.for_old) {
    if (move->unit && move->state != "completed") {
      MIBUN_TRY(const Bytes name, keys_.open(person, {kNameClass, move_id}, move->unit->sealed_name));
      view.unit_name = as_text(name);
      view.unit = std::move(move->unit);
    }
    return view;
  }
  view.old_key = std::move(move->old_key);
  view.nonce = std::move(move->nonce);
  if (!move->sealed_luggage.empty()) {
    MIBUN_TRY(const Bytes luggage, keys_.open(person, {kLuggageClass, move_id}, move->sealed_luggage));
    view.luggage = as_text(luggage);
  }
  return view;
}

Status MovingService::open(std::string_view move_id, BytesView watch_token, BytesView nonce) {
  return database_.write([&](database::Transaction& transaction) -> Status {
    bool for_old = false;
    MIBUN_CHECK(watched(transaction, move_id, watch_token, for_old));
    if (!for_old) return not_found();
    MIBUN_TRY(const std::int64_t opened, moving_store::open(transaction, move_id, nonce, clock_.now()));
    return opened == 1 ? Status{} : wrong_state();
  });
}

Status MovingService::cancel(std::string_view move_id, BytesView watch_token) {
  return database_.write([&](database::Transaction& transaction) -> Status {
    bool for_old = false;
    MIBUN_CHECK(watched(transaction, move_id, watch_token, for_old));
    MIBUN_TRY(const std::int64_t cancelled, moving_store::cancel(transaction, move_id));
    return cancelled == 1 ? Status{} : wrong_state();
  });
}

// The key, the cards, the tokens and the grants of the old device, all in one transaction with the new key.
Status MovingService::end_unit(database::Transaction& transaction, const Account& account,
                               const moving_store::MoveRow& move) {
  const moving_store::UnitRow& unit = *move.unit;
  MIBUN_CHECK(rooms_.registration.change_unit(transaction, account,
                                              {.registration_id = {},
                                               .credential_id_lookup = unit.credential_id_lookup,
                                               .public_key = unit.public_key,
                                               .sign_count = unit.sign_count,
                                               .backup_eligible = unit.backup_eligible,
                                               .terms_version = unit.terms_version,
                                               .authenticator = unit.authenticator}));
  for (UnitBoundPart* part : rooms_.unit_bound) MIBUN_CHECK(part->end_unit(transaction, account.id));
  return rooms_.history.record(transaction, account.id, HistoryKind::device_moved, {});
}

Result<Instant> MovingService::confirm(const Account& account, std::string_view move_id,
                                       std::string_view unit_key_thumbprint, std::string_view luggage) {
  const Instant now = clock_.now();
  Bytes sealed;
  if (!luggage.empty()) {
    MIBUN_TRY(sealed, keys_.seal(account.id, {kLuggageClass, move_id}, as_bytes(luggage)));
  }
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const auto move, moving_store::find(transaction, move_id));
    if (!move || move->account_id != account.id.value || is_over(*move, now)) return not_found();
    if (!move->unit) return wrong_state();
    MIBUN_TRY(const std::string thumbprint, thumbprint_of(move->unit->public_key));
    if (thumbprint != unit_key_thumbprint) return wrong_state();
    MIBUN_TRY(const std::int64_t confirmed,
              moving_store::confirm(transaction, move_id, move->unit->public_key, sealed, now, now + kLuggageLifetime));
    if (confirmed != 1) return wrong_state();
    return end_unit(transaction, account, *move);
  }));
  log::info("wallet_moved");
  return now;
}

Result<MovingService::Completed> MovingService::complete(const Account& account, std::string_view move_id) {
  Completed completed{account.id.value, {}, {}};
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const auto move, moving_store::find(transaction, move_id));
    if (!move || move->account_id != account.id.value) return not_found();
    if (move->state != "confirmed" && move->state != "completed") return wrong_state();
    // The old device, which knew the last code, must not get the next one.
    MIBUN_CHECK(require_current_key(transaction, account));
    MIBUN_TRY(completed.revocation_code, rooms_.registration.new_revocation_code(transaction, account.id));
    return moving_store::complete(transaction, move_id);
  }));
  auto case_id = rooms_.cases.newest_case(account.id);
  if (case_id) completed.case_id = std::move(*case_id);
  if (!case_id && case_id.error().code != ErrorCode::case_not_found) return pass_error(case_id);
  log::info("move_completed");
  return completed;
}

Status MovingService::erase(database::Transaction& transaction, const keyd::PersonId& person) {
  return moving_store::erase(transaction, person.value);
}

Status MovingService::purge_expired() {
  return database_.write(
      [&](database::Transaction& transaction) { return moving_store::purge_expired(transaction, clock_.now()); });
}

}  // namespace mibun::server
