#include "tests/server/killed/deeds.h"

#include <array>
#include <stdexcept>

#include "core/codecs/base64url.h"

namespace mibun::server {
namespace {

constexpr const char* kApprove = R"({"decision":"approve","reason_code":"all_checks_passed"})";
constexpr const char* kReject = R"({"decision":"reject","reason_code":"portrait_mismatch"})";
constexpr std::size_t kCopies = 2, kPeopleMax = 8;

}  // namespace

json::Array list_of(TestWorld& w, Device& device, const std::string& path, const char* member) {
  return w.send_well(w.account_request(device, "GET", path), 200).json.at(member).as_array();
}

Request* Deeds::some_request(Request::Phase phase) {
  std::vector<Request*> found;
  for (Request& request : model_.requests) {
    if (request.phase == phase) found.push_back(&request);
  }
  return found.empty() ? nullptr : found[below(found.size())];
}

std::string Deeds::new_id(const char* what) {
  return std::string(what) + "-" + base64url::encode(w_.rng.bytes(16));
}

void Deeds::do_one() {
  // What happens often stands more than once.
  static constexpr auto kDeeds = std::to_array<Deed>({&Deeds::register_somebody,
                                                      &Deeds::register_somebody,
                                                      &Deeds::prove,
                                                      &Deeds::decide,
                                                      &Deeds::decide,
                                                      &Deeds::receive,
                                                      &Deeds::receive,
                                                      &Deeds::inquire,
                                                      &Deeds::report,
                                                      &Deeds::keep_history,
                                                      &Deeds::back_up_history,
                                                      &Deeds::read_notice,
                                                      &Deeds::ask,
                                                      &Deeds::answer,
                                                      &Deeds::answer,
                                                      &Deeds::take,
                                                      &Deeds::take,
                                                      &Deeds::publish,
                                                      &Deeds::withdraw_notice,
                                                      &Deeds::revoke,
                                                      &Deeds::erase,
                                                      &Deeds::answer_inquiry,
                                                      &Deeds::register_partner,
                                                      &Deeds::begin_move,
                                                      &Deeds::begin_move,
                                                      &Deeds::begin_move,
                                                      &Deeds::confirm_move,
                                                      &Deeds::confirm_move,
                                                      &Deeds::confirm_move,
                                                      &Deeds::confirm_move,
                                                      &Deeds::complete_move,
                                                      &Deeds::complete_move,
                                                      &Deeds::complete_move,
                                                      &Deeds::ask_deletion,
                                                      &Deeds::ask_deletion,
                                                      &Deeds::ask_deletion,
                                                      &Deeds::answer_deletion,
                                                      &Deeds::answer_deletion,
                                                      &Deeds::answer_deletion,
                                                      &Deeds::appeal,
                                                      &Deeds::appeal,
                                                      &Deeds::subscribe,
                                                      &Deeds::push_authorization,
                                                      &Deeds::open_authorization,
                                                      &Deeds::approve_authorization,
                                                      &Deeds::redeem_code,
                                                      &Deeds::receive_by_authorization,
                                                      &Deeds::renew,
                                                      &Deeds::delete_card,
                                                      &Deeds::certify_reader,
                                                      &Deeds::certify_reader,
                                                      &Deeds::revoke_reader,
                                                      &Deeds::ask_opening,
                                                      &Deeds::approve_opening,
                                                      &Deeds::hand_over,
                                                      &Deeds::read_hold});
  if (do_preferred()) return finish();
  while (!(this->*kDeeds[below(kDeeds.size())])()) {
  }
  finish();
}

void Deeds::finish() {
  ++done_[doubt_->deed];
  doubt_.reset();
}

bool Deeds::register_somebody() {
  if (model_.people.size() >= kPeopleMax) return false;
  begin("register");
  model_.people.push_back({.device = w_.register_device(), .case_id = {}});
  return true;
}

bool Deeds::prove() {
  Person* person = somebody([](const Person& one) { return one.case_state.empty(); });
  if (person == nullptr) return false;
  begin("prove", index_of(*person));
  person->case_id = w_.case_in_review(person->device);
  person->case_state = "in_review";
  return true;
}

bool Deeds::decide() {
  Person* person = somebody([](const Person& one) { return one.case_state == "in_review"; });
  if (person == nullptr) return false;
  begin("decide", index_of(*person));
  const bool approves = person->approvals > 0 || below(4) != 0;
  std::vector<const Program*> reviewers;
  for (const Program* one : {&w_.akari, &w_.minoru, &w_.sora}) {
    if (one->id != person->rejected_by) reviewers.push_back(one);
  }
  const Program& reviewer = *reviewers.at(static_cast<std::size_t>(person->approvals));
  const Reply reply =
      w_.send_well(w_.bound_request(w_.token(reviewer), "POST", "/api/v1/staff/cases/" + person->case_id + "/decisions",
                                    approves ? kApprove : kReject),
                   200);
  if (approves && ++person->approvals == 2) person->case_state = "approved";
  if (!approves) {
    person->case_state = "rejected";
    person->rejected_by = reviewer.id;
    person->approvals = 0;
  }
  return true;
}

bool Deeds::receive() {
  Person* person = somebody([](const Person& one) { return one.case_state == "approved" && one.cards.size() < 8; });
  if (person == nullptr) return false;
  begin("receive", index_of(*person));
  for (HeldCard& card : w_.receive(w_.redeem(w_.offer_of(person->device, person->case_id)), kCopies)) {
    person->cards.push_back(std::move(card));
  }
  return true;
}

json::Object Deeds::body_of(const std::string& deed, const std::string& id) const {
  if (deed == "inquire") return {{"id", id}, {"kind", "card"}, {"text", "text of " + id}, {"country_agreed", "US"}};
  if (deed == "report") {
    return {{"id", id},
            {"reason_code", "pressure"},
            {"client_id", "x509_hash:abc"},
            {"organization", "むすび / Musubi"},
            {"on", "2026-11-28"},
            {"text", "text of " + id}};
  }
  json::Array events;
  const std::size_t many = deed == "backup" ? kEventsOfABackup : 1;
  for (std::size_t i = 0; i < many; ++i) {
    const std::string own = id + "-" + std::to_string(i);
    events.push_back(json::Object{{"id", own}, {"sealed", "a.b.c.d." + own}});
  }
  json::Object body;
  body["events"] = std::move(events);
  return body;
}

Reply Deeds::hand_in(Person& person, const char* path, const std::string& deed) {
  return w_.send_well(w_.account_request(person.device, "POST", path, json::serialize(body_of(deed, doubt_->id))), 201);
}

void Deeds::hand_in_doubtful() {
  if (doubt_->deed == "ask deletion") return ask_partner_to_delete(model_.requests.at(doubt_->person));
  if (doubt_->deed == "answer deletion") return say_of_deletion(model_.requests.at(doubt_->person), doubt_->id);
  if (doubt_->deed == "approve opening") return approve(model_.openings.at(doubt_->person));
  Person& person = model_.people.at(doubt_->person);
  if (doubt_->deed == "subscription") return set_subscription(person, doubt_->id == "set");
  if (doubt_->deed == "delete card") return tell_of_deletion(person);
  if (doubt_->deed == "complete move") return complete(person);
  if (doubt_->deed == "answer inquiry") return answer(person, doubt_->id);
  if (doubt_->deed == "inquire") {
    hand_in(person, "/api/v1/inquiries", "inquire");
    person.inquiries.insert(doubt_->id);
  } else if (doubt_->deed == "report") {
    hand_in(person, "/api/v1/reports", "report");
    person.reports.insert(doubt_->id);
  } else {
    const Reply kept = hand_in(person, "/api/v1/history", doubt_->deed);
    for (const json::Value& event : kept.json.at("events").as_array()) {
      person.history.emplace(event.as_object().at("id").as_string());
    }
  }
}

namespace {
bool anybody(const Person&) {
  return true;
}
}  // namespace

bool Deeds::inquire() {
  Person* person = somebody([](const Person& one) { return one.inquiries.size() < 3; });
  if (person == nullptr) return false;
  begin("inquire", index_of(*person), new_id("inquiry"));
  hand_in_doubtful();
  return true;
}

bool Deeds::report() {
  Person* person = somebody(anybody);
  if (person == nullptr) return false;
  begin("report", index_of(*person), new_id("report"));
  hand_in_doubtful();
  return true;
}

bool Deeds::keep_history() {
  Person* person = somebody(anybody);
  if (person == nullptr) return false;
  begin("history", index_of(*person), new_id("event"));
  hand_in_doubtful();
  return true;
}

bool Deeds::back_up_history() {
  Person* person = somebody(anybody);
  if (person == nullptr) return false;
  begin("backup", index_of(*person), new_id("backup"));
  hand_in_doubtful();
  return true;
}

bool Deeds::hand_in_again() {
  if (!doubt_ || doubt_->id.empty()) return false;
  hand_in_doubtful();
  return true;
}

bool Deeds::read_notice() {
  Person* person = somebody([](const Person& one) {
    return (one.case_state == "approved" || one.case_state == "rejected") && one.notices_read.empty();
  });
  if (person == nullptr) return false;
  begin("read notice", index_of(*person));
  const json::Array notices = list_of(w_, person->device, "/api/v1/notices", "notices");
  if (notices.empty()) throw std::runtime_error("a decision without a notice");
  const std::string id(notices[0].as_object().at("id").as_string());
  w_.send_well(w_.account_request(person->device, "POST", "/api/v1/notices/" + id + "/read"), 204);
  person->notices_read.insert(id);
  return true;
}

bool Deeds::ask() {
  begin("ask", model_.requests.size());
  model_.requests.push_back({.asked = w_.ask(w_.shop)});
  return true;
}

bool Deeds::answer() {
  Request* request = some_request(Request::Phase::asked);
  Person* person = somebody([](const Person& one) { return !one.cards.empty(); });
  if (request == nullptr || person == nullptr) return false;
  begin("answer", static_cast<std::size_t>(request - model_.requests.data()));
  const HeldCard& card = person->cards[below(person->cards.size())];
  const std::string redirect =
      w_.send_well(w_.answer(request->asked, w_.answer_form(w_.fetch(request->asked), card)), 200).text("redirect_uri");
  request->response_code = redirect.substr(redirect.find('=') + 1);
  request->phase = Request::Phase::answered;
  return true;
}

bool Deeds::take() {
  Request* request = some_request(Request::Phase::answered);
  if (request == nullptr) return false;
  begin("take", static_cast<std::size_t>(request - model_.requests.data()));
  request->receipt =
      w_.send_well(w_.take(w_.shop, request->asked.id, w_.claim(request->asked.session_secret, request->response_code)),
                   200)
          .text("consent_receipt");
  request->phase = Request::Phase::taken;
  return true;
}

bool Deeds::publish() {
  begin("publish");
  const json::Object draft{{"kind", "incident"}, {"ja", "発行が止まっています。"}, {"en", "Issuing has stopped."}};
  model_.public_notices.insert(
      w_.send_well(w_.bound_request(w_.token(w_.akari), "POST", "/api/v1/staff/public-notices", json::serialize(draft)),
                   201)
          .text("id"));
  return true;
}

bool Deeds::revoke() {
  Person* person = somebody(anybody);
  if (person == nullptr || below(2) != 0) return false;
  begin("revoke", index_of(*person));
  w_.send_well(w_.json_request("POST", "/api/v1/revocations", {{"revocation_code", person->device.revocation_code}}),
               200);
  person->account = AccountIs::revoked;
  return true;
}

bool Deeds::erase() {
  Person* person = somebody(anybody);
  if (person == nullptr) return false;
  erase(*person);
  return true;
}

void Deeds::erase(Person& person) {
  begin("erase", index_of(person));
  w_.send_well(w_.account_request(person.device, "DELETE", "/api/v1/account"), 200);
  person.account = AccountIs::erased;
  model_.holds += person.case_state == "approved" ? 1 : 0;
}

}  // namespace mibun::server
