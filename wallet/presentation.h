#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/oid4vp/wallet_flow.h"
#include "wallet/cards.h"
#include "wallet/history.h"
#include "wallet/host.h"
#include "wallet/profile.h"
#include "wallet/server_api.h"
#include "wallet/trust.h"

namespace mibun::wallet {

// Everything a person is shown before anything leaves the device. The partner's name, purpose, retention and cautions
// are the registrar's words, checked; a request that asks for more than was registered never gets here.
struct ConsentQuestion {
  oid4vp::AskHolder ask;  // ask.choices empty: nothing here answers; the decision is a refusal whatever is answered
  // What its places of cards mean: the cards that could be shown now, and when their issuers say that they looked.
  struct Held {
    Card card;
    std::optional<CalendarDate> checked_on;
  };
  std::vector<Held> held;
  PreviousShares previous;
  bool can_share() const { return !ask.choices.sets.empty(); }
};

// What the person picked of question.ask.choices, by names that outlive the question. It is looked at again before
// anything is signed.
struct PickedCard {
  std::string credential_id;
  std::string card_id;
  std::size_t way = 0;  // AskedCard::way
  friend bool operator==(const PickedCard&, const PickedCard&) = default;
};

enum class Decision { agree, refuse };
struct Answer {
  Decision decision = Decision::refuse;
  std::string language = "en";                      // "ja" or "en": what the person read
  std::optional<std::string> pairing_code;          // typed from the page, when question.ask.pairing asks for it
  std::optional<std::vector<PickedCard>> choice{};  // nothing: question.ask.cards, as proposed
};
// An error leaves the question without an answer: nothing is sent.
using AskToShare = std::function<Result<Answer>(const ConsentQuestion& question)>;
// The code was not the one on the page of `website`: another one, or nothing when the person gives up.
using AskCodeAgain = std::function<std::optional<std::string>(const std::string& website)>;

using oid4vp::BrowserRequest;

// Who asked for more than was registered: the request never became a question.
struct OverAsked {
  oid4vp::Asker asker;
  std::string event;  // its id in the history
};

struct Presented {
  // pairing_code_locked: the code from the page was wrong too often; this request takes no answer any more.
  enum class Outcome { shared, refused, nothing_matches, rejected, pairing_code_locked };
  Outcome outcome = Outcome::refused;
  std::string partner_ja, partner_en;
  std::optional<std::string> redirect_uri;
  std::string event;                    // its id in the history
  std::optional<std::string> receipt;   // the name of the stored receipt, checked
  std::optional<Error> why_no_receipt;  // shared, but the receipt did not come or is not right; fetched again later
  std::vector<dcql::ClaimPath> missing;
  std::optional<oid4vp::AnswerBrowser> for_browser;  // shared: to be handed back to the browser
};

std::string_view to_string(Presented::Outcome outcome);  // "shared", as the member is called

// Which requests are answered: kinds of verifiers, and whether an answer may travel in the clear.
using oid4vp::RequestProfile;

// One request, in steps that never wait for the person: open() -> question() -> answer() -> perhaps code(), as often as
// it was wrong -> Presented. Order of things: request verified -> question -> yes -> the person proves that they are
// here, after having read what will be shared -> one copy per card is spent, on disk -> sent -> receipt fetched,
// checked and kept -> history. Whoever says no, or has nothing to show, sends the same access_denied. Everything given
// must outlive it.
class Presentation {
 public:
  using Begin = std::variant<std::string, BrowserRequest>;  // a link, or what the browser handed over
  // The code was not the one on the page of `website`.
  struct WrongCode {
    std::string website;
  };
  using Turn = std::variant<Presented, WrongCode>;

  // A request that does not hold goes into the history. Errors: those of PresentationFlow, http_*, of the store;
  // `over_asked`, where given, receives who it was at oid4vp_claim_not_registered.
  static Result<std::unique_ptr<Presentation>> open(const Host& host, ServerApi& api, Profile& profile,
                                                    const Begin& begin, const RequestProfile& answered,
                                                    std::optional<OverAsked>* over_asked = nullptr);
  const ConsentQuestion& question() const { return question_; }

  // The question stays open after wallet_pairing_code_needed and wallet_user_verification_failed, and after a choice
  // that cannot be shared (those of PresentationFlow::would_show; dcql_bad_selection also for a card that was not
  // offered, wallet_no_matching_card for one that has expired since): nothing was sent or spent. Errors: these, those
  // of PresentationFlow, http_*; after the others it is over and in the history.
  Result<Turn> answer(const Answer& answer);
  // After WrongCode; nothing: the person gives up. Errors: those of answer().
  Result<Turn> code(const std::optional<std::string>& typed);
  // Whether it is answered, one way or the other.
  bool is_over() const { return over_; }
  // After an error that ended it: whether the answer was sent and may have arrived all the same, and its id in the
  // history; empty when that could not be written.
  bool may_have_arrived() const { return may_have_arrived_; }
  const std::string& event() const { return event_; }
  // Leaves an open question without an answer, for this reason; the history has it.
  Status leave(const Error& reason);

 private:
  Presentation(const Host& host, ServerApi& api, Profile& profile, TrustList trust, const RequestProfile& answered);
  Status read_question(const Begin& begin);
  void name_asker(const oid4vp::Asker& asker);
  Status make_question(oid4vp::AskHolder asked);
  Result<oid4vp::Step> send(const HttpRequest& request);
  Result<oid4vp::Step> post(const oid4vp::SendRequest& post);
  Status verify_holder();
  Result<std::optional<oid4vp::HolderChoice>> choice_of(const Answer& answer) const;
  Status check_unexpired(const std::vector<oid4vp::AskedCard>& cards) const;
  Presented refuse();
  Result<Turn> share(const Answer& answer);
  Result<Turn> after_post(oid4vp::Step step);
  Result<Turn> finish(Result<Turn> turn);
  Status record(std::string kind, std::string outcome, bool arrived);
  Status record_failure(const Error& error);

  Host host_;
  ServerApi& api_;
  Profile& profile_;
  TrustList trust_;
  CardStore cards_;
  std::optional<SpendingCardBox> box_;
  RequestProfile answered_;
  std::optional<oid4vp::PresentationFlow> flow_;
  ConsentQuestion question_;
  std::vector<oid4vp::AskedCard> decided_;  // what the history names: what was proposed, or what the person agreed to
  std::string event_;                       // its id in the history, once it is there
  std::string receipt_;                     // its name, once the consent is remembered
  bool may_have_arrived_ = false, over_ = false;
};

// The same with a person to ask, from beginning to end. Errors: those of Presentation, which the history has.
Result<Presented> answer_request(const Host& host, ServerApi& api, Profile& profile, const std::string& link,
                                 const RequestProfile& answered, const AskToShare& ask,
                                 const AskCodeAgain& ask_code_again);

// The same for a browser's request; the answer is in `for_browser`, and the history says that it may have arrived. The
// request names no gateway, so no receipt is fetched (why_no_receipt: not_found).
Result<Presented> answer_browser(const Host& host, ServerApi& api, Profile& profile, const BrowserRequest& request,
                                 const RequestProfile& answered, const AskToShare& ask);

}  // namespace mibun::wallet
