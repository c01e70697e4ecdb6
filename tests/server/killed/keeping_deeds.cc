#include "core/codecs/base64url.h"
#include "server/legal_hold/envelope.h"
#include "tests/server/app/nearby.h"
#include "tests/server/killed/deeds.h"

// Appeals, notices by push, readers of partners, and what a law keeps of people who have gone.
namespace mibun::server {
namespace {

constexpr std::size_t kReadersMax = 3, kOpeningsMax = 2;
constexpr const char* kField = "family_name";

std::string path_of(const Opening& opening, const char* step) {
  return "/api/v1/staff/legal-hold-openings/" + opening.id + step;
}

}  // namespace

Deeds::Deeds(TestWorld& world, Model& model, unsigned seed) : w_(world), model_(model), random_(seed) {
  if (seed % 4 == 1) {
    preferred_ = {&Deeds::read_hold, &Deeds::hand_over, &Deeds::approve_opening, &Deeds::ask_opening,
                  &Deeds::erase_proven};
  } else if (seed % 4 == 2) {
    preferred_ = {&Deeds::delete_card,       &Deeds::receive_by_authorization, &Deeds::renew,
                  &Deeds::redeem_code,       &Deeds::approve_authorization,    &Deeds::open_authorization,
                  &Deeds::push_authorization};
  }
}

bool Deeds::do_preferred() {
  if (preferred_.empty() || below(2) == 0) return false;
  for (const Deed deed : preferred_) {
    if ((this->*deed)()) return true;
  }
  return false;
}

bool Deeds::appeal() {
  Person* person = somebody([](const Person& one) { return one.case_state == "rejected" && !one.has_appealed; });
  if (person == nullptr) return false;
  begin("appeal", index_of(*person));
  w_.send_well(w_.account_request(person->device, "POST", "/api/v1/proofing/cases/" + person->case_id + "/appeal",
                                  R"({"text":"It is me."})"),
               202);
  person->case_state = "in_review";
  person->has_appealed = true;
  return true;
}

void Deeds::set_subscription(Person& person, bool wanted) {
  const json::Object browser{{"endpoint", "https://push.example/one"},
                             {"p256dh", base64url::encode(crypto::P256PrivateKey::generate().public_key().point())},
                             {"auth", base64url::encode(w_.rng.bytes(16))}};
  w_.send_well(w_.account_request(person.device, wanted ? "PUT" : "DELETE", "/api/v1/push-subscription",
                                  wanted ? json::serialize(browser) : std::string()),
               204);
  person.is_subscribed = wanted;
}

bool Deeds::subscribe() {
  Person* person = somebody([](const Person&) { return true; });
  if (person == nullptr) return false;
  begin("subscription", index_of(*person), person->is_subscribed ? "taken back" : "set");
  set_subscription(*person, !person->is_subscribed);
  return true;
}

bool Deeds::certify_reader() {
  if (model_.readers.size() >= kReadersMax) return false;
  if (!model_.nearby) {
    begin("register partner");
    model_.nearby = new_nearby_partner(w_, "nearby-shop");
    return true;
  }
  begin("certify reader");
  const Reply certified =
      w_.send_well(w_.bound_request(w_.token(*model_.nearby), "POST", "/api/v1/partner/readers",
                                    json::serialize(reader_body(crypto::P256PrivateKey::generate()))),
                   201);
  model_.readers.push_back({certified.text("reader_id")});
  return true;
}

bool Deeds::revoke_reader() {
  for (Reader& reader : model_.readers) {
    if (reader.is_revoked) continue;
    begin("revoke reader", 0, {});
    w_.send_well(w_.bound_request(w_.token(w_.akari), "POST", "/api/v1/staff/readers/" + reader.id + "/revocation"),
                 200);
    reader.is_revoked = true;
    return true;
  }
  return false;
}

bool Deeds::erase_proven() {
  if (model_.holds != 0) return false;
  Person* person = somebody([](const Person& one) { return one.case_state == "approved"; });
  if (person == nullptr) return false;
  erase(*person);
  return true;
}

Opening* Deeds::some_opening(Opening::Phase phase) {
  for (Opening& opening : model_.openings) {
    if (opening.phase == phase) return &opening;
  }
  return nullptr;
}

bool Deeds::ask_opening() {
  if (model_.holds == 0 || model_.openings.size() >= kOpeningsMax) return false;
  begin("read holds");
  const BoundToken token = w_.token(w_.akari);
  const json::Array holds =
      w_.send_well(w_.bound_request(token, "GET", "/api/v1/staff/legal-holds"), 200).json.at("holds").as_array();
  if (holds.empty()) throw std::runtime_error("what a law keeps is not there");
  const std::string hold_id(holds.at(below(holds.size())).as_object().at("hold_id").as_string());
  const json::Object order{{"case_number", "令和8年第12号"},
                           {"authority", "警視庁"},
                           {"article", "刑事訴訟法第218条"},
                           {"fields", json::Array{json::Value(kField)}}};
  begin("ask opening");
  const Reply asked = w_.send_well(
      w_.bound_request(token, "POST", "/api/v1/staff/legal-holds/" + hold_id + "/openings", json::serialize(order)),
      201);
  model_.openings.push_back({asked.text("opening_id"), hold_id});
  return true;
}

void Deeds::approve(Opening& opening) {
  w_.send_well(w_.bound_request(w_.token(w_.minoru), "POST", path_of(opening, "/approval"), "{}"), 200);
  opening.phase = Opening::Phase::approved;
}

bool Deeds::approve_opening() {
  Opening* opening = some_opening(Opening::Phase::asked);
  if (opening == nullptr) return false;
  begin("approve opening", static_cast<std::size_t>(opening - model_.openings.data()), opening->id);
  approve(*opening);
  return true;
}

bool Deeds::hand_over() {
  Opening* opening = some_opening(Opening::Phase::approved);
  if (opening == nullptr) return false;
  const auto index = static_cast<std::size_t>(opening - model_.openings.data());
  begin("take envelopes", index);
  const BoundToken token = w_.token(w_.akari);
  const Reply envelopes = w_.send_well(w_.bound_request(token, "GET", path_of(*opening, "/envelopes")), 200);
  json::Object halves;
  for (const auto& member : envelopes.json.at("fields").as_object()) {
    halves[member.key()] =
        must(legal_hold::open_outer(std::string_view(member.value().as_string()), *model_.vault_key_of_akari));
  }
  json::Object body;
  body["fields"] = std::move(halves);
  begin("hand over", index);
  w_.send_well(w_.bound_request(token, "POST", path_of(*opening, "/halves"), json::serialize(body)), 200);
  opening->phase = Opening::Phase::handed_over;
  return true;
}

void read_what_was_kept(TestWorld& w, const Model& model, Opening& opening) {
  const Reply read = w.send_well(w.bound_request(w.token(w.minoru), "POST", path_of(opening, "/reading"), "{}"), 200);
  opening.phase = Opening::Phase::read;
  const json::Value value =
      must(legal_hold::open_inner(std::string_view(read.json.at("fields").as_object().at(kField).as_string()),
                                  *model.vault_key_of_minoru, opening.hold_id, kField));
  if (value != "TAKAMORI") throw std::runtime_error("what a law keeps is something else");
}

bool Deeds::read_hold() {
  Opening* opening = some_opening(Opening::Phase::handed_over);
  if (opening == nullptr) return false;
  begin("read hold", static_cast<std::size_t>(opening - model_.openings.data()));
  read_what_was_kept(w_, model_, *opening);
  return true;
}

}  // namespace mibun::server
