#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/random.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/codecs/http_message.h"
#include "core/crypto/p256.h"
#include "core/crypto/x509.h"
#include "core/dcql/choose.h"
#include "core/oid4vp/choices.h"
#include "core/oid4vp/consent.h"
#include "core/oid4vp/held_card.h"
#include "core/oid4vp/request.h"

namespace mibun::oid4vp {

// The holder's cards, of either format. One copy of each card is enough: a copy that was shown is not shown again.
class CardBox {
 public:
  virtual ~CardBox() = default;
  // In the order the holder prefers. Borrowed for the length of the flow.
  virtual std::vector<const HeldCard*> cards() const = 0;
  // Who signs for a card; asked only after the holder agreed. Errors: wallet_locked, wallet_no_copy_left.
  virtual Result<std::shared_ptr<const crypto::P256Signer>> signer(const HeldCard& card) const = 0;
};

// What the flow is told.
struct Started {
  std::string link;  // "openid4vp://..."
};
// A browser hands over a request and says whose page asks.
using StartedByBrowser = BrowserRequest;
struct Received {
  HttpResponse response;
};
struct Agreed {
  std::string language;                     // "ja" or "en": what the holder read
  std::optional<std::string> pairing_code;  // as typed, when AskHolder::pairing asks for it
  std::optional<HolderChoice> choice{};     // of AskHolder::choices; nothing: AskHolder::cards as they are
};
// Another try, after AskPairingCode.
struct PairingCodeTyped {
  std::string code;
};
struct Refused {};
using Event = std::variant<Started, StartedByBrowser, Received, Agreed, Refused, PairingCodeTyped>;

// What to do next.
struct SendRequest {
  HttpRequest request;
};
// Everything the holder is shown before anything leaves the device.
struct AskHolder {
  std::string client_id;
  Identified identified{};                         // how sure it is that this client asks
  ResponseMode mode{};                             // whether somebody on the way could read the answer
  std::string address;                             // where it goes; empty when a browser asked
  std::optional<crypto::Certificate> certificate;  // that signed the request, where one did
  std::string registration_id, registrar;          // the registrar's own name
  Instant registered_until;
  LocalizedText organization;
  std::string contact;
  LocalizedText purpose;
  Retention retention;
  LocalizedText cautions;
  Instant expires_at;
  std::optional<std::string> origin;     // of the page, when a browser asked
  std::vector<Approval> approvals;       // what the holder authorizes by answering; mostly nothing
  std::vector<AskedCard> cards;          // proposed: everything that is required, and nothing optional
  Choices choices;                       // empty: nothing here answers the request; only Refused is possible
  std::vector<dcql::ClaimPath> missing;  // then, of the closest card
  std::optional<PairingDemand> pairing;  // the page that asks is on another device and shows a code
};
// The code that was typed is not the one on the page; the same answer can be sent with another.
struct AskPairingCode {
  std::string website;
};
// rejected: the verifier did not take the answer; pairing_code_locked: nor any other, after too many wrong codes.
enum class Outcome { shared, refused, rejected, pairing_code_locked };
struct Finished {
  Outcome outcome = Outcome::refused;
  std::optional<std::string> redirect_uri;  // to be opened on this device
};
// For the browser that asked, which hands it to the page.
struct AnswerBrowser {
  std::string protocol;
  json::Object data;
};
using Step = std::variant<SendRequest, AskHolder, AskPairingCode, AnswerBrowser, Finished>;

// The holder's side of one exchange, without I/O: told what happened, it answers what to do next. One object serves one
// request; nothing is shared with another. Without Agreed no byte about the holder leaves, whatever arrives.
class PresentationFlow {
 public:
  // Everything given must outlive the flow.
  PresentationFlow(const CardBox& cards, const VerifierTrust& trust, Rng& rng);
  ~PresentationFlow();
  PresentationFlow(PresentationFlow&&) noexcept;

  // Started -> SendRequest -> Received -> AskHolder (a request by value: Started -> AskHolder) -> Agreed | Refused ->
  // SendRequest -> Received -> Finished (of the mode fragment: -> Finished, whose redirect_uri carries the answer).
  // Between Received and Finished, as often as a typed code was wrong: AskPairingCode -> PairingCodeTyped | Refused ->
  // SendRequest -> Received. StartedByBrowser -> AskHolder -> Agreed | Refused -> AnswerBrowser | Finished. Errors:
  // invalid_argument (an event that does not belong here; the flow stays where it is), those of RequestLink::parse and
  // VerifiedRequest::verify, http_redirect_refused, http_status_unexpected, oid4vp_invalid_request (not a request
  // object), oid4vp_request_expired (agreed too late), wallet_pairing_code_needed (no six digits), those of
  // would_show and of the signer. The question stays open after an error at Agreed; after an error at Received the flow
  // is over, and nothing more is sent.
  Result<Step> advance(const Event& event, Instant now);

  // After AskHolder: exactly what agreeing to this choice would show; without one, what is proposed. Whoever handed the
  // choice over is not believed: it is looked at again, here and at Agreed. Errors: oid4vp_nothing_to_present (no card
  // answers, or nothing is proposed and nothing was chosen), dcql_bad_selection (it names what is not asked for, a card
  // that does not answer it in this way, one twice, or more than the options need), dcql_not_satisfied (something
  // required is left out, or a card without which nothing is authorized), oid4vp_claim_not_registered,
  // invalid_argument (nothing was asked yet).
  Result<std::vector<AskedCard>> would_show(const std::optional<HolderChoice>& choice) const;

  // After oid4vp_claim_not_registered: who it was.
  const std::optional<Asker>& over_asking() const;
  // After AskHolder, for the history; nullptr before.
  const VerifiedRequest* request() const;
  // After Agreed: the text whose hash was signed.
  const std::optional<std::string>& consent() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mibun::oid4vp
