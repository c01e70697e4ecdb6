#include "wallet/issuance.h"

#include <algorithm>

#include "core/codecs/base64url.h"
#include "wallet/history.h"
#include "wallet/issued_copies.h"
#include "wallet/new_card.h"

namespace mibun::wallet {
namespace {

constexpr std::size_t kCardIdBytes = 9;

// R4: what a link names is fetched only on the person's word, and then like everything that others name.
Result<oid4vci::CredentialOffer> fetch_offer(const Host& host, const oid4vci::OfferReference& reference,
                                             const ReceiveTalk& talk) {
  if (!talk.may_fetch || !talk.may_fetch(reference)) return fail(ErrorCode::wallet_holder_refused, "offer");
  MIBUN_TRY(const HttpResponse response, host.http.send(reference.request()));
  return oid4vci::CredentialOffer::read_response(response);
}

Result<oid4vci::CredentialOffer> open_link(const Host& host, std::string_view link, const ReceiveTalk& talk) {
  MIBUN_TRY(oid4vci::OfferLink offer, oid4vci::parse_offer_link(link));
  if (auto* by_value = std::get_if<oid4vci::CredentialOffer>(&offer)) return std::move(*by_value);
  return fetch_offer(host, std::get<oid4vci::OfferReference>(offer), talk);
}

Status choose(oid4vci::CredentialOffer& offer, std::string_view configuration) {
  if (configuration.empty()) return {};
  const auto& ids = offer.configuration_ids;
  if (std::ranges::find(ids, configuration) == ids.end()) {
    return fail(ErrorCode::oid4vci_unknown_credential_configuration, "configuration", "not in the offer");
  }
  offer.configuration_ids = {std::string(configuration)};
  return {};
}

// What one card will be come back with: kept when the card is, otherwise gone with the keys.
class NewGrant {
 public:
  NewGrant(const Host& host, std::string card_id) : host_(host), keys_(host.keys) {
    grant.card_id = std::move(card_id);
  }
  ~NewGrant() {
    if (!kept_) (void)GrantStore(host_).forget(grant.card_id);
  }
  NewGrant(const NewGrant&) = delete;
  NewGrant& operator=(const NewGrant&) = delete;

  Status make_keys() {
    MIBUN_TRY(grant.dpop_key, keys_.make());
    MIBUN_TRY(grant.instance_key, keys_.make());
    return {};
  }
  Status save() const { return GrantStore(host_).save(grant); }
  void keep() {
    keys_.keep();
    kept_ = true;
  }
  IssuerGrant grant;

 private:
  const Host& host_;
  MadeKeys keys_;
  bool kept_ = false;
};

Result<PendingCard> keep_pending(const Host& host, NewGrant& next, const oid4vci::Pending& pending) {
  const CardNames names = names_of(pending.configuration, pending.issuer_display, pending.credential_issuer);
  PendingCard card{.id = next.grant.card_id,
                   .name_ja = names.name_ja,
                   .name_en = names.name_en,
                   .issuer_name_ja = names.issuer_name_ja,
                   .issuer_name_en = names.issuer_name_en,
                   .transaction_id = pending.transaction_id,
                   .access_token = pending.access_token,
                   .keys = {},
                   .asked_at = host.clock.now(),
                   .ask_again_at = host.clock.now() + pending.interval};
  for (const std::string& key : pending.key_ids) card.keys.push_back({key});
  next.grant.authorization_server = pending.authorization_server;
  next.grant.configuration_id = pending.configuration.id;
  next.grant.refresh_token = pending.refresh_token;
  next.grant.anonymous = pending.anonymous;
  MIBUN_CHECK(next.save());
  MIBUN_CHECK(GrantStore(host).save(card));
  next.keep();
  return card;
}

// A card that nothing can be asked for again needs no grant.
Status finish_grant(NewGrant& next, const oid4vci::Finished& finished) {
  next.grant.authorization_server = finished.authorization_server;
  next.grant.configuration_id = finished.configuration.id;
  next.grant.refresh_token = finished.refresh_token;
  next.grant.anonymous = finished.anonymous;
  next.grant.notification_id = finished.notification_id;
  return finished.refresh_token ? next.save() : Status{};
}

// The card, its copies and what brings the wallet back, or nothing of it.
Result<ReceivedCard> keep_finished(const Host& host, NewGrant& next, Exchange& exchange,
                                   const oid4vci::Finished& finished) {
  MIBUN_TRY(const VerifiedCopies verified, verify_copies(host, finished));
  const CardNames names = names_of(finished.configuration, exchange.issuer_display(), verified.issuer);
  MIBUN_CHECK(finish_grant(next, finished));
  MIBUN_TRY(ReceivedCard received, store_card(host, next.grant.card_id, names, finished, verified));
  exchange.keep_copy_keys();
  if (finished.refresh_token) next.keep();
  return received;
}

Result<ReceiveOutcome> receive_by(const Host& host, WalletProvider& provider, oid4vci::IssuanceStart start,
                                  const ReceiveTalk& talk) {
  MIBUN_CHECK(tidy_up(host));
  NewGrant next(host, base64url::encode(host.rng.bytes(kCardIdBytes)));
  MIBUN_CHECK(next.make_keys());
  next.grant.credential_issuer = start.credential_issuer;
  const auto keep_token = [&next](const std::string& token) {
    next.grant.refresh_token = token;
    return next.save();
  };
  MIBUN_TRY(const auto exchange, Exchange::open(host, provider,
                                                {.start = std::move(start),
                                                 .keys = {next.grant.dpop_key, next.grant.instance_key},
                                                 .keep_refresh_token = keep_token}));
  MIBUN_TRY(const Exchange::End end, exchange->run(talk));
  if (const auto* pending = std::get_if<oid4vci::Pending>(&end)) {
    MIBUN_TRY(PendingCard card, keep_pending(host, next, *pending));
    exchange->keep_copy_keys();
    return card;
  }
  const auto* finished = std::get_if<oid4vci::Finished>(&end);
  if (finished == nullptr) return fail(ErrorCode::internal_error, "exchange", "no copies and no transaction");
  auto received = keep_finished(host, next, *exchange, *finished);
  exchange->notify(fate_of(received));
  if (received) MIBUN_CHECK(record_deed(host, "card_received", received->card));
  return received;
}

}  // namespace

Result<ReceiveOutcome> receive(const Host& host, WalletProvider& provider, std::string_view link,
                               const ReceiveTalk& talk, std::string_view configuration) {
  MIBUN_TRY(oid4vci::CredentialOffer offer, open_link(host, link, talk));
  MIBUN_CHECK(choose(offer, configuration));
  return receive_by(host, provider, oid4vci::IssuanceStart::from(std::move(offer)), talk);
}

Result<ReceiveOutcome> receive_from(const Host& host, WalletProvider& provider, const IssuerChoice& issuer,
                                    const ReceiveTalk& talk) {
  oid4vci::IssuanceStart start{.credential_issuer = issuer.credential_issuer,
                               .configuration_ids = {},
                               .authorization_server = {},
                               .grant = oid4vci::GrantOfMetadata{}};
  if (!issuer.configuration_id.empty()) start.configuration_ids = {issuer.configuration_id};
  return receive_by(host, provider, std::move(start), talk);
}

}  // namespace mibun::wallet
