#include "wallet/moving.h"

#include "core/codecs/base64url.h"
#include "core/codecs/json.h"
#include "core/codecs/jst_time.h"
#include "core/crypto/hash.h"
#include "core/jose/jwk.h"
#include "wallet/deletion.h"
#include "wallet/history.h"
#include "wallet/luggage.h"
#include "wallet/move_code.h"
#include "wallet/move_link.h"
#include "wallet/proofing.h"
#include "wallet/trust.h"

namespace mibun::wallet {
namespace {

constexpr std::string_view kOldRecord = "move.old";
constexpr std::string_view kNewRecord = "move.new";
constexpr std::string_view kMoves = "/api/v1/moves";
constexpr std::size_t kSecretBytes = 32;

std::string sha256_text(BytesView bytes) {
  return base64url::encode(crypto::sha256(bytes));
}

std::string target(const std::string& move_id, std::string_view what) {
  return std::string(kMoves) + "/" + move_id + "/" + std::string(what);
}

Result<Bytes> bytes_member(json::ObjectReader& reader, std::string_view name) {
  MIBUN_TRY(const std::string_view text, reader.string(name));
  return base64url::decode(text);
}

Result<crypto::P256PublicKey> key_member(json::ObjectReader& reader, std::string_view name) {
  MIBUN_TRY(const json::Object* object, reader.object(name));
  MIBUN_TRY(const jose::Jwk jwk, jose::Jwk::parse(*object));
  return jwk.p256();
}

Result<json::Object> read_record(Store& store, std::string_view name) {
  auto text = store.read(name);
  if (!text && text.error().code == ErrorCode::not_found) return fail(ErrorCode::move_not_found, "move");
  if (!text) return pass_error(text);
  return json::parse_object(*text, {.bytes_max = 4 * 1024 * 1024});
}

// What the old device remembers of its move.
struct OldSide {
  std::string move_id;
  Bytes secret, nonce, watch;

  Status save(Store& store) const {
    return store.write(kOldRecord, json::serialize(json::Object{{"move_id", move_id},
                                                                {"secret", base64url::encode(secret)},
                                                                {"nonce", base64url::encode(nonce)},
                                                                {"watch", base64url::encode(watch)}}));
  }
  static Result<OldSide> load(Store& store) {
    MIBUN_TRY(const json::Object object, read_record(store, kOldRecord));
    json::ObjectReader reader(object, "move");
    OldSide side;
    MIBUN_TRY(side.move_id, reader.string("move_id"));
    MIBUN_TRY(side.secret, bytes_member(reader, "secret"));
    MIBUN_TRY(side.nonce, bytes_member(reader, "nonce"));
    MIBUN_TRY(side.watch, bytes_member(reader, "watch"));
    return side;
  }
};

// What the new device remembers; its profile has no account yet.
struct NewSide {
  MoveLink link;
  Bytes watch;
  Profile profile;
  std::string old_key;  // thumbprint of the key that it was first told; empty before
  std::string luggage;

