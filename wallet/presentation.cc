#include "wallet/presentation.h"

#include "core/codecs/url.h"
#include "core/oid4vp/consent.h"
#include "wallet/receipts.h"
#include "wallet/trust.h"

namespace mibun::wallet {
namespace {

using Begin = std::variant<std::string, BrowserRequest>;  // a link, or what the browser handed over

// One request from its beginning to history.
class Exchange {
 public:
  Exchange(const Host& host, ServerApi& api, const TrustList& trust, const RequestProfile& answered,
           SpendingCardBox& box)
      : host_(host),
        api_(api),
        box_(box),
        flow_(box, {trust.verifier_access, trust.registrars, trust.known_verifiers, answered}, host.rng) {}

  Result<Presented> run(const Begin& begin, const AskToShare& ask, const AskCodeAgain& ask_code_again);
  // What is known of it, for the history.
  HistoryEvent event(std::string kind, std::string outcome) const;
  bool may_have_arrived() const { return may_have_arrived_; }

 private:
  Result<oid4vp::AskHolder> fetch_question(const Begin& begin);
  Result<ConsentQuestion> make_question(oid4vp::AskHolder asked) const;
  Result<oid4vp::Step> send(const HttpRequest& request);
  Presented refuse();
  Result<oid4vp::Step> post(const oid4vp::SendRequest& post);
  Result<Presented> share(const Answer& answer, const AskCodeAgain& ask_code_again);
  Status verify_holder();
  void fetch_receipt_of(const std::string& consent, Presented& presented);

