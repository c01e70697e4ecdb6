#include "core/codecs/base64url.h"
#include "tests/server/killed/deeds.h"

// What partners and staff do beside asking and deciding: deletions, inquiries, notices, and partners themselves.
namespace mibun::server {
namespace {

constexpr std::size_t kPartnersMax = 3;

}  // namespace

void Deeds::ask_partner_to_delete(Request& request) {
  const Reply asked = w_.send_well(w_.json_request("POST", "/api/v1/deletion-requests",
                                                   {{"receipt", request.receipt}, {"secret", request.deletion_secret}}),
                                   201);
  request.deletion_id = asked.text("deletion_id");
  request.deletion_state = "sent";
}

bool Deeds::ask_deletion() {
  Request* request = some_request(Request::Phase::taken);
  if (request == nullptr || !request->deletion_secret.empty()) return false;
  request->deletion_secret = base64url::encode(w_.rng.bytes(32));
  begin("ask deletion", static_cast<std::size_t>(request - model_.requests.data()), request->asked.id);
  ask_partner_to_delete(*request);
  return true;
}

void Deeds::say_of_deletion(Request& request, const std::string& state) {
  w_.send_well(w_.bound_request(w_.token(w_.shop), "POST", "/api/v1/partner/deletion-requests/" + request.deletion_id,
                                json::serialize(json::Object{{"state", state}})),
               200);
  request.deletion_state = state;
}

bool Deeds::answer_deletion() {
  Request* request = some_request(Request::Phase::taken);
  if (request == nullptr || request->deletion_id.empty() || request->deletion_state == "done") return false;
  const bool was_received = request->deletion_state == "received" || below(2) == 0;
  begin("answer deletion", static_cast<std::size_t>(request - model_.requests.data()),
        was_received ? "done" : "received");
  hand_in_doubtful();
  return true;
}

void Deeds::answer(Person& person, const std::string& inquiry_id) {
  w_.send_well(w_.bound_request(w_.token(w_.akari), "POST", "/api/v1/staff/inquiries/" + inquiry_id + "/answer",
                                json::serialize(json::Object{{"text", "answer to " + inquiry_id}})),
               200);
  person.answered.insert(inquiry_id);
}

bool Deeds::answer_inquiry() {
  Person* person = somebody([](const Person& one) { return one.answered.size() < one.inquiries.size(); });
  if (person == nullptr) return false;
  begin("read inquiries", index_of(*person));
  for (const json::Value& row : list_of(w_, person->device, "/api/v1/inquiries", "inquiries")) {
    const std::string id(row.as_object().at("inquiry_id").as_string());
    if (person->answered.contains(id)) continue;
    begin("answer inquiry", index_of(*person), id);
    answer(*person, id);
    return true;
  }
  throw std::runtime_error("an inquiry that was acknowledged is not in the list");
}

bool Deeds::withdraw_notice() {
  if (model_.public_notices.empty()) return false;
  begin("withdraw");
  const std::string id = *model_.public_notices.begin();
  model_.public_notices.erase(id);  // from now on it may be there or not
  w_.send_well(w_.bound_request(w_.token(w_.minoru), "POST", "/api/v1/staff/public-notices/" + id + "/withdrawal"),
               200);
  model_.withdrawn_notices.insert(id);
  return true;
}

bool Deeds::register_partner() {
  if (model_.partners.size() >= kPartnersMax) return false;
  begin("register partner");
  const Program partner = w_.new_program("new-partner-" + std::to_string(model_.partners.size()));
  w_.send_well(w_.bound_request(w_.token(w_.akari), "POST", "/api/v1/staff/partners",
                                json::serialize(w_.partner_application(partner))),
               201);
  model_.partners.push_back(partner);
  return true;
}

}  // namespace mibun::server
