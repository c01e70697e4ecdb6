#include <algorithm>

#include "tests/server/killed/deeds.h"
#include "tests/server/killed/judge.h"

// What takes many deeds to come to its end: authorizations, readers, what a law keeps. And subscriptions.
namespace mibun::server {
namespace {

constexpr auto kLive = std::chrono::seconds(45);  // of the minute that a code has

bool is_of(const std::optional<Doubt>& doubt, const char* deed) {
  return doubt && doubt->deed == deed;
}

bool is_of(const std::optional<Doubt>& doubt, const char* deed, std::size_t who) {
  return is_of(doubt, deed) && doubt->person == who;
}

// The step that comes next is taken, and the model learns it: whatever was acknowledged is enough for that.
std::string go_on(Person& person, std::size_t index, const std::optional<Doubt>& doubt) {
  Authorization& authorization = *person.authorization;
  const CodeFlow& flow = *authorization.flow;
  const bool is_late =
      authorization.phase != Authorization::Phase::granted && SystemClock().now() - authorization.since > kLive;
  if (is_late) return {};
  switch (authorization.phase) {
    case Authorization::Phase::pushed: {
      if (is_of(doubt, "open authorization", index)) return {};
      const Reply opened = flow.open(authorization.request_uri);
      if (opened.status() != 200) return "a pushed request cannot be opened: " + opened.code();
      authorization.authorization_id = opened.text("authorization_id");
      authorization.phase = Authorization::Phase::opened;
      return {};
    }
    case Authorization::Phase::opened: {
      const Reply approved = flow.decide(person.device, authorization.authorization_id);
      if (approved.status() != 200) {
        return is_of(doubt, "approve authorization", index) ? "" : "it cannot be agreed to: " + approved.code();
      }
      authorization.code = parameter(approved.text("redirect_to"), "code");
      authorization.phase = Authorization::Phase::approved;
      authorization.since = SystemClock().now();
      return {};
    }
    case Authorization::Phase::approved: {
      const Reply granted = flow.token(flow.code_fields(authorization.code));
      if (granted.status() != 200) {
        return is_of(doubt, "redeem code", index) ? "" : "a code is not taken: " + granted.code();
      }
      authorization.access_token = granted.text("access_token");
      authorization.refresh_token = granted.text("refresh_token");
      authorization.phase = Authorization::Phase::granted;
      // Used once, by whoever comes first.
      return flow.token(flow.code_fields(authorization.code)).status() == 200 ? "a code is taken twice" : "";
    }
    case Authorization::Phase::granted: {
      if (!authorization.access_token.empty()) return {};
      const Reply renewed = flow.token(flow.refresh_fields(authorization.refresh_token));
      if (renewed.status() != 200) {
        return is_of(doubt, "renew", index) ? "" : "a refresh token is not taken: " + renewed.code();
      }
      authorization.access_token = renewed.text("access_token");
      authorization.refresh_token = renewed.text("refresh_token");
      return {};
    }
  }
  return {};
}

std::string judge_authorizations(Model& model, const std::optional<Doubt>& doubt) {
  for (std::size_t i = 0; i < model.people.size(); ++i) {
    Person& person = model.people[i];
    if (!person.authorization || person.account != AccountIs::open) continue;
    if (is_of(doubt, "erase", i) || is_of(doubt, "revoke", i) || is_of(doubt, "move", i)) continue;
    if (std::string wrong = go_on(person, i, doubt); !wrong.empty()) return wrong;
  }
  return {};
}

std::string judge_readers(TestWorld& w, const Model& model, const std::optional<Doubt>& doubt) {
  const Reply reply = w.send_well(w.bound_request(w.token(w.akari), "GET", "/api/v1/staff/readers"), 200);
  const json::Array& rows = reply.json.at("readers").as_array();
  if (rows.size() < model.readers.size()) return "a reader is gone";
  if (rows.size() > model.readers.size() + (is_of(doubt, "certify reader") ? 1 : 0)) return "a reader stands twice";
  for (const Reader& reader : model.readers) {
    const auto found = std::ranges::find_if(
        rows, [&](const json::Value& row) { return row.as_object().at("reader_id").as_string() == reader.id; });
    if (found == rows.end()) return "a reader is gone";
    const json::Value* revoked_at = found->as_object().if_contains("revoked_at");
    const bool is_revoked = revoked_at != nullptr && revoked_at->is_string();
    if (is_revoked != reader.is_revoked && !is_of(doubt, "revoke reader")) return "a reader is wrongly good or revoked";
  }
  return {};
}

std::string judge_opening(TestWorld& w, const Model& model, Opening& opening, std::size_t index,
                          const std::optional<Doubt>& doubt) {
  const Reply shown =
      w.send(w.bound_request(w.token(w.sora), "GET", "/api/v1/staff/legal-hold-openings/" + opening.id));
  if (shown.status() != 200) return "an order is gone: " + shown.code();
  const auto has = [&](const char* member) {
    const json::Value* value = shown.json.if_contains(member);
    return value != nullptr && value->is_string();
  };
  const bool is_approved = has("approved_by"), is_read = has("read_at");
  if (is_approved != (opening.phase != Opening::Phase::asked) && !is_of(doubt, "approve opening", index)) {
    return "the second person's word is lost, or nobody gave it";
  }
  if (opening.phase == Opening::Phase::read) return is_read ? "" : "what was read is not known to be";
  if (is_read) return is_of(doubt, "read hold", index) ? "" : "it is read, and nobody did";
  if (opening.phase != Opening::Phase::handed_over) return {};
  read_what_was_kept(w, model, opening);
  return {};
}

// Nothing of it is anybody's alone: what is kept is kept whole, with the erasure of its person or not at all.
std::string judge_holds(TestWorld& w, Model& model, const std::optional<Doubt>& doubt) {
  const Reply reply = w.send_well(w.bound_request(w.token(w.akari), "GET", "/api/v1/staff/legal-holds"), 200);
  const std::size_t found = reply.json.at("holds").as_array().size();
  const bool may_have_gone = is_of(doubt, "erase") && model.people.at(doubt->person).case_state == "approved";
  if (found < model.holds) return "what a law keeps is gone";
  if (found > model.holds + (may_have_gone ? 1 : 0)) return "a law keeps more than one record of a person";
  for (std::size_t i = 0; i < model.openings.size(); ++i) {
    if (std::string wrong = judge_opening(w, model, model.openings[i], i, doubt); !wrong.empty()) return wrong;
  }
  return {};
}

}  // namespace

std::string what_was_lost_of_long_ones(TestWorld& w, Model& model, const std::optional<Doubt>& doubt) {
  if (std::string wrong = judge_authorizations(model, doubt); !wrong.empty()) return wrong;
  if (std::string wrong = judge_readers(w, model, doubt); !wrong.empty()) return wrong;
  return judge_holds(w, model, doubt);
}

std::string what_is_half_subscribed(database::Database& database, const Model& model,
                                    const std::optional<Doubt>& doubt) {
  for (std::size_t i = 0; i < model.people.size(); ++i) {
    const Person& person = model.people[i];
    if (person.account != AccountIs::open) continue;
    const auto found = must(database.row("SELECT COUNT(*) FROM push_subscriptions WHERE account_id = ?",
                                         std::string(person.device.account_id)))
                           ->integer(0);
    const bool doubtful = is_of(doubt, "subscription", i) || is_of(doubt, "erase", i) || is_of(doubt, "revoke", i) ||
                          is_of(doubt, "move", i);
    if (found != (person.is_subscribed ? 1 : 0) && !doubtful) return "a subscription is gone, or back";
  }
  return {};
}

}  // namespace mibun::server
