#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "core/base/time.h"
#include "core/oid4vci/credential.h"
#include "core/oid4vci/issuer_steps.h"
#include "core/oid4vci/metadata.h"
#include "core/oid4vci/offer.h"
#include "core/sd_jwt/issuer.h"
#include "platform/database/database.h"
#include "platform/keyd/keyd.h"
#include "server/access/access.h"
#include "server/erasure/part.h"
#include "server/history/recorder.h"
#include "server/issuance/card_grants.h"
#include "server/issuance/configurations.h"
#include "server/issuance/key_demand.h"
#include "server/issuance/offers.h"
#include "server/issuance/status_lists.h"
#include "server/registration/unit.h"
#include "server/trust/trust.h"

namespace mibun::server {

inline constexpr std::size_t kBatchSize = 10;

// The issuer: offers, codes, nonces, and batches of cards of both formats with an intent that is durable before any
// signature. What is asked for while a case is under review is issued later.
class IssuanceService final : public OfferMaker,
                              public PreAuthorizedCodes,
                              public CardGrants,
                              public ErasablePart,
                              public UnitBoundPart {
 public:
  IssuanceService(database::Database& database, keyd::KeyHolder& keys, HistoryRecorder& history,
                  StatusLists& status_lists, const Trust& trust, KeyDemand key_demand, const Clock& clock, Rng& rng,
                  std::string public_origin)
      : database_(database),
        keys_(keys),
        history_(history),
        status_lists_(status_lists),
        trust_(trust),
        key_demand_(std::move(key_demand)),
        clock_(clock),
        rng_(rng),
        public_origin_(std::move(public_origin)) {}

  // Where the approved claims come from; the proofing room needs this room first, so it is handed over afterwards.
  void set_claims_source(ApprovedClaims& claims) { claims_ = &claims; }

  oid4vci::IssuerMetadata metadata() const override;
  Result<std::string> signed_metadata() const;
  std::vector<oid4vci::DecryptionKey> decryption_keys() const;
  const KeyDemand& key_demand() const { return key_demand_; }

  Status make_offer(database::Transaction& transaction, const keyd::PersonId& person,
                    const std::string& case_id) override;
  void ask_ahead(const keyd::PersonId& person, const std::string& case_id) override;
  Result<std::optional<ShownOffer>> show_offer(const keyd::PersonId& person, const std::string& case_id) override;
  Result<Redemption> redeem(database::Transaction& transaction, std::string_view code,
                            const std::optional<std::string>& tx_code) override;
  void ask_ahead(std::string_view code, const std::optional<std::string>& tx_code) override;
  // The offer at an address of ours, while it can be used; as often as it is asked for.
  Result<std::optional<oid4vci::CredentialOffer>> offer_at(std::string_view reference);
  Status check_entitled(const keyd::PersonId& person) override;
  Result<std::string> use_offer(database::Transaction& transaction, const keyd::PersonId& person,
                                std::string_view issuer_state) override;

  Result<std::string> make_nonce();

  // A batch for the case of `grant`: nonce used up, indexes taken and the intent written in one transaction; then the
  // signatures; then the issuance is recorded and only then handed out. Each access token gives each configuration
  // once. While the case is under review: a transaction. Errors: oid4vci_*, database_*.
  Result<oid4vci::CredentialAnswer> answer(const Grant& grant, const oid4vci::VerifiedCredentialRequest& request);
  // OpenID4VCI 1.0, section 9: the batch of a transaction, once, or the transaction again. Any access token of the
  // person will do. Errors: oid4vci_invalid_transaction_id, oid4vci_credential_request_denied (the case was rejected).
  Result<oid4vci::CredentialAnswer> answer(const Grant& grant, const oid4vci::DeferredRequest& request);
  // OpenID4VCI 1.0, section 11: idempotent; the first word counts, and that a stored card was deleted later, which also
  // revokes its copies. Errors: oid4vci_invalid_notification_id.
  Status notified(const Grant& grant, const oid4vci::NotificationRequest& notification);

  // After a start: an issuance that was cut off between intent and record is abandoned, its indexes revoked, and its
  // offer can be used again.
  Status recover();

  std::string_view record_class() const override { return "cards and offers"; }
  Status erase(database::Transaction& transaction, const keyd::PersonId& person) override;
  // Every copy that the device was given is revoked, and what it was offered or waits for is over.
  Status end_unit(database::Transaction& transaction, const keyd::PersonId& person) override;
  Status purge_expired();

 private:
  // What is issued: to whom, of which case, bound to which keys.
  struct Order {
    keyd::PersonId person;
    std::string case_id, configuration, token_id;
    std::vector<crypto::P256PublicKey> keys;
    std::optional<Bytes> transaction;  // of a deferred one: its look-up hash
  };
  struct Intent {
    std::string issuance_id, notification_id;
    std::vector<status_list::StatusReference> indexes;
  };
  Result<std::string> case_of(const Grant& grant);
  Status use_nonce(database::Transaction& transaction, const std::string& nonce);
  // Errors: oauth_invalid_token.
  Status require_token(database::Transaction& transaction, const std::string& token_id);
  Result<oid4vci::CredentialAnswer> defer(const Order& order, const std::string& nonce);
  Result<oid4vci::CredentialAnswer> issue(const Order& order, const std::optional<std::string>& nonce);
  Result<Intent> intend(const Order& order, const std::optional<std::string>& nonce);
  Result<std::shared_ptr<const sd_jwt::Issuer>> identity_issuer();
  Result<std::vector<std::string>> sign(const Order& order, const Intent& intent);
  Status complete(const Order& order, const Intent& intent, std::size_t copies);
  Status abandon(const std::string& issuance_id);
  Result<oid4vci::CredentialAnswer> deny(const Bytes& transaction_lookup);
  struct NewOffer;
  // Of an offer that is there already: `offer_id`.
  Result<NewOffer> draw_offer(const keyd::PersonId& person, std::optional<std::string> offer_id);
  Result<Bytes> code_lookup(std::string_view code);
  Result<Bytes> tx_code_lookup(std::string_view offer_id, std::string_view tx_code);
  database::Database& database_;
  keyd::KeyHolder& keys_;
  HistoryRecorder& history_;
  StatusLists& status_lists_;
  const Trust& trust_;
  KeyDemand key_demand_;
  const Clock& clock_;
  Rng& rng_;
  std::string public_origin_;
  ApprovedClaims* claims_ = nullptr;
  std::mutex identity_issuer_mutex_;
  std::shared_ptr<const sd_jwt::Issuer> identity_issuer_;
  const SigningIdentity* identity_issuer_of_ = nullptr;  // the key that it signs with
};

}  // namespace mibun::server
