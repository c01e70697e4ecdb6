#include "wallet/authorization.h"
#include "wallet/new_card.h"
#include "wallet/renewal.h"
#include "wallet/steps/forms.h"
#include "wallet/steps/offer_forms.h"
#include "wallet/steps/steps.h"

namespace mibun::wallet {
namespace {

Result<json::Object> outcome_form(const Host& host, const ReceiveOutcome& outcome) {
  if (const auto* pending = std::get_if<PendingCard>(&outcome)) {
    json::Object form = forms::waiting(*pending);
    form["step"] = "waiting";
    return form;
  }
  const auto& received = std::get<ReceivedCard>(outcome);
  json::Object form{{"step", "done"}, {"claims", forms::claims(received.claims)}};
  MIBUN_TRY(form["card"], forms::card(host, received.card));
  return form;
}

}  // namespace

// What comes next. An error stops it: it can go on from where it is, or nothing of it is left.
Steps::Reply Steps::after(Result<Receiving::Turn> turn) {
  visit_.reset();
  if (!turn) return stopped(turn.error());
  if (const auto* question = std::get_if<oid4vci::AskHolder>(&*turn)) {
    MIBUN_TRY(const Account* mine, account());
    return forms::offer_question(host_, mine->profile.origin, *question);
  }
  if (const auto* visit = std::get_if<oid4vci::OpenAuthorization>(&*turn)) {
    visit_ = *visit;
    MIBUN_TRY(const Account* mine, account());
    return json::Object{{"step", "visit"}, {"url", visit->url}, {"own", is_own_server(*visit, mine->profile)}};
  }
  receiving_.reset();
  if (auto* pending = std::get_if<PendingCard>(&*turn)) return outcome_form(host_, std::move(*pending));
  return outcome_form(host_, std::get<ReceivedCard>(std::move(*turn)));
}

// {"step":"stopped","next","error"}
//   next: "again" is a step that can go on, "anew" means that the offer can be opened anew, "new_offer" that only
//   another one helps
json::Object Steps::stopped(const Error& error) {
  std::string_view next = "again";
  if (!receiving_->can_go_on()) {
    next = receiving_->can_begin_anew(error) ? "anew" : "new_offer";
    receiving_.reset();
  }
  return {{"step", "stopped"}, {"next", next}, {"error", forms::error(error)}};
}

// {"link","fetch"} -> {"step":"fetch","origin"} | Question
Steps::Reply Steps::receive_open(Arguments& arguments) {
  MIBUN_TRY(const std::string_view link, arguments.string("link"));
  MIBUN_TRY(const bool may_fetch, arguments.boolean("fetch"));
  MIBUN_CHECK(arguments.finish());
  MIBUN_CHECK(drop_open());
  MIBUN_TRY(Account * mine, account());
  MIBUN_TRY(oid4vci::OfferLink offer, oid4vci::parse_offer_link(link));
  if (const auto* reference = std::get_if<oid4vci::OfferReference>(&offer)) {
    // One of our own server is nobody else's.
    if (!may_fetch && reference->origin() != mine->profile.origin) {
      return json::Object{{"step", "fetch"}, {"origin", reference->origin()}};
    }
    MIBUN_TRY(offer, fetch_offer(host_.http, oid4vci::OfferReference(*reference)));
  }
  auto start = oid4vci::IssuanceStart::from(std::get<oid4vci::CredentialOffer>(std::move(offer)));
  MIBUN_TRY(auto receiving, Receiving::open(host_, mine->provider, std::move(start)));
  MIBUN_TRY(Receiving::Turn first, receiving->begin());
  receiving_ = std::move(receiving);
  return after(Result<Receiving::Turn>(std::move(first)));
}

// {"agreed","tx_code"?,"card"?} -> Question | visit | done | waiting | {"step":"refused"} | stopped
Steps::Reply Steps::receive_answer(Arguments& arguments) {
  MIBUN_TRY(const bool agreed, arguments.boolean("agreed"));
  MIBUN_TRY(const auto code, arguments.optional_string("tx_code"));
  MIBUN_TRY(const auto chosen, arguments.optional_string("card"));
  MIBUN_CHECK(arguments.finish());
  if (!receiving_ || visit_ || receiving_->can_go_on()) {
    return fail(ErrorCode::invalid_argument, "receive_answer", "nothing was asked");
  }
  if (!agreed) {
    receiving_.reset();
    return json::Object{{"step", "refused"}};
  }
  return after(
      receiving_->agreed({code ? std::optional<std::string>(*code) : std::nullopt, std::string(chosen.value_or(""))}));
}

// {"url"?} -> as receive_answer. Without an address, at our own server, the account's own credential signs in.
Steps::Reply Steps::receive_visited(Arguments& arguments) {
  MIBUN_TRY(const auto url, arguments.optional_string("url"));
  MIBUN_CHECK(arguments.finish());
  if (!receiving_ || !visit_) return fail(ErrorCode::invalid_argument, "receive_visited", "nobody was sent anywhere");
  if (url) return after(receiving_->arrived(std::string(*url)));
  MIBUN_TRY(Account * mine, account());
  MIBUN_TRY(std::string redirect, sign_in(host_, mine->api, mine->profile, *visit_));
  return after(receiving_->arrived(std::move(redirect)));
}

// {} -> as receive_answer: what stopped is tried again.
Steps::Reply Steps::receive_again(Arguments& arguments) {
  MIBUN_CHECK(arguments.finish());
  if (!receiving_ || !receiving_->can_go_on()) {
    return fail(ErrorCode::invalid_argument, "receive_again", "nothing can go on");
  }
  return after(receiving_->again());
}

// {"id"} -> done | waiting
Steps::Reply Steps::fetch_waiting(Arguments& arguments) {
  MIBUN_TRY(const std::string_view id, arguments.string("id"));
  MIBUN_CHECK(arguments.finish());
  MIBUN_CHECK(drop_open());
  MIBUN_TRY(Account * mine, account());
  MIBUN_TRY(const ReceiveOutcome outcome, fetch_pending(host_, mine->provider, std::string(id)));
  return outcome_form(host_, outcome);
}

}  // namespace mibun::wallet
