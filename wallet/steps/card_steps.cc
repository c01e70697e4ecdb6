#include <algorithm>

#include "wallet/card_status.h"
#include "wallet/new_card.h"
#include "wallet/renewal_plan.h"
#include "wallet/steps/forms.h"
#include "wallet/steps/steps.h"

namespace mibun::wallet {

namespace {

// When what the card says was confirmed, as its issuer signed it; null where it does not say, or no copy is left. One
// that cannot be read says so on its own page, and hides no other.
json::Value checked_on(const Host& host, const Card& card) {
  const auto copy = CardStore(host.store, host.keys).next_copy(card.id);
  if (!copy || !*copy) return nullptr;
  const auto held = oid4vp::HeldCard::reopen_stored(card.format, (*copy)->credential);
  if (!held) return nullptr;
  const auto date = provenance_of(*held).checked_on;
  return date ? json::Value(forms::text(date_label(*date))) : json::Value(nullptr);
}

}  // namespace

// {} -> {"cards":[card and "checked_on"],"waiting"}
Steps::Reply Steps::cards(Arguments& arguments) {
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(const auto listed, CardStore(host_.store, host_.keys).list());
  json::Array cards;
  for (const Card& one : listed) {
    MIBUN_TRY(json::Object form, forms::card(host_, one));
    form["checked_on"] = checked_on(host_, one);
    cards.push_back(std::move(form));
  }
  MIBUN_TRY(const auto pending, GrantStore(host_).pending());
  json::Array waiting;
  for (const PendingCard& one : pending) waiting.push_back(forms::waiting(one));
  return json::Object{{"cards", std::move(cards)}, {"waiting", std::move(waiting)}};
}

// {"id"} -> {"card","claims","checked_on"}: what it says and where its issuer has that from, from a copy that was not
// shown yet; of a used up card nothing is left.
Steps::Reply Steps::card(Arguments& arguments) {
  MIBUN_TRY(const std::string_view id, arguments.string("id"));
  MIBUN_CHECK(arguments.finish());
  CardStore store(host_.store, host_.keys);
  MIBUN_TRY(const auto listed, store.list());
  const auto found = std::ranges::find(listed, id, &Card::id);
  if (found == listed.end()) return fail(ErrorCode::not_found, "card");
  json::Object answer;
  MIBUN_TRY(answer["card"], forms::card(host_, *found));
  MIBUN_TRY(const auto copy, store.next_copy(found->id));
  json::Array claims;
  answer["checked_on"] = nullptr;
  if (copy) {
    MIBUN_TRY(const auto held, oid4vp::HeldCard::reopen_stored(found->format, copy->credential));
    const Provenance provenance = provenance_of(held);
    claims = forms::claims(preview_claims(held), &provenance);
    if (provenance.checked_on) answer["checked_on"] = forms::text(date_label(*provenance.checked_on));
  }
  answer["claims"] = std::move(claims);
  return answer;
}

// {} -> {"asked","changed":[card],"next"}: asks the issuers' status lists about the cards whose turn has come; whether
// there were any, what changed since the last time, and when to ask again (or null).
Steps::Reply Steps::card_states(Arguments& arguments) {
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(const StatusRound round, check_card_status(host_));
  json::Array changed;
  for (const Card& one : round.changed) {
    MIBUN_TRY(json::Object form, forms::card(host_, one));
    changed.push_back(std::move(form));
  }
  json::Object answer{{"asked", round.asked}, {"changed", std::move(changed)}, {"next", nullptr}};
  if (round.next) answer["next"] = forms::time(*round.next);
  return answer;
}

// {"id"} -> {"card"}
Steps::Reply Steps::renew(Arguments& arguments) {
  MIBUN_TRY(const std::string_view id, arguments.string("id"));
  MIBUN_CHECK(arguments.finish());
  MIBUN_CHECK(drop_open());
  MIBUN_TRY(Account * mine, account());
  MIBUN_TRY(const Card renewed, wallet::renew(host_, mine->provider, std::string(id)));
  json::Object answer;
  MIBUN_TRY(answer["card"], forms::card(host_, renewed));
  return answer;
}

// {} -> {"due":[{"card","asks_person","at","failures","failure","by_hand"}],"next"}: what is to be renewed without
// anybody asking, and when to look again (ms and words, or null). Asks nobody and sends nothing.
Steps::Reply Steps::renewals(Arguments& arguments) {
  MIBUN_CHECK(arguments.finish());
  MIBUN_TRY(const RenewalPlan plan, plan_renewals(host_));
  json::Array due;
  for (const DueRenewal& one : plan.due) {
    json::Object form{{"asks_person", one.asks_person},
                      {"at", forms::time(one.at)},
                      {"failures", one.failures},
                      {"failure", nullptr},
                      {"by_hand", one.by_hand}};
    MIBUN_TRY(form["card"], forms::card(host_, one.card));
    if (!one.failure.empty()) form["failure"] = one.failure;
    due.push_back(std::move(form));
  }
  json::Object answer{{"due", std::move(due)}, {"next", nullptr}};
  if (plan.next) answer["next"] = forms::time(*plan.next);
  return answer;
}

// {"id"} -> {}: a card, or one that is waited for.
Steps::Reply Steps::remove_card(Arguments& arguments) {
  MIBUN_TRY(const std::string_view id, arguments.string("id"));
  MIBUN_CHECK(arguments.finish());
  MIBUN_CHECK(drop_open());
  MIBUN_TRY(Account * mine, account());
  MIBUN_CHECK(wallet::remove_card(host_, mine->provider, std::string(id)));
  return json::Object{};
}

}  // namespace mibun::wallet
