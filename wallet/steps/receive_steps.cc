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

// What comes next; after an error or the end nothing of it is left.
Steps::Reply Steps::after(Result<Receiving::Turn> turn) {
  visit_.reset();
  if (!turn) {
    receiving_.reset();
    return std::unexpected(turn.error());
  }
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
  MIBUN_TRY(receiving_, Receiving::open(host_, mine->provider, std::move(start)));
  return after(receiving_->begin());
}

// {"agreed","tx_code"?,"card"?} -> Question | visit | done | waiting | {"step":"refused"}
Steps::Reply Steps::receive_answer(Arguments& arguments) {
  MIBUN_TRY(const bool agreed, arguments.boolean("agreed"));
  MIBUN_TRY(const auto code, arguments.optional_string("tx_code"));
  MIBUN_TRY(const auto chosen, arguments.optional_string("card"));
  MIBUN_CHECK(arguments.finish());
  if (!receiving_ || visit_) return fail(ErrorCode::invalid_argument, "receive_answer", "nothing was asked");
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
