#include "tests/server/killed/judge.h"

#include <map>

#include "tests/server/killed/deeds.h"
#include "tests/server/killed/wire.h"

namespace mibun::server {
namespace {

using Ids = std::set<std::string>;

Ids ids_in(const json::Array& rows, const char* member) {
  Ids ids;
  for (const json::Value& row : rows) {
    if (const json::Value* id = row.as_object().if_contains(member)) ids.emplace(id->as_string());
  }
  return ids;
}

// Everything that was acknowledged is in `found`.
bool has_all(const Ids& found, const Ids& acknowledged) {
  for (const std::string& id : acknowledged) {
    if (!found.contains(id)) return false;
  }
  return true;
}

bool is_doubtful(const std::optional<Doubt>& doubt, const char* deed, std::size_t who) {
  return doubt && doubt->deed == deed && doubt->person == who;
}

std::string judge_person(TestWorld& w, Person& person, std::size_t index, const std::optional<Doubt>& doubt) {
  const Reply account = w.send(w.account_request(person.device, "GET", "/api/v1/account"));
  const bool is_open = account.status() == 200;
  const bool may_have_closed = is_doubtful(doubt, "erase", index) || is_doubtful(doubt, "revoke", index);
  if (person.account != AccountIs::open) return is_open ? "a closed account is open again" : "";
  if (!is_open) return may_have_closed ? "" : "an account is gone: " + account.code();

  if (!person.case_id.empty()) {
    const std::string state =
        w.send_well(w.account_request(person.device, "GET", "/api/v1/proofing/cases/" + person.case_id), 200)
            .text("state");
    if (state != person.case_state && !is_doubtful(doubt, "decide", index)) return "a case went back to " + state;
  }
  json::Array events;  // only what the wallet handed in
  for (const json::Value& event : list_of(w, person.device, "/api/v1/history", "events")) {
    if (event.as_object().at("source") == "wallet") events.push_back(event);
  }
  if (!has_all(ids_in(events, "id"), person.history)) return "an event of the history is gone";
  const std::size_t more_events = is_doubtful(doubt, "history", index) ? 1 : 0;
  if (events.size() > person.history.size() + more_events) return "an event of the history stands twice";
  const json::Array inquiries = list_of(w, person.device, "/api/v1/inquiries", "inquiries");
  const std::size_t more = is_doubtful(doubt, "inquire", index) ? 1 : 0;
  if (inquiries.size() < person.inquiries.size()) return "an inquiry is gone";
  if (inquiries.size() > person.inquiries.size() + more) return "an inquiry stands twice";
  for (const json::Value& row : list_of(w, person.device, "/api/v1/notices", "notices")) {
    const json::Object& notice = row.as_object();
    if (person.notices_read.contains(std::string(notice.at("id").as_string())) && !notice.at("read").as_bool()) {
      return "a notice that was read is new again";
    }
  }
  return {};
}

// Both sides see what was asked, once, and what the partner answered.
std::string judge_deletions(TestWorld& w, const Model& model, const std::optional<Doubt>& doubt) {
  std::map<std::string, std::string> seen;  // by the partner
  const Reply reply = w.send_well(w.bound_request(w.token(w.shop), "GET", "/api/v1/partner/deletion-requests"), 200);
  for (const json::Value& row : reply.json.at("deletion_requests").as_array()) {
    const json::Object& one = row.as_object();
    seen.emplace(one.at("deletion_id").as_string(), one.at("state").as_string());
  }
  std::size_t asked = 0;
  for (std::size_t i = 0; i < model.requests.size(); ++i) {
    const Request& request = model.requests[i];
    if (request.deletion_id.empty()) continue;
    ++asked;
    TestRequest look{"GET", "/api/v1/deletion-requests/" + request.deletion_id, "", {}};
    look.add("Authorization", "Bearer " + request.deletion_secret);
    const Reply own = w.send(look);
    if (own.status() != 200) return "what was asked of a partner is gone: " + own.code();
    const std::string state = own.text("state");
    const auto found = seen.find(request.deletion_id);
    if (found == seen.end() || found->second != state) return "person and partner see two things of a deletion";
    if (state == request.deletion_state) continue;
    const bool went_on = state == "done" || (state == "received" && request.deletion_state == "sent");
    if (!went_on || !is_doubtful(doubt, "answer deletion", i))
      return "a partner's answer went from " + request.deletion_state + " to " + state;
  }
  const std::size_t more = doubt && doubt->deed == "ask deletion" ? 1 : 0;
  return seen.size() > asked + more ? "a deletion was asked for twice" : "";
}

std::string judge_request(TestWorld& w, Request& request, std::size_t index, const std::optional<Doubt>& doubt) {
  const Reply reply = w.send(w.bound_request(w.token(w.shop), "GET", "/api/v1/partner/requests/" + request.asked.id));
  if (reply.status() != 200) return "a request is gone: " + reply.code();
  const std::string state = reply.text("state");
  const bool answered = state == "answered", taken = state == "delivered";
  switch (request.phase) {
    case Request::Phase::asked:
      if (answered && is_doubtful(doubt, "answer", index)) return {};
      return answered || taken ? "nobody answered, and the request is " + state : "";
    case Request::Phase::answered:
      if (taken && is_doubtful(doubt, "take", index)) return {};
      return answered ? "" : "an answered request is " + state;
    case Request::Phase::taken: {
      const Reply again =
          w.send(w.take(w.shop, request.asked.id, w.claim(request.asked.session_secret, request.response_code)));
      return again.status() == 200 ? "a result was given twice" : "";
    }
  }
  return {};
}

}  // namespace

std::string what_was_lost(TestWorld& w, Model& model, const std::optional<Doubt>& doubt) {
  for (std::size_t i = 0; i < model.people.size(); ++i) {
    if (std::string lost = judge_person(w, model.people[i], i, doubt); !lost.empty()) return lost;
  }
  for (std::size_t i = 0; i < model.requests.size(); ++i) {
    if (std::string lost = judge_request(w, model.requests[i], i, doubt); !lost.empty()) return lost;
  }
  if (std::string lost = judge_deletions(w, model, doubt); !lost.empty()) return lost;
  const Reply reply = w.send_well({.target = "/api/v1/public-notices"}, 200);
  if (!has_all(ids_in(reply.json.at("notices").as_array(), "id"), model.public_notices)) {
    return "a public notice is gone";
  }
  const json::Array reports =
      w.send_well(w.bound_request(w.token(w.akari), "GET", "/api/v1/staff/reports"), 200).json.at("reports").as_array();
  std::size_t kept = 0;
  for (const Person& person : model.people) kept += person.account == AccountIs::erased ? 0 : person.reports.size();
  const std::size_t doubtful = doubt && doubt->deed == "erase" ? model.people.at(doubt->person).reports.size() : 0;
  if (reports.size() + doubtful < kept) return "a report is gone";
  const std::size_t more = doubt && doubt->deed == "report" ? 1 : 0;
  return reports.size() > kept + more ? "a report stands twice, or that of somebody erased is there" : "";
}

void live_anew(TestWorld& w, Model& model) {
  Device device = w.register_device();
  const json::Object inquiry{
      {"id", "inquiry-" + device.account_id}, {"kind", "card"}, {"text", "anew"}, {"country_agreed", "US"}};
  w.send_well(w.account_request(device, "POST", "/api/v1/inquiries", json::serialize(inquiry)), 201);
  for (const Person& person : model.people) {
    if (person.account != AccountIs::open || person.cards.empty()) continue;
    const AskedRequest asked = w.ask(w.shop);
    const Reply answered = w.send(w.answer(asked, w.answer_form(w.fetch(asked), person.cards.front())));
    if (answered.status() == 200) break;  // of one in doubt, the cards may have been revoked
    if (answered.status() >= 500) throw std::runtime_error("sharing: " + answered.response.body);
  }
  w.send_well(w.account_request(device, "DELETE", "/api/v1/account"), 200);
}

}  // namespace mibun::server
