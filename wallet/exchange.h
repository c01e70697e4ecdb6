#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/oid4vci/wallet_flow.h"
#include "wallet/attestation.h"
#include "wallet/host.h"
#include "wallet/made_keys.h"
#include "wallet/trust.h"

namespace mibun::wallet {

inline constexpr std::size_t kCopiesWanted = 10;

// What an exchange shows to authorization servers; another pair for each card, or issuers could link them.
struct ExchangeKeys {
  KeyId dpop, instance;
};

// What an issuer is told of copies: whether they are kept.
template <class T>
oid4vci::NotificationEvent fate_of(const Result<T>& kept) {
  return kept ? oid4vci::NotificationEvent::credential_accepted : oid4vci::NotificationEvent::credential_failure;
}

// One talk with an issuer: a flow of the core with this device behind it.
class Exchange {
 public:
  struct Parts {
    oid4vci::IssuanceStart start;
    ExchangeKeys keys;
    bool anonymous = false;  // do not say which wallet software this is
    // Called with each refresh token; it must be durable when this returns.
    std::function<Status(const std::string&)> keep_refresh_token = {};
  };
  // Errors: those of the key store and load_trust.
  static Result<std::unique_ptr<Exchange>> open(const Host& host, WalletProvider& provider, Parts parts);

  // What needs the person, or the end. Everything else is done on the way.
  using Turn = std::variant<oid4vci::AskHolder, oid4vci::OpenAuthorization, oid4vci::Finished, oid4vci::Pending,
                            oid4vci::Notified>;
  // Errors: those of IssuanceFlow and WalletProvider, http_*. After one the exchange is over, unless it can go on.
  Result<Turn> begin();
  Result<Turn> agreed(oid4vci::HolderAgreed answer);  // after AskHolder
  Result<Turn> arrived(std::string redirect);         // after OpenAuthorization; the whole address
  // What stopped it was not the issuer's word: nobody could be reached, or the person did not confirm for the wallet's
  // own provider. again() does once more what was to be done then, the same request with the same bytes: one that
  // arrived after all is refused as a copy, and nothing is got twice. Errors: as above, invalid_argument (it cannot).
  bool can_go_on() const { return stopped_at_.has_value(); }
  Result<Turn> again();
  // The offer's code is used up: only another offer begins anew.
  bool has_token() const { return flow_.has_token(); }
  using End = std::variant<oid4vci::Finished, oid4vci::Pending, oid4vci::Notified>;
  // Without the person; whatever needs them is refused. Errors: wallet_holder_refused, those of begin().
  Result<End> run_alone();
  // After Finished: tells the issuer what became of the copies, when it wants to know. That it cannot be told changes
  // nothing.
  void notify(oid4vci::NotificationEvent event);
  // The keys of the copies belong to a card now; without this they are destroyed with the exchange.
  void keep_copy_keys() { made_.keep(); }
  // As the issuer named itself when the person was asked.
  const std::vector<oid4vci::Display>& issuer_display() const { return issuer_display_; }

 private:
  class CopyKeys final : public oid4vci::HolderKeyMaker {
   public:
    CopyKeys(KeyStore& store, MadeKeys& made) : store_(store), made_(made) {}
    Result<oid4vci::HolderKey> make_key() override;

   private:
    KeyStore& store_;
    MadeKeys& made_;
  };
  Exchange(const Host& host, WalletProvider& provider, TrustList trust, const crypto::P256Signer& dpop_key,
           const crypto::P256Signer& instance_key, Parts parts);
  Result<Turn> proceed(oid4vci::Event event);
  Result<oid4vci::Event> answer(const oid4vci::Step& step);
  Result<oid4vci::Event> try_answer(oid4vci::Step step);
  Host host_;
  WalletProvider& provider_;
  TrustList trust_;
  const crypto::P256Signer& instance_key_;
  MadeKeys made_;
  CopyKeys copy_keys_;
  std::vector<oid4vci::Display> issuer_display_;
  oid4vci::IssuanceFlow flow_;
  std::optional<oid4vci::Step> stopped_at_;
};

}  // namespace mibun::wallet
