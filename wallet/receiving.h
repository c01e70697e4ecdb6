#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/sd_jwt/holder.h"
#include "wallet/cards.h"
#include "wallet/exchange.h"
#include "wallet/grants.h"
#include "wallet/new_grant.h"

namespace mibun::wallet {

struct ReceivedCard {
  Card card;
  std::vector<sd_jwt::HeldClaim> claims;  // for the preview
};
// A card, or one that its issuer needs time for: its keys and everything to come back with are stored (renewal.h).
using ReceiveOutcome = std::variant<ReceivedCard, PendingCard>;

// The way to one card, in steps that never wait for the person: begin() -> a question -> agreed() -> perhaps the
// question again, when the code was wrong, or a visit -> arrived() -> the card. Whoever refuses drops it: nothing is
// stored, and the keys that were made are destroyed.
class Receiving {
 public:
  using Turn = std::variant<oid4vci::AskHolder, oid4vci::OpenAuthorization, ReceivedCard, PendingCard>;

  // `provider` must outlive this. Errors: those of the store and of Exchange::open.
  static Result<std::unique_ptr<Receiving>> open(const Host& host, WalletProvider& provider,
                                                 oid4vci::IssuanceStart start);
  // Errors: those of Exchange and verify_copies. After one it is over, unless it can go on; the issuer was told, if it
  // wants to know.
  Result<Turn> begin();
  Result<Turn> agreed(oid4vci::HolderAgreed answer);
  Result<Turn> arrived(std::string redirect);
  // Exchange::can_go_on(), again().
  bool can_go_on() const { return exchange_->can_go_on(); }
  Result<Turn> again();
  // After an error: whether the same offer may lead to the card from its beginning. What is there once is not for an
  // offer whose code is used up, or was refused.
  bool can_begin_anew(const Error& error) const;

 private:
  Receiving(const Host& host, std::string card_id) : host_(host), next_(host, std::move(card_id)) {}
  Result<Turn> go_on(Result<Exchange::Turn> turn);
  Result<Turn> keep_pending(const oid4vci::Pending& pending);
  Result<Turn> keep_card(const oid4vci::Finished& finished);
  Result<ReceivedCard> store(const oid4vci::Finished& finished);
  Status finish_grant(const oid4vci::Finished& finished);
  Host host_;
  NewGrant next_;
  bool by_code_of_offer_ = false;
  std::unique_ptr<Exchange> exchange_;
};

// What an offer by reference names is fetched only on the person's word, and then like everything that others name
// (R4). Errors: http_*, those of CredentialOffer.
Result<oid4vci::CredentialOffer> fetch_offer(Http& http, const oid4vci::OfferReference& reference);

}  // namespace mibun::wallet
