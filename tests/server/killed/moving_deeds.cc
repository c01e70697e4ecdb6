#include <algorithm>
#include <iterator>

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"
#include "core/jose/jwk.h"
#include "tests/server/killed/deeds.h"

// A wallet moves to another device: the link and the new device's key, the old device's yes, the new device's first
// look.
namespace mibun::server {
namespace {

std::string path_of(const Move& move, const char* step) {
  return "/api/v1/moves/" + move.id + "/" + step;
}

std::string encoded_hash(const Bytes& secret) {
  return base64url::encode(crypto::sha256(secret));
}

}  // namespace

void Person::take_over() {
  move->other.account_id = device.account_id;
  move->other.revocation_code = device.revocation_code;
  std::swap(device, move->other);
  move->phase = Move::Phase::confirmed;
  std::ranges::move(cards, std::back_inserter(former_cards));
  cards.clear();
  history.clear();  // sealed by the old device for itself
  authorization.reset();
  is_subscribed = false;
}

bool Deeds::begin_move() {
  Person* person = somebody([](const Person& one) { return !one.move.has_value(); });
  if (person == nullptr) return false;
  begin("begin move", index_of(*person));
  Move move{.id = {}, .old_watch = w_.rng.bytes(32), .new_watch = w_.rng.bytes(32), .other = w_.new_device()};
  const Bytes proof = w_.rng.bytes(32);
  const json::Object wish{{"proof_sha256", encoded_hash(proof)}, {"watch_sha256", encoded_hash(move.old_watch)}};
  move.id = w_.send_well(w_.account_request(person->device, "POST", "/api/v1/moves", json::serialize(wish)), 201)
                .text("move_id");
  const BegunRegistration begun = w_.begin_registration();
  move.other.user_handle = begun.user_id;
  const json::Object unit{{"proof", base64url::encode(proof)},
                          {"watch_sha256", encoded_hash(move.new_watch)},
                          {"tag", base64url::encode(w_.rng.bytes(32))},
                          {"seal_key", jose::Jwk(crypto::P256PrivateKey::generate().public_key()).to_json()},
                          {"registration_id", begun.id},
                          {"terms_version", begun.terms_version},
                          {"name", "Android"},
                          {"credential", w_.credential_json(begun, move.other)}};
  w_.send_well(w_.json_request("POST", path_of(move, "unit"), unit), 201);
  const json::Object opening{{"watch", base64url::encode(move.old_watch)},
                             {"nonce", base64url::encode(w_.rng.bytes(32))}};
  w_.send_well(w_.json_request("POST", path_of(move, "opening"), opening), 204);
  person->move = std::move(move);
  return true;
}

bool Deeds::confirm_move() {
  Person* person =
      somebody([](const Person& one) { return one.move.has_value() && one.move->phase == Move::Phase::opened; });
  if (person == nullptr) return false;
  begin("move", index_of(*person));
  const json::Object yes{{"unit_key", jose::Jwk(person->move->other.key->public_key()).thumbprint()},
                         {"luggage", kLuggage}};
  w_.send_well(w_.account_request(person->device, "POST", path_of(*person->move, "confirmation"), json::serialize(yes)),
               200);
  person->take_over();
  return true;
}

void Deeds::complete(Person& person) {
  person.device.revocation_code =
      w_.send_well(w_.account_request(person.device, "POST", path_of(*person.move, "completion"), "{}"), 200)
          .text("revocation_code");
  person.move->phase = Move::Phase::completed;
}

bool Deeds::complete_move() {
  Person* person =
      somebody([](const Person& one) { return one.move.has_value() && one.move->phase == Move::Phase::confirmed; });
  if (person == nullptr) return false;
  begin("complete move", index_of(*person), person->move->id);
  complete(*person);
  return true;
}

}  // namespace mibun::server
