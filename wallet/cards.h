#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/dcql/query.h"
#include "core/oid4vp/held_card.h"
#include "core/oid4vp/wallet_flow.h"
#include "wallet/host.h"

namespace mibun::wallet {

// What its issuer's status lists said of a card when they were asked last.
struct CardStatus {
  enum class Said { nothing, valid, suspended, revoked };  // nothing: never asked, or its issuer keeps no list
  Said said = Said::nothing;
  std::optional<Instant> checked_at;  // when `said` was read in a list that holds
  std::string failure;                // why the last try says nothing: an error code; empty: it went well
  Instant ask_again_at;               // not before
  friend bool operator==(const CardStatus&, const CardStatus&) = default;
};

// A card as the person sees it: many copies of one thing, each shown once, so that two partners cannot compare them.
struct Card {
  std::string id;
  std::string format{dcql::kSdJwtFormat};  // or dcql::kMdocFormat
  std::string type;                        // vct, doctype
  std::string issuer;                      // iss; of an mdoc, who its document signer's certificate is for
  std::string name_ja, name_en, issuer_name_ja, issuer_name_en;
  Instant received_at;
  std::optional<Instant> expires_at;
  std::size_t copies = 0, copies_left = 0;
  std::size_t generation = 0;  // of its copies: the one after each renewal
  CardStatus status = {};      // of these copies

  bool is_expired(Instant now) const { return expires_at && now >= *expires_at; }
  // Whoever checks refuses it: it is not shown.
  bool is_stopped() const {
    return status.said == CardStatus::Said::suspended || status.said == CardStatus::Said::revoked;
  }
};

struct NewCopy {
  std::string
      credential;  // as it arrived: an SD-JWT VC, or an mdoc's IssuerSigned in base64url; verified by the caller
  KeyId key;
};

// One copy of a card that was not shown yet.
struct UnusedCopy {
  std::string record;
  KeyId key;
  std::string credential;
};

// Cards and their copies, kept in the sealed store: "card.<id>" and "copy.<id>.<generation>.<number>".
class CardStore {
 public:
  CardStore(Store& store, KeyStore& keys) : store_(store), keys_(keys) {}

  // The copies first and the card last: a card that is listed has all its copies. `card.id` must be new.
  Status add(const Card& card, const std::vector<NewCopy>& copies);
  // New copies in the place of those that there are. The old ones can be shown until the new ones all stand, and from
  // then on they and their keys are gone; whatever comes between, the card has one set or the other. `card.id` must be
  // listed. Errors: not_found, those of the store.
  Status replace(const Card& card, const std::vector<NewCopy>& copies);
  // Of the copies that `card` was listed with; when it was renewed meanwhile, nothing is written.
  Status keep_status(const Card& card, const CardStatus& status);
  // Whether the card may be shown, as its status stands now. Errors: status_revoked, status_suspended, not_found.
  Status check_not_stopped(const std::string& card_id);
  // Newest first, with the copies that are left. Errors: those of the store, json_*.
  Result<std::vector<Card>> list();
  // nullopt when all are used.
  Result<std::optional<UnusedCopy>> next_copy(const std::string& card_id);
  // All of them.
  Result<std::vector<UnusedCopy>> unused_copies(const std::string& card_id);
  // Durable when it returns; the copy's text is gone from then on. Errors: wallet_no_copy_left (it was spent before).
  Status spend(const UnusedCopy& copy);
  // After the answer was sent: the key of a spent copy is of no more use.
  Status forget_key(const UnusedCopy& copy);
  // With its unused copies.
  Status remove(const std::string& card_id);
  // Copies of no card, with their keys: what a program that was ended in the middle left behind.
  Status sweep();

 private:
  Status drop_copy(const std::string& record);
  Result<Card> find(const std::string& card_id);
  Status write_copies(const Card& card, const std::vector<NewCopy>& copies);
  Status drop_other_copies(const Card& card);
  Store& store_;
  KeyStore& keys_;
};

// What a presentation may choose from: of each card that is neither expired nor stopped, the next unused copy. Asking
// for its signer spends the copy, and that is on disk before any byte is sent.
class SpendingCardBox final : public oid4vp::CardBox {
 public:
  static Result<SpendingCardBox> open(CardStore& cards, KeyStore& keys, Instant now);

  std::vector<const oid4vp::HeldCard*> cards() const override;
  // Errors: wallet_no_copy_left, those of check_not_stopped (its status changed since the box was opened).
  Result<std::shared_ptr<const crypto::P256Signer>> signer(const oid4vp::HeldCard& held) const override;

  // By place in cards().
  const Card& card(std::size_t place) const { return entries_[place]->card; }
  // After the exchange: the keys of what was spent.
  Status forget_spent_keys();

 private:
  struct Entry {
    Card card;
    UnusedCopy copy;
    oid4vp::HeldCard held;
    bool spent = false;
  };
  SpendingCardBox(CardStore& cards, KeyStore& keys) : cards_(&cards), keys_(&keys) {}
  CardStore* cards_;
  KeyStore* keys_;
  std::vector<std::unique_ptr<Entry>> entries_;
};

}  // namespace mibun::wallet
