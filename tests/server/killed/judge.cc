#include "tests/server/killed/judge.h"

#include "core/codecs/base64url.h"
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

bool opens(TestWorld& w, Device& device) {
  return w.send(w.account_request(device, "GET", "/api/v1/account")).status() == 200;
}

json::Object move_seen_by(TestWorld& w, const Move& move, const Bytes& watch) {
  return w
      .send_well(w.json_request("POST", "/api/v1/moves/" + move.id + "/state", {{"watch", base64url::encode(watch)}}),
                 200)
      .json;
}

// The account is one device's, whole: a confirmation in doubt either happened with everything that goes with it, or
// not.
std::string judge_move(TestWorld& w, Person& person, std::size_t index, const std::optional<Doubt>& doubt) {
  Move& move = *person.move;
  if (move.phase == Move::Phase::opened && is_doubtful(doubt, "move", index) && opens(w, move.other)) {
    person.take_over();
  }
  if (opens(w, move.other)) return "two devices open one account";
  const json::Object seen = move_seen_by(w, move, move.new_watch);
  const json::Value& state = seen.at("state");
  if (move_seen_by(w, move, move.old_watch).at("state") != state) return "the two sides see different moves";
  switch (move.phase) {
    case Move::Phase::opened:
      return state == "opened" ? "" : "nobody confirmed, and the move is further";
    case Move::Phase::confirmed:
      if (state == "completed" && is_doubtful(doubt, "complete move", index)) return "";
      if (state != "confirmed") return "a confirmed move is not";
      return seen.contains("luggage") && seen.at("luggage") == kLuggage ? "" : "what was packed is gone";
    case Move::Phase::completed:
      return state == "completed" ? "" : "a completed move is not";
  }
  return {};
}

std::string judge_inquiries(TestWorld& w, Person& person, std::size_t index, const std::optional<Doubt>& doubt) {
  const json::Array inquiries = list_of(w, person.device, "/api/v1/inquiries", "inquiries");
  const std::size_t more = is_doubtful(doubt, "inquire", index) ? 1 : 0;
  if (inquiries.size() < person.inquiries.size()) return "an inquiry is gone";
  if (inquiries.size() > person.inquiries.size() + more) return "an inquiry stands twice";
  for (const json::Value& row : inquiries) {
    const std::string id(row.as_object().at("inquiry_id").as_string());
    const bool answered = row.as_object().contains("answer");
    if (person.answered.contains(id) && !answered) return "an answer to an inquiry is gone";
    const bool doubtful = is_doubtful(doubt, "answer inquiry", index) && doubt->id == id;
    if (answered && !person.answered.contains(id) && !doubtful) return "an inquiry has an answer that nobody gave";
  }
  return {};
}

std::string judge_person(TestWorld& w, Person& person, std::size_t index, const std::optional<Doubt>& doubt) {
  const Reply account = w.send(w.account_request(person.device, "GET", "/api/v1/account"));
  const bool is_open = account.status() == 200;
  const bool may_have_closed = is_doubtful(doubt, "erase", index) || is_doubtful(doubt, "revoke", index);
  if (person.account != AccountIs::open) return is_open ? "a closed account is open again" : "";
  const bool may_have_moved = is_doubtful(doubt, "move", index) && person.move->phase == Move::Phase::opened;
  if (!is_open && !may_have_moved) return may_have_closed ? "" : "an account is gone: " + account.code();
  if (!is_open && !opens(w, person.move->other)) return "an account is neither device's";

  if (person.move && !may_have_closed) {
    if (std::string wrong = judge_move(w, person, index, doubt); !wrong.empty()) return wrong;
  }
  if (!person.case_id.empty()) {
    const std::string state =
        w.send_well(w.account_request(person.device, "GET", "/api/v1/proofing/cases/" + person.case_id), 200)
            .text("state");
    const bool may_be_another = is_doubtful(doubt, "decide", index) || is_doubtful(doubt, "appeal", index);
    if (state != person.case_state && !may_be_another) return "a case went back to " + state;
  }
  json::Array events;  // only what the wallet handed in
  for (const json::Value& event : list_of(w, person.device, "/api/v1/history", "events")) {
    if (event.as_object().at("source") == "wallet") events.push_back(event);
  }
  if (!has_all(ids_in(events, "id"), person.history)) return "an event of the history is gone";
  const std::size_t more_events = events.size() - person.history.size();
  const bool settled = more_events == 0 || (more_events == 1 && is_doubtful(doubt, "history", index)) ||
                       (more_events == kEventsOfABackup && is_doubtful(doubt, "backup", index));
  if (!settled)
    return "an event of the history stands twice, some of a backup are missing, or an old device's is there";
  if (std::string wrong = judge_inquiries(w, person, index, doubt); !wrong.empty()) return wrong;
  for (const json::Value& row : list_of(w, person.device, "/api/v1/notices", "notices")) {
    const json::Object& notice = row.as_object();
    if (person.notices_read.contains(std::string(notice.at("id").as_string())) && !notice.at("read").as_bool()) {
      return "a notice that was read is new again";
    }
  }
  return {};
}

std::string judge_deletion(TestWorld& w, const Request& request, std::size_t index, const std::optional<Doubt>& doubt) {
  if (request.deletion_id.empty()) return {};
  TestRequest look{"GET", "/api/v1/deletion-requests/" + request.deletion_id, "", {}};
  const Reply reply = w.send(look.add("Authorization", "Bearer " + request.deletion_secret));
  if (reply.status() != 200) return "a wish for deletion is gone: " + reply.code();
  const std::string state = reply.text("state");
  const bool may_be_further = is_doubtful(doubt, "answer deletion", index) && state == doubt->id;
  return state == request.deletion_state || may_be_further ? "" : "a wish for deletion is " + state;
}

// The partner hears of each once.
std::string judge_deletions_of_partner(TestWorld& w, const Model& model, const std::optional<Doubt>& doubt) {
  std::size_t wanted = doubt && doubt->deed == "ask deletion" ? 1 : 0;
  Ids asked;
  for (const Request& request : model.requests) {
    if (!request.deletion_id.empty()) asked.insert(request.deletion_id);
  }
  wanted += asked.size();
  const Reply reply = w.send_well(w.bound_request(w.token(w.shop), "GET", "/api/v1/partner/deletion-requests"), 200);
  const json::Array& rows = reply.json.at("deletion_requests").as_array();
  if (!has_all(ids_in(rows, "deletion_id"), asked)) return "a wish for deletion is not in the partner's list";
  return rows.size() > wanted ? "a wish for deletion stands twice" : "";
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
      return again.status() == 200 ? "a result was given twice" : judge_deletion(w, request, index, doubt);
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
  const Reply reply = w.send_well({.target = "/api/v1/public-notices"}, 200);
  if (!has_all(ids_in(reply.json.at("notices").as_array(), "id"), model.public_notices)) {
    return "a public notice is gone";
  }
  for (const std::string& id : ids_in(reply.json.at("notices").as_array(), "id")) {
    if (model.withdrawn_notices.contains(id)) return "a public notice that was withdrawn is there again";
  }
  if (std::string lost = judge_deletions_of_partner(w, model, doubt); !lost.empty()) return lost;
  if (std::string lost = what_was_lost_of_long_ones(w, model, doubt); !lost.empty()) return lost;
  for (const Program& partner : model.partners) {
    const Reply token = w.send(w.client_credentials(partner, sign_jwt(w.client_assertion(partner), *partner.key)));
    if (token.status() != 200) return "a partner is gone: " + token.code();
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