  const Host& host_;
  ServerApi& api_;
  SpendingCardBox& box_;
  oid4vp::PresentationFlow flow_;
  oid4vp::AskHolder asked_;
  bool may_have_arrived_ = false;
};

Result<oid4vp::Step> Exchange::send(const HttpRequest& request) {
  MIBUN_TRY(HttpResponse response, host_.http.send(request));
  return flow_.advance(oid4vp::Received{std::move(response)}, host_.clock.now());
}

Result<oid4vp::AskHolder> Exchange::fetch_question(const Begin& begin) {
  if (const auto* browser = std::get_if<BrowserRequest>(&begin)) {
    MIBUN_TRY(oid4vp::Step asked, flow_.advance(*browser, host_.clock.now()));
    return std::get<oid4vp::AskHolder>(std::move(asked));
  }
  MIBUN_TRY(oid4vp::Step step, flow_.advance(oid4vp::Started{std::get<std::string>(begin)}, host_.clock.now()));
  if (const auto* fetch = std::get_if<oid4vp::SendRequest>(&step)) {
    const HttpRequest request = fetch->request;
    MIBUN_TRY(step, send(request));
  }
  return std::get<oid4vp::AskHolder>(std::move(step));
}

Result<ConsentQuestion> Exchange::make_question(oid4vp::AskHolder asked) const {
  ConsentQuestion question;
  question.ask = std::move(asked);
  for (const oid4vp::AskedCard& card : question.ask.cards) question.cards.push_back(box_.card(card.card));
  MIBUN_TRY(question.previous,
            HistoryBook(host_).previous_shares(question.ask.client_id, question.ask.registration_id));
  return question;
}

HistoryEvent Exchange::event(std::string kind, std::string outcome) const {
  HistoryEvent event;
  event.kind = std::move(kind);
  event.outcome = std::move(outcome);
  event.partner_ja = asked_.organization.ja;
  event.partner_en = asked_.organization.en;
  event.client_id = asked_.client_id;
  event.registration_id = asked_.registration_id;
  for (const oid4vp::AskedCard& card : asked_.cards) {
    for (const oid4vp::AskedClaim& claim : card.claims) event.claims.push_back(claim.path.to_string());
  }
  return event;
}

// A refusal that does not arrive is a refusal all the same: the request runs out.
Presented Exchange::refuse() {
  Presented presented;
  const auto step = flow_.advance(oid4vp::Refused{}, host_.clock.now());
  if (!step) return presented;
  if (const auto* finished = std::get_if<oid4vp::Finished>(&*step)) {  // the browser tells the page
    presented.redirect_uri = finished->redirect_uri;
    return presented;
  }
  const auto answered = send(std::get<oid4vp::SendRequest>(*step).request);
  if (!answered) return presented;
  presented.redirect_uri = std::get<oid4vp::Finished>(*answered).redirect_uri;
  return presented;
}

// The verification must be younger than the yes, whoever implements it.
Status Exchange::verify_holder() {
  const Instant agreed_at = host_.clock.now();
  MIBUN_TRY(const auto verification, api_.verify_user_now("share"));
  if (verification.at() < agreed_at || !verification.is_fresh(host_.clock.now())) {
    return fail(ErrorCode::wallet_user_verification_failed, "share", "the verification is older than the question");
  }
  return {};
}

void Exchange::fetch_receipt_of(const std::string& consent, Presented& presented) {
  auto name = fetch_receipt(host_, oid4vp::consent_hash(consent));
  if (name)
    presented.receipt = std::move(*name);
  else
    presented.why_no_receipt = std::move(name.error());
}

Result<oid4vp::Step> Exchange::post(const oid4vp::SendRequest& post) {
  may_have_arrived_ = true;
  MIBUN_TRY(oid4vp::Step next, send(post.request));
  may_have_arrived_ = false;
  return next;
}

Presented::Outcome outcome_of(oid4vp::Outcome outcome) {
  switch (outcome) {
    case oid4vp::Outcome::shared:
      return Presented::Outcome::shared;
    case oid4vp::Outcome::refused:
      return Presented::Outcome::refused;
    case oid4vp::Outcome::rejected:
      return Presented::Outcome::rejected;
    case oid4vp::Outcome::pairing_code_locked:
      return Presented::Outcome::pairing_code_locked;
  }
  return Presented::Outcome::rejected;
}

Result<Presented> Exchange::share(const Answer& answer, const AskCodeAgain& ask_code_again) {
  // Before the person proves that they are here: without a code there is nothing to prove it for.
  if (asked_.pairing && !(answer.pairing_code && oid4vp::is_pairing_code(*answer.pairing_code))) {
    return fail(ErrorCode::wallet_pairing_code_needed, "pairing_code", "the six digits that the page shows");
  }
  MIBUN_CHECK(verify_holder());
  MIBUN_TRY(oid4vp::Step step, flow_.advance(oid4vp::Agreed{answer.language, answer.pairing_code}, host_.clock.now()));
  if (auto* browser = std::get_if<oid4vp::AnswerBrowser>(&step)) {
    Presented presented{.outcome = Presented::Outcome::shared, .for_browser = std::move(*browser)};
    presented.why_no_receipt = Error{ErrorCode::not_found, "receipt", "the browser does not say where it lies"};
    return presented;
  }
  MIBUN_TRY(const HttpsUrl gateway, HttpsUrl::parse(flow_.request()->response_uri()));
  if (auto* finished = std::get_if<oid4vp::Finished>(&step)) {
    Presented presented{.outcome = Presented::Outcome::shared, .redirect_uri = std::move(finished->redirect_uri)};
    presented.why_no_receipt = Error{ErrorCode::not_found, "receipt", "the page does not say where it lies"};
    return presented;
  }
  MIBUN_CHECK(remember_consent(host_.store, *flow_.consent(), gateway.origin()));
  MIBUN_TRY(step, post(std::get<oid4vp::SendRequest>(step)));
  while (const auto* wrong = std::get_if<oid4vp::AskPairingCode>(&step)) {
    const auto code = ask_code_again(wrong->website);
    if (!code) return refuse();
    MIBUN_TRY(step, flow_.advance(oid4vp::PairingCodeTyped{*code}, host_.clock.now()));
    MIBUN_TRY(step, post(std::get<oid4vp::SendRequest>(step)));
  }
  const auto& finished = std::get<oid4vp::Finished>(step);
  Presented presented;
  presented.redirect_uri = finished.redirect_uri;
  presented.outcome = outcome_of(finished.outcome);
  if (presented.outcome != Presented::Outcome::shared) return presented;
  fetch_receipt_of(*flow_.consent(), presented);
  return presented;
}

Result<Presented> Exchange::run(const Begin& begin, const AskToShare& ask, const AskCodeAgain& ask_code_again) {
  MIBUN_TRY(asked_, fetch_question(begin));
  MIBUN_TRY(const ConsentQuestion question, make_question(asked_));
  const Answer answer = ask(question);
  Presented presented;
  if (!question.can_share()) {
    presented = refuse();
    presented.outcome = Presented::Outcome::nothing_matches;
    presented.missing = asked_.missing;
  } else if (answer.decision == Decision::refuse) {
    presented = refuse();
  } else {
    MIBUN_TRY(presented, share(answer, ask_code_again));
  }
  presented.partner_ja = asked_.organization.ja;
  presented.partner_en = asked_.organization.en;
  return presented;
}

std::pair<std::string, std::string> kind_and_outcome(Presented::Outcome outcome) {
  switch (outcome) {
    case Presented::Outcome::shared:
      return {"shared", "shared"};
    case Presented::Outcome::refused:
      return {"refused", "stopped"};
    case Presented::Outcome::nothing_matches:
      return {"refused", "nothing_matches"};
    case Presented::Outcome::rejected:
      return {"failed", "rejected"};
    case Presented::Outcome::pairing_code_locked:
      return {"failed", "pairing_code_locked"};
  }
  return {"failed", "unknown"};
}

// The server's copy of the history can wait; the person is not asked for it.
void hand_over_quietly(const HistoryBook& book, ServerApi& api, Profile& profile) {
  if (api.is_user_verified()) (void)book.hand_over_pending(api, profile);
}

Result<Presented> answer(const Host& host, ServerApi& api, Profile& profile, const Begin& begin,
                         const RequestProfile& answered, const AskToShare& ask, const AskCodeAgain& ask_code_again) {
  MIBUN_TRY(const TrustList trust, load_trust(host.store));
  CardStore cards(host.store, host.keys);
  MIBUN_TRY(SpendingCardBox box, SpendingCardBox::open(cards, host.keys, host.clock.now()));
  const HistoryBook book(host);
  Exchange exchange(host, api, trust, answered, box);

  auto presented = exchange.run(begin, ask, ask_code_again);
  MIBUN_CHECK(box.forget_spent_keys());
  HistoryEvent event;
  if (presented) {
    auto [kind, outcome] = kind_and_outcome(presented->outcome);
    event = exchange.event(std::move(kind), std::move(outcome));
    event.receipt = presented->receipt.value_or("");
  } else {
    event = exchange.event(exchange.may_have_arrived() ? "uncertain" : "failed",
                           std::string(to_string(presented.error().code)));
  }
  MIBUN_CHECK(book.record(std::move(event)));
  hand_over_quietly(book, api, profile);
  return presented;
}

}  // namespace

Result<Presented> answer_request(const Host& host, ServerApi& api, Profile& profile, const std::string& link,
                                 const RequestProfile& answered, const AskToShare& ask,
                                 const AskCodeAgain& ask_code_again) {
  return answer(host, api, profile, link, answered, ask, ask_code_again);
}

Result<Presented> answer_browser(const Host& host, ServerApi& api, Profile& profile, const BrowserRequest& request,
                                 const RequestProfile& answered, const AskToShare& ask) {
  return answer(host, api, profile, request, answered, ask, [](const std::string&) { return std::nullopt; });
}

}  // namespace mibun::wallet
