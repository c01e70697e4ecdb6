#include <algorithm>

#include "tests/server/killed/deeds.h"

// A wallet that is not ours: the authorization code flow step by step, cards by it, cards renewed, cards deleted.
namespace mibun::server {
namespace {

constexpr int kRenewalsMax = 2;
constexpr auto kSoon = std::chrono::seconds(30);  // half of what a code lives

}  // namespace

Person* Deeds::somebody_authorized(Authorization::Phase phase) {
  return somebody([&](const Person& one) {
    const auto& authorization = one.authorization;
    const bool is_timely = authorization && (authorization->phase == Authorization::Phase::granted ||
                                             SystemClock().now() - authorization->since < kSoon);
    return is_timely && authorization->phase == phase;
  });
}

bool Deeds::push_authorization() {
  Person* person = somebody([](const Person& one) {
    return one.case_state == "approved" && !one.move.has_value() &&
           (!one.authorization || one.authorization->renewals == kRenewalsMax);
  });
  if (person == nullptr) return false;
  begin("push authorization", index_of(*person));
  Authorization authorization{.flow = std::make_shared<const CodeFlow>(w_)};
  const Reply pushed = authorization.flow->push(authorization.flow->par_fields());
  if (pushed.status() != 201) throw std::runtime_error("par: " + pushed.response.body);
  authorization.request_uri = pushed.text("request_uri");
  authorization.since = SystemClock().now();
  person->authorization = std::move(authorization);
  return true;
}

bool Deeds::open_authorization() {
  Person* person = somebody_authorized(Authorization::Phase::pushed);
  if (person == nullptr) return false;
  begin("open authorization", index_of(*person));
  person->authorization->authorization_id =
      person->authorization->flow->open(person->authorization->request_uri).text("authorization_id");
  person->authorization->phase = Authorization::Phase::opened;
  return true;
}

bool Deeds::approve_authorization() {
  Person* person = somebody_authorized(Authorization::Phase::opened);
  if (person == nullptr) return false;
  begin("approve authorization", index_of(*person));
  Authorization& authorization = *person->authorization;
  const Reply approved = authorization.flow->decide(person->device, authorization.authorization_id);
  if (approved.status() != 200) throw std::runtime_error("approval: " + approved.response.body);
  authorization.code = parameter(approved.text("redirect_to"), "code");
  authorization.phase = Authorization::Phase::approved;
  authorization.since = SystemClock().now();
  return true;
}

bool Deeds::redeem_code() {
  Person* person = somebody_authorized(Authorization::Phase::approved);
  if (person == nullptr) return false;
  begin("redeem code", index_of(*person));
  Authorization& authorization = *person->authorization;
  const Reply granted = authorization.flow->token(authorization.flow->code_fields(authorization.code));
  if (granted.status() != 200) throw std::runtime_error("token: " + granted.response.body);
  authorization.access_token = granted.text("access_token");
  authorization.refresh_token = granted.text("refresh_token");
  authorization.phase = Authorization::Phase::granted;
  return true;
}

bool Deeds::receive_by_authorization() {
  Person* person = somebody([](const Person& one) {
    return one.authorization && !one.authorization->access_token.empty() && one.cards.size() < 8;
  });
  if (person == nullptr) return false;
  Authorization& authorization = *person->authorization;
  begin(authorization.renewals == 0 ? "receive by code" : "receive renewed", index_of(*person));
  HeldCard card{{}, std::make_shared<crypto::P256PrivateKey>(crypto::P256PrivateKey::generate())};
  JwtParts proof = w_.key_proof(*card.key, w_.nonce());
  proof.payload["iss"] = "test-wallet";
  const Reply received = w_.send_well(
      w_.bound_request({authorization.access_token, authorization.flow->key}, "POST", "/oid4vci/credential",
                       json::serialize(w_.credential_body({sign_jwt(proof, *card.key)}))),
      200);
  card.text = received.json.at("credentials").as_array().at(0).as_object().at("credential").as_string();
  authorization.told_with = std::exchange(authorization.access_token, {});
  authorization.notification_id = received.text("notification_id");
  authorization.cards = {card};
  person->cards.push_back(std::move(card));
  return true;
}

bool Deeds::renew() {
  Person* person = somebody([](const Person& one) {
    return one.authorization && one.authorization->phase == Authorization::Phase::granted &&
           one.authorization->access_token.empty() && one.authorization->renewals < kRenewalsMax;
  });
  if (person == nullptr) return false;
  begin("renew", index_of(*person));
  Authorization& authorization = *person->authorization;
  const Reply renewed = authorization.flow->token(authorization.flow->refresh_fields(authorization.refresh_token));
  if (renewed.status() != 200) throw std::runtime_error("renewal: " + renewed.response.body);
  authorization.access_token = renewed.text("access_token");
  authorization.refresh_token = renewed.text("refresh_token");
  ++authorization.renewals;
  return true;
}

void Deeds::tell_of_deletion(Person& person) {
  Authorization& authorization = *person.authorization;
  const json::Object told{{"notification_id", authorization.notification_id}, {"event", "credential_deleted"}};
  w_.send_well(w_.bound_request({authorization.told_with, authorization.flow->key}, "POST", "/oid4vci/notification",
                                json::serialize(told)),
               204);
  for (const HeldCard& card : authorization.cards) {
    std::erase_if(person.cards, [&](const HeldCard& one) { return one.text == card.text; });
    person.deleted_cards.push_back(card);
  }
  authorization.cards.clear();
  authorization.notification_id.clear();
}

bool Deeds::delete_card() {
  Person* person =
      somebody([](const Person& one) { return one.authorization && !one.authorization->notification_id.empty(); });
  if (person == nullptr) return false;
  begin("delete card", index_of(*person), person->authorization->notification_id);
  tell_of_deletion(*person);
  return true;
}

}  // namespace mibun::server
