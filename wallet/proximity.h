#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/proximity/holder_flow.h"
#include "core/proximity/wire.h"
#include "wallet/cards.h"
#include "wallet/history.h"
#include "wallet/host.h"
#include "wallet/labels.h"
#include "wallet/nearby_receipts.h"
#include "wallet/presentation.h"
#include "wallet/reader_registrations.h"
#include "wallet/trust.h"

// Showing a card to somebody who stands before the holder: ISO/IEC 18013-5 over whatever carries messages. No server
// takes part, and no network is needed.
namespace mibun::wallet {

// Everything a person is shown before anything leaves the device.
struct NearbyQuestion {
  proximity::AskHolder ask;
  std::vector<Card> cards;  // the card behind each of ask.documents
  // The registrar's words about who asks, why, and for how long it is kept; none for a reader that is not registered.
  std::optional<oid4vp::Registration> registration;
  PreviousShares previous;  // with this reader or its organisation; none when nobody knows who asks
  bool can_share() const { return !ask.documents.empty(); }
};
using AskToShareNearby = std::function<Decision(const NearbyQuestion& question)>;

struct Met {
  proximity::HolderOutcome outcome = proximity::HolderOutcome::failed;
  bool nothing_matches = false;  // refused, because there was nothing to show
  std::optional<Label> name;     // of a verified reader
  std::optional<Error> why;
  std::optional<std::string> receipt;  // "nearby.<id>": of what was sent
};

// The mdocs among the cards that can be shown; each is spent, on disk, before any byte is sent.
class SpendingDocumentBox final : public proximity::DocumentBox {
 public:
  explicit SpendingDocumentBox(SpendingCardBox box);

  std::vector<const mdoc::HeldMdoc*> documents() const override;
  Result<const crypto::P256Signer*> signer(std::size_t place) const override;

  const Card& card(std::size_t place) const { return box_.card(places_[place]); }
  Status forget_spent_keys() { return box_.forget_spent_keys(); }

 private:
  SpendingCardBox box_;
  std::vector<std::size_t> places_;  // in box_.cards()
};

// One meeting with one reader, from the QR code to the history.
class Meeting {
 public:
  // `ways`: where the reader can reach this device. Asks the server for the readers' revocation list when the one at
  // hand is older than a day; without a network it goes on with what it has. Errors: wallet_not_registered, those of
  // the store.
  static Result<std::unique_ptr<Meeting>> prepare(const Host& host, std::vector<mdoc::RetrievalMethod> ways,
                                                  proximity::UnknownReaders unknown_readers);

  std::string qr_text() const { return flow_->engagement().text(); }  // "mdoc:..."
  Instant ends_at() const { return flow_->ends_at(); }

  // Order of things: request verified (who asks, and whether it is registered to ask for that) -> question -> yes ->
  // the person proves that they are here -> their receipt (nearby_receipts.h), on disk -> one copy per card is spent,
  // on disk -> sent -> the reader says that it has it -> history. A no, and nothing to show, look the same to the
  // reader. Once only. Errors: those of the store and of the keys; what went wrong in the meeting is Met::why
  // (wallet_connection_lost, wallet_user_verification_failed, those of HolderFlow).
  Result<Met> meet(proximity::Wire& wire, const AskToShareNearby& ask);

 private:
  Meeting(const Host& host, TrustList trust);
  Result<proximity::HolderStep> tell(const proximity::HolderEvent& event);
  Result<proximity::HolderStep> listen(proximity::Wire& wire, Instant until);
  Result<proximity::HolderStep> send(proximity::Wire& wire, const proximity::SendMessage& message);
  Result<proximity::HolderStep> decide(proximity::Wire& wire, const proximity::AskHolder& asked,
                                       const AskToShareNearby& ask);
  Result<NearbyQuestion> make_question(const proximity::AskHolder& asked) const;
  Status verify_holder();
  Result<proximity::HolderFinished> run(proximity::Wire& wire, const AskToShareNearby& ask);
  Label name() const;  // of the reader
  Status keep_receipt(const proximity::AskHolder& asked);
  Status finish_receipt(Met& met);
  Status record(const Met& met) const;
  const Host& host_;
  TrustList trust_;
  CardStore cards_;
  RegisteredReaders registrations_;
  std::optional<SpendingDocumentBox> box_;
  std::optional<proximity::HolderFlow> flow_;
  std::optional<proximity::AskHolder> asked_;
  std::optional<std::string> receipt_name_;
  NearbyReceipt receipt_;
  std::optional<Error> not_verified_;  // the holder agreed, and could not prove to be here
};

}  // namespace mibun::wallet
