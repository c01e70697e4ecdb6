#include "wallet/presentation.h"

#include <algorithm>

#include "core/codecs/url.h"
#include "core/oid4vp/consent.h"
#include "wallet/provenance.h"
#include "wallet/receipts.h"

namespace mibun::wallet {
namespace {

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

// Nothing was sent, and the person may try again.
bool is_open_after(const Error& error) {
  switch (error.code) {
    case ErrorCode::wallet_pairing_code_needed:
    case ErrorCode::wallet_user_verification_failed:
    case ErrorCode::cancelled:
    case ErrorCode::dcql_bad_selection:
    case ErrorCode::dcql_not_satisfied:
    case ErrorCode::oid4vp_nothing_to_present:
    case ErrorCode::wallet_no_matching_card:
      return true;
    default:
      return false;
  }
}

// Refused by the wallet itself: not a byte left.
bool is_before_sending(const Error& error) {
  return error.code == ErrorCode::http_url_not_allowed || error.code == ErrorCode::http_address_not_allowed;
}

}  // namespace

std::string_view to_string(Presented::Outcome outcome) {
  switch (outcome) {
    case Presented::Outcome::shared:
      return "shared";
    case Presented::Outcome::refused:
      return "refused";
    case Presented::Outcome::nothing_matches:
      return "nothing_matches";
    case Presented::Outcome::rejected:
      return "rejected";
    case Presented::Outcome::pairing_code_locked:
      return "pairing_code_locked";
  }
  return "rejected";
}

Presentation::Presentation(const Host& host, ServerApi& api, Profile& profile, TrustList trust,
                           const RequestProfile& answered)
    : host_(host),
      api_(api),
      profile_(profile),
      trust_(std::move(trust)),
      cards_(host.store, host.keys),
      answered_(answered) {}

Result<std::unique_ptr<Presentation>> Presentation::open(const Host& host, ServerApi& api, Profile& profile,
                                                         const Begin& begin, const RequestProfile& answered,
                                                         std::optional<OverAsked>* over_asked) {
  MIBUN_TRY(TrustList trust, current_trust(host));
  std::unique_ptr<Presentation> presentation(new Presentation(host, api, profile, std::move(trust), answered));
  MIBUN_TRY(presentation->box_, SpendingCardBox::open(presentation->cards_, host.keys, host.clock.now()));
  const Status read = presentation->read_question(begin);
  if (read) return presentation;
  if (const auto& asker = presentation->flow_->over_asking()) presentation->name_asker(*asker);
  MIBUN_CHECK(presentation->record_failure(read.error()));
  if (const auto& asker = presentation->flow_->over_asking(); asker && over_asked != nullptr) {
    *over_asked = OverAsked{.asker = *asker, .event = presentation->event_};
  }
  return std::unexpected(read.error());
}

Status Presentation::read_question(const Begin& begin) {
  flow_.emplace(*box_,
                oid4vp::VerifierTrust{trust_.verifier_access, trust_.registrars, trust_.known_verifiers, answered_},
                host_.rng);
  if (const auto* browser = std::get_if<BrowserRequest>(&begin)) {
    MIBUN_TRY(oid4vp::Step asked, flow_->advance(*browser, host_.clock.now()));
    return make_question(std::get<oid4vp::AskHolder>(std::move(asked)));
  }
  MIBUN_TRY(oid4vp::Step step, flow_->advance(oid4vp::Started{std::get<std::string>(begin)}, host_.clock.now()));
  if (const auto* fetch = std::get_if<oid4vp::SendRequest>(&step)) {
    const HttpRequest request = fetch->request;
    MIBUN_TRY(step, send(request));
  }
  return make_question(std::get<oid4vp::AskHolder>(std::move(step)));
}

// For the history, where there is no question to name them.
void Presentation::name_asker(const oid4vp::Asker& asker) {
  question_.ask.client_id = asker.client_id;
  question_.ask.registration_id = asker.registration.registration_id;
  question_.ask.organization = asker.registration.organization;
}

Status Presentation::make_question(oid4vp::AskHolder asked) {
  question_.ask = std::move(asked);
  decided_ = question_.ask.cards;
  const auto held = box_->cards();
  for (std::size_t i = 0; i < held.size(); ++i) {
    question_.held.push_back({box_->card(i), provenance_of(*held[i]).checked_on});
  }
  MIBUN_TRY(question_.previous,
            HistoryBook(host_).previous_shares(question_.ask.client_id, question_.ask.registration_id));
  return {};
}

Result<oid4vp::Step> Presentation::send(const HttpRequest& request) {
  MIBUN_TRY(HttpResponse response, host_.http.send(request));
  return flow_->advance(oid4vp::Received{std::move(response)}, host_.clock.now());
}

Result<oid4vp::Step> Presentation::post(const oid4vp::SendRequest& post) {
  may_have_arrived_ = true;
  auto next = send(post.request);
  if (!next && is_before_sending(next.error())) may_have_arrived_ = false;
  return next;
}

// The verification must be younger than the yes, whoever implements it.
Status Presentation::verify_holder() {
  const Instant agreed_at = host_.clock.now();
  MIBUN_TRY(const auto verification, api_.verify_user_now("share"));
  if (verification.at() < agreed_at || !verification.is_fresh(host_.clock.now())) {
    return fail(ErrorCode::wallet_user_verification_failed, "share", "the verification is older than the question");
  }
  return {};
}

Result<std::optional<oid4vp::HolderChoice>> Presentation::choice_of(const Answer& answer) const {
  if (!answer.choice) return std::nullopt;
  oid4vp::HolderChoice choice;
  for (const PickedCard& picked : *answer.choice) {
    const auto found = std::ranges::find_if(
        question_.held, [&](const ConsentQuestion::Held& one) { return one.card.id == picked.card_id; });
    if (found == question_.held.end()) {
      return fail(ErrorCode::dcql_bad_selection, "choice[" + std::to_string(choice.size()) + "].card",
                  "this card was not offered");
    }
    choice.push_back({.credential_id = picked.credential_id,
                      .card = static_cast<std::size_t>(found - question_.held.begin()),
                      .way = picked.way});
  }
  return choice;
}

// The question may have stood there for a while.
Status Presentation::check_unexpired(const std::vector<oid4vp::AskedCard>& cards) const {
  for (const oid4vp::AskedCard& card : cards) {
    if (question_.held[card.card].card.is_expired(host_.clock.now())) {
      return fail(ErrorCode::wallet_no_matching_card, "card", "it has expired since the question was asked");
    }
  }
  return {};
}

// A refusal that does not arrive is a refusal all the same: the request runs out.
Presented Presentation::refuse() {
  Presented presented;
  const auto step = flow_->advance(oid4vp::Refused{}, host_.clock.now());
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

Result<Presentation::Turn> Presentation::share(const Answer& answer) {
  // Before the person proves that they are here: without a code there is nothing to prove it for.
  if (question_.ask.pairing && !(answer.pairing_code && oid4vp::is_pairing_code(*answer.pairing_code))) {
    return fail(ErrorCode::wallet_pairing_code_needed, "pairing_code", "the six digits that the page shows");
  }
  MIBUN_TRY(const auto choice, choice_of(answer));
  MIBUN_TRY(auto decided, flow_->would_show(choice));
  MIBUN_CHECK(check_unexpired(decided));
  MIBUN_CHECK(verify_holder());
  decided_ = std::move(decided);
  MIBUN_TRY(oid4vp::Step step,
            flow_->advance(oid4vp::Agreed{answer.language, answer.pairing_code, choice}, host_.clock.now()));
  if (auto* browser = std::get_if<oid4vp::AnswerBrowser>(&step)) {
    Presented presented{.outcome = Presented::Outcome::shared, .for_browser = std::move(*browser)};
    presented.why_no_receipt = Error{ErrorCode::not_found, "receipt", "the browser does not say where it lies"};
    return presented;
  }
  MIBUN_TRY(const HttpsUrl gateway, HttpsUrl::parse(flow_->request()->response_uri()));
  if (auto* finished = std::get_if<oid4vp::Finished>(&step)) {
    Presented presented{.outcome = Presented::Outcome::shared, .redirect_uri = std::move(finished->redirect_uri)};
    presented.why_no_receipt = Error{ErrorCode::not_found, "receipt", "the page does not say where it lies"};
    return presented;
  }
  MIBUN_CHECK(remember_consent(host_.store, *flow_->consent(), gateway.origin()));
  receipt_ = receipt_name(oid4vp::consent_hash(*flow_->consent()));
  MIBUN_TRY(step, post(std::get<oid4vp::SendRequest>(step)));
  return after_post(std::move(step));
}

Result<Presentation::Turn> Presentation::after_post(oid4vp::Step step) {
  if (auto* wrong = std::get_if<oid4vp::AskPairingCode>(&step)) {
    may_have_arrived_ = false;  // it was not taken
    return WrongCode{std::move(wrong->website)};
  }
  const auto& finished = std::get<oid4vp::Finished>(step);
  may_have_arrived_ = finished.outcome == oid4vp::Outcome::shared;
  Presented presented;
  presented.redirect_uri = finished.redirect_uri;
  presented.outcome = outcome_of(finished.outcome);
  if (presented.outcome != Presented::Outcome::shared) return presented;
  auto name = fetch_receipt(host_, oid4vp::consent_hash(*flow_->consent()));
  if (name)
    presented.receipt = std::move(*name);
  else
    presented.why_no_receipt = std::move(name.error());
  return presented;
}

Result<Presentation::Turn> Presentation::answer(const Answer& answer) {
  if (over_) return fail(ErrorCode::invalid_argument, "presentation", "answered already");
  if (!question_.can_share()) {
    Presented presented = refuse();
    presented.outcome = Presented::Outcome::nothing_matches;
    presented.missing = question_.ask.missing;
    return finish(std::move(presented));
  }
  if (answer.decision == Decision::refuse) return finish(refuse());
  return finish(share(answer));
}

Result<Presentation::Turn> Presentation::code(const std::optional<std::string>& typed) {
  if (over_) return fail(ErrorCode::invalid_argument, "presentation", "answered already");
  if (!typed) return finish(refuse());
  const auto again = [&]() -> Result<Turn> {
    MIBUN_TRY(oid4vp::Step step, flow_->advance(oid4vp::PairingCodeTyped{*typed}, host_.clock.now()));
    MIBUN_TRY(step, post(std::get<oid4vp::SendRequest>(step)));
    return after_post(std::move(step));
  };
  return finish(again());
}

// What is over goes into the history, whatever it ended with.
Result<Presentation::Turn> Presentation::finish(Result<Turn> turn) {
  if (turn && std::holds_alternative<WrongCode>(*turn)) return turn;
  if (!turn && is_open_after(turn.error())) return turn;
  if (!turn) {
    MIBUN_CHECK(record_failure(turn.error()));
    return turn;
  }
  auto& presented = std::get<Presented>(*turn);
  presented.partner_ja = question_.ask.organization.ja;
  presented.partner_en = question_.ask.organization.en;
  auto [kind, outcome] = kind_and_outcome(presented.outcome);
  MIBUN_CHECK(record(std::move(kind), std::move(outcome), presented.outcome == Presented::Outcome::shared));
  presented.event = event_;
  return turn;
}

Status Presentation::leave(const Error& reason) {
  if (over_) return {};
  if (reason.code == ErrorCode::wallet_holder_refused) return record("refused", "stopped", false);
  return record_failure(reason);
}

Status Presentation::record_failure(const Error& error) {
  return record(may_have_arrived_ ? "uncertain" : "failed", std::string(to_string(error.code)), may_have_arrived_);
}

// `arrived`: perhaps, so that there is a receipt, or there will be one.
Status Presentation::record(std::string kind, std::string outcome, bool arrived) {
  over_ = true;
  MIBUN_CHECK(box_->forget_spent_keys());
  HistoryEvent event;
  event.kind = std::move(kind);
  event.outcome = std::move(outcome);
  if (arrived) event.receipt = receipt_;
  event.partner_ja = question_.ask.organization.ja;
  event.partner_en = question_.ask.organization.en;
  event.client_id = question_.ask.client_id;
  event.registration_id = question_.ask.registration_id;
  for (const oid4vp::AskedCard& card : decided_) {
    event.cards.push_back(question_.held[card.card].card.id);
    for (const oid4vp::AskedClaim& claim : card.claims) event.claims.push_back(claim.path.to_string());
  }
  const HistoryBook book(host_);
  MIBUN_TRY(const HistoryEvent recorded, book.record(std::move(event)));
  event_ = recorded.id;
  hand_over_quietly(book, api_, profile_);
  return {};
}

namespace {

Result<Presented> run(Presentation& presentation, const AskToShare& ask, const AskCodeAgain& ask_code_again) {
  MIBUN_TRY(const Answer answered, ask(presentation.question()));
  MIBUN_TRY(Presentation::Turn turn, presentation.answer(answered));
  while (const auto* wrong = std::get_if<Presentation::WrongCode>(&turn)) {
    const auto code = ask_code_again(wrong->website);
    MIBUN_TRY(turn, presentation.code(code));
  }
  return std::get<Presented>(std::move(turn));
}

Result<Presented> answer(const Host& host, ServerApi& api, Profile& profile, const Presentation::Begin& begin,
                         const RequestProfile& answered, const AskToShare& ask, const AskCodeAgain& ask_code_again) {
  MIBUN_TRY(const auto presentation, Presentation::open(host, api, profile, begin, answered));
  auto presented = run(*presentation, ask, ask_code_again);
  if (!presented) MIBUN_CHECK(presentation->leave(presented.error()));
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