  Status save(Store& store) const {
    json::Object object{{"link", link.to_text()},
                        {"watch", base64url::encode(watch)},
                        {"profile", to_json(profile)},
                        {"old_key", old_key},
                        {"luggage", luggage}};
    return store.write(kNewRecord, json::serialize(object));
  }
  static Result<NewSide> load(Store& store) {
    MIBUN_TRY(const json::Object object, read_record(store, kNewRecord));
    json::ObjectReader reader(object, "move");
    NewSide side;
    MIBUN_TRY(const std::string_view link, reader.string("link"));
    MIBUN_TRY(side.link, MoveLink::parse(link));
    MIBUN_TRY(side.watch, bytes_member(reader, "watch"));
    MIBUN_TRY(const json::Object* profile, reader.object("profile"));
    MIBUN_TRY(side.profile, profile_from_json(*profile));
    MIBUN_TRY(side.old_key, reader.string("old_key"));
    MIBUN_TRY(side.luggage, reader.string("luggage"));
    return side;
  }
};

std::string watch_body(BytesView watch) {
  return json::serialize(json::Object{{"watch", base64url::encode(watch)}});
}

Result<crypto::P256PublicKey> own_public_key(const Host& host, const Profile& profile) {
  if (profile.passkey) return *profile.passkey;
  MIBUN_TRY(const crypto::P256Signer* key, host.keys.signer(profile.device_key));
  return key->public_key();
}

Result<crypto::P256PublicKey> seal_key(const Host& host, const Profile& profile) {
  MIBUN_TRY(const crypto::KeyAgreement* key, host.keys.key_agreement(profile.history_key));
  return key->public_key();
}

// What the server shows of the new device, if its tag holds: made by who read the link, over exactly these keys.
Result<MoveCandidate> read_candidate(const OldSide& side, const crypto::P256PublicKey& own, const json::Object& unit) {
  json::ObjectReader reader(unit, "unit");
  MIBUN_TRY(const crypto::P256PublicKey key, key_member(reader, "key"));
  MIBUN_TRY(const crypto::P256PublicKey seal, key_member(reader, "seal_key"));
  MIBUN_TRY(const Bytes tag, bytes_member(reader, "tag"));
  MIBUN_TRY(const std::string_view name, reader.string("name"));
  MIBUN_TRY(const std::string_view at, reader.string("joined_at"));
  MIBUN_TRY(const Instant joined_at, parse_jst(at));
  const MoveKeys keys{own, key, seal};
  if (!ct_equal(tag, move_tag(side.secret, keys))) {
    return fail(ErrorCode::move_wrong_state, "unit.tag", "not by a device that read the link");
  }
  return MoveCandidate{move_number(side.secret, side.nonce, keys), std::string(name), joined_at, key, seal};
}

Status destroy_new_unit(const Host& host, const NewSide& side) {
  MIBUN_CHECK(host.keys.destroy_key(side.profile.history_key));
  if (!side.profile.passkey) MIBUN_CHECK(host.keys.destroy_key(side.profile.device_key));
  return host.store.remove(kNewRecord);
}

}  // namespace

Result<MoveBegun> begin_move(const Host& host, ServerApi& api, Profile& profile) {
  const MoveCode code = MoveCode::make(host.rng);
  OldSide side{.move_id = {},
               .secret = code.secret(),
               .nonce = host.rng.bytes(kSecretBytes),
               .watch = host.rng.bytes(kSecretBytes)};
  if (host.passkey == nullptr) MIBUN_CHECK(api.verify_user_now("move to a new device"));
  const Bytes commitment = move_commitment(side.nonce);
  const std::string body =
      json::serialize(json::Object{{"proof_sha256", sha256_text(move_proof(side.secret))},
                                   {"watch_sha256", sha256_text(side.watch)},
                                   {"commitment", base64url::encode(commitment)},
                                   {"commitment_tag", base64url::encode(commitment_tag(side.secret, commitment))}});
  MIBUN_TRY(const auto answer,
            api.account_request(profile, "POST", kMoves, body, "application/json", "move to a new device"));
  json::ObjectReader reader(answer.body, "move");
  MIBUN_TRY(side.move_id, reader.string("move_id"));
  MIBUN_TRY(const std::string_view expires_at, reader.string("expires_at"));
  MIBUN_TRY(const Instant expires, parse_jst(expires_at));
  MIBUN_CHECK(side.save(host.store));
  const MoveLink link{profile.origin, side.move_id, side.secret, commitment};
  return MoveBegun{link.to_text(), code.to_text(), expires};
}

Result<std::optional<MoveCandidate>> look_for_candidate(const Host& host, ServerApi& api, const Profile& profile) {
  MIBUN_TRY(const OldSide side, OldSide::load(host.store));
  MIBUN_TRY(const auto answer, api.open_request("POST", target(side.move_id, "state"), watch_body(side.watch)));
  json::ObjectReader reader(answer.body, "move");
  MIBUN_TRY(const std::string_view state, reader.string("state"));
  if (state == "made") return std::optional<MoveCandidate>();
  MIBUN_TRY(const json::Object* unit, reader.optional_object("unit"));
  if (unit == nullptr) return fail(ErrorCode::move_wrong_state, "move", "it is over");
  MIBUN_TRY(const crypto::P256PublicKey own, own_public_key(host, profile));
  MIBUN_TRY(MoveCandidate candidate, read_candidate(side, own, *unit));
  // The nonce is opened only now: the new device's key is fixed, and so is the number.
  if (state == "joined") {
    const std::string body = json::serialize(
        json::Object{{"watch", base64url::encode(side.watch)}, {"nonce", base64url::encode(side.nonce)}});
    MIBUN_CHECK(api.open_request("POST", target(side.move_id, "opening"), body));
  }
  return std::optional(std::move(candidate));
}

Result<Moved> confirm_move(const Host& host, ServerApi& api, Profile& profile, const MoveCandidate& candidate) {
  MIBUN_TRY(const OldSide side, OldSide::load(host.store));
  if (host.passkey == nullptr) MIBUN_CHECK(api.verify_user_now("hand over to the new device"));
  MIBUN_TRY(const Luggage luggage, pack_luggage(host, candidate.seal_key, side.secret));
  const std::string body =
      json::serialize(json::Object{{"unit_key", jose::Jwk(candidate.key).thumbprint()}, {"luggage", luggage.jwe}});
  const auto answer = api.account_request(profile, "POST", target(side.move_id, "confirmation"), body,
                                          "application/json", "hand over to the new device");
  // An answer may have been lost: then the second try hears that it is done.
  const bool moved_before = !answer && api.refusal() && api.refusal()->code == to_string(ErrorCode::wallet_moved);
  if (!answer && !moved_before) return std::unexpected(answer.error());
  MIBUN_CHECK(destroy_everything(host, profile));
  return Moved{luggage.left_behind};
}

Result<MoveOffer> open_move(const Host& host, std::string_view link) {
  MIBUN_TRY(const MoveLink parsed, MoveLink::parse(link));
  MIBUN_TRY(const bool registered, has_profile(host.store));
  if (registered) return fail(ErrorCode::wallet_already_registered, "wallet");
  MIBUN_TRY(RegistrationOffer registration, begin_registration(host.http, parsed.server));
  return MoveOffer{std::string(link), std::move(registration)};
}

Result<MoveOffer> open_move_by_code(const Host& host, std::string_view server, std::string_view typed) {
  MIBUN_TRY(const MoveCode code, MoveCode::parse(typed));
  const Bytes secret = code.secret();
  const std::string body = json::serialize(json::Object{{"proof", base64url::encode(move_proof(secret))}});
  MIBUN_TRY(const auto answer, send_open_request(host.http, server, "POST", std::string(kMoves) + "/lookup", body));
  json::ObjectReader reader(answer.body, "move");
  MIBUN_TRY(const std::string_view move_id, reader.string("move_id"));
  MIBUN_TRY(const Bytes commitment, bytes_member(reader, "commitment"));
  MIBUN_TRY(const Bytes tag, bytes_member(reader, "commitment_tag"));
  if (!ct_equal(tag, commitment_tag(secret, commitment))) {
    return fail(ErrorCode::move_wrong_state, "commitment_tag", "not by a device that knows the code");
  }
  return open_move(host, MoveLink{std::string(server), std::string(move_id), secret, commitment}.to_text());
}

Status join_move(const Host& host, const MoveOffer& offer, std::string_view name) {
  MIBUN_TRY(const bool registered, has_profile(host.store));
  MIBUN_TRY(const bool joining, is_joining(host.store));
  if (registered || joining) return fail(ErrorCode::wallet_already_registered, "wallet");
  NewSide side;
  MIBUN_TRY(side.link, MoveLink::parse(offer.link));
  MIBUN_CHECK(fetch_trust(host, offer.registration.origin));
  MadeKeys keys(host);
  MIBUN_TRY(NewCredential made, make_credential(host, offer.registration, keys));
  side.profile = std::move(made.profile);
  MIBUN_TRY(side.profile.history_key, keys.make());
  side.watch = host.rng.bytes(kSecretBytes);
  MIBUN_TRY(const crypto::P256PublicKey own, own_public_key(host, side.profile));
  MIBUN_TRY(const crypto::P256PublicKey seal, seal_key(host, side.profile));
  const json::Object body{{"proof", base64url::encode(move_proof(side.link.secret))},
                          {"registration_id", offer.registration.registration_id},
                          {"terms_version", offer.registration.terms_version},
                          {"credential", std::move(made.response)},
                          {"watch_sha256", sha256_text(side.watch)},
                          {"tag", base64url::encode(move_tag(side.link.secret, {own, own, seal}))},
                          {"seal_key", jose::Jwk(seal).to_json()},
                          {"name", name}};
  MIBUN_CHECK(
      send_open_request(host.http, side.link.server, "POST", target(side.link.move_id, "unit"), json::serialize(body)));
  MIBUN_CHECK(side.save(host.store));
  keys.keep();
  return {};
}

Result<bool> is_joining(Store& store) {
  const auto text = store.read(kNewRecord);
  if (text) return true;
  if (text.error().code == ErrorCode::not_found) return false;
  return std::unexpected(text.error());
}

namespace {

// The old device's key, the same as long as the move goes on: a server that shows another one is found out.
Status remember_old_key(const Host& host, NewSide& side, const crypto::P256PublicKey& old_key) {
  const std::string thumbprint = jose::Jwk(old_key).thumbprint();
  if (side.old_key == thumbprint) return {};
  if (!side.old_key.empty()) return fail(ErrorCode::move_wrong_state, "old_key", "another one than before");
  side.old_key = thumbprint;
  return side.save(host.store);
}

Result<std::string> number_on_new(const Host& host, NewSide& side, const crypto::P256PublicKey& old_key,
                                  std::string_view nonce_text) {
  MIBUN_TRY(const Bytes nonce, base64url::decode(nonce_text));
  if (!ct_equal(move_commitment(nonce), side.link.commitment)) {
    return fail(ErrorCode::move_wrong_state, "nonce", "not the one that the link commits to");
  }
  MIBUN_CHECK(remember_old_key(host, side, old_key));
  MIBUN_TRY(const crypto::P256PublicKey own, own_public_key(host, side.profile));
  MIBUN_TRY(const crypto::P256PublicKey seal, seal_key(host, side.profile));
  return move_number(side.link.secret, nonce, {old_key, own, seal});
}

}  // namespace

Result<MoveProgress> await_move(const Host& host) {
  MIBUN_TRY(NewSide side, NewSide::load(host.store));
  MIBUN_TRY(const auto answer, send_open_request(host.http, side.link.server, "POST",
                                                 target(side.link.move_id, "state"), watch_body(side.watch)));
  json::ObjectReader reader(answer.body, "move");
  MIBUN_TRY(const std::string_view state, reader.string("state"));
  MoveProgress progress;
  MIBUN_TRY(const crypto::P256PublicKey old_key, key_member(reader, "old_key"));
  MIBUN_TRY(const auto nonce, reader.optional_string("nonce"));
  if (nonce) {
    MIBUN_TRY(progress.number, number_on_new(host, side, old_key, *nonce));
  }
  MIBUN_TRY(const auto luggage, reader.optional_string("luggage"));
  if (luggage && side.luggage.empty()) {
    side.luggage = *luggage;
    MIBUN_CHECK(side.save(host.store));
  }
  progress.confirmed = state == "confirmed" || state == "completed";
  return progress;
}

Result<MoveFinished> finish_move(const Host& host) {
  MIBUN_TRY(const MoveProgress progress, await_move(host));
  if (!progress.confirmed) return fail(ErrorCode::move_wrong_state, "move", "the old device has not confirmed it");
  MIBUN_TRY(NewSide side, NewSide::load(host.store));
  // A try before this one may have counted the device key's use already.
  Profile profile = side.profile;
  if (auto earlier = load_profile(host.store); earlier) profile = std::move(*earlier);
  ServerApi api(host, side.link.server);
  MIBUN_TRY(const auto answer, api.account_request(profile, "POST", target(side.link.move_id, "completion"), "{}",
                                                   "application/json", "take over from the old device"));
  json::ObjectReader reader(answer.body, "move");
  MIBUN_TRY(profile.account_id, reader.string("account_id"));
  MIBUN_TRY(profile.revocation_code, reader.string("revocation_code"));
  MIBUN_TRY(const auto case_id, reader.optional_string("case_id"));
  if (case_id) MIBUN_CHECK(remember_case(host.store, std::string(*case_id)));
  MoveFinished finished{.revocation_code = profile.revocation_code};
  if (!side.luggage.empty()) {
    const auto left_behind = unpack_luggage(host, profile, side.luggage, side.link.secret);
    finished.brought_history = left_behind.has_value();
    finished.left_behind = left_behind.value_or(0);
  }
  MIBUN_CHECK(save_profile(host.store, profile));
  MIBUN_CHECK(HistoryBook(host).record({.kind = "device_moved", .outcome = "done"}));
  MIBUN_CHECK(host.store.remove(kNewRecord));
  return finished;
}

Status cancel_move(const Host& host) {
  if (const auto old = OldSide::load(host.store); old) {
    MIBUN_TRY(const Profile profile, load_profile(host.store));
    MIBUN_CHECK(host.store.remove(kOldRecord));
    (void)send_open_request(host.http, profile.origin, "POST", target(old->move_id, "cancellation"),
                            watch_body(old->watch));
    return {};
  }
  MIBUN_TRY(const NewSide side, NewSide::load(host.store));
  const auto told = send_open_request(host.http, side.link.server, "POST", target(side.link.move_id, "cancellation"),
                                      watch_body(side.watch));
  // Once it is confirmed this device's key is the account's, and destroying it would lose the account: only the
  // server's word that there is no such move any more is as good as its yes.
  if (!told && told.error().where != to_string(ErrorCode::move_not_found)) return std::unexpected(told.error());
  return destroy_new_unit(host, side);
}

}  // namespace mibun::wallet
