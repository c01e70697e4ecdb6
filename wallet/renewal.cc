#include "wallet/renewal.h"

#include <algorithm>

#include "wallet/issued_copies.h"
#include "wallet/new_card.h"
#include "wallet/renewal_plan.h"

namespace mibun::wallet {
namespace {

constexpr auto kRenewBefore = std::chrono::days(7);

Result<PendingCard> find_pending(const Host& host, const std::string& id) {
  MIBUN_TRY(const auto waiting, GrantStore(host).pending());
  const auto found = std::ranges::find(waiting, id, &PendingCard::id);
  if (found == waiting.end()) return fail(ErrorCode::not_found, "card", "nothing waits under this id");
  return *found;
}

Result<Card> find_card(const Host& host, const std::string& id) {
  MIBUN_TRY(const auto cards, CardStore(host.store, host.keys).list());
  const auto found = std::ranges::find(cards, id, &Card::id);
  if (found == cards.end()) return fail(ErrorCode::not_found, "card");
  return *found;
}

// An exchange with what was kept of the one that began it.
Result<std::unique_ptr<Exchange>> come_back(const Host& host, WalletProvider& provider, const IssuerGrant& grant,
                                            oid4vci::IssuanceStart start) {
  start.credential_issuer = grant.credential_issuer;
  start.configuration_ids = {grant.configuration_id};
  start.authorization_server = grant.authorization_server;  // never to another one, whatever the issuer lists first
  if (grant.refresh_token) start.grant = oid4vci::RefreshGrant{*grant.refresh_token};
  const auto keep_token = [&host, grant](const std::string& token) {
    IssuerGrant next = grant;
    next.refresh_token = token;
    return GrantStore(host).save(next);
  };
  return Exchange::open(host, provider,
                        {.start = std::move(start),
                         .keys = {grant.dpop_key, grant.instance_key},
                         .anonymous = grant.anonymous,
                         .keep_refresh_token = keep_token});
}

// The token that stands now: the exchange saved each new one.
Status save_notification(const Host& host, const std::string& card_id, const std::optional<std::string>& id) {
  GrantStore grants(host);
  MIBUN_TRY(auto grant, grants.find(card_id));
  if (!grant) return {};
  grant->notification_id = id;
  return grants.save(*grant);
}

Result<oid4vci::DeferredCopies> deferred_copies(const Host& host, const PendingCard& pending) {
  oid4vci::DeferredCopies wanted{.transaction_id = pending.transaction_id, .keys = {}};
  for (const KeyId& key : pending.keys) {
    MIBUN_TRY(const crypto::P256Signer* signer, host.keys.signer(key));
    wanted.keys.push_back({key.value, signer});
  }
  return wanted;
}

// No other answer will come: section 9.3, and a token that is worth nothing any more.
bool is_final(const Error& error) {
  return error.code == ErrorCode::oid4vci_credential_request_denied ||
         error.code == ErrorCode::oid4vci_invalid_transaction_id || error.code == ErrorCode::oauth_invalid_grant;
}

Result<ReceiveOutcome> still_pending(const Host& host, PendingCard pending, const oid4vci::Pending& again) {
  pending.transaction_id = again.transaction_id;
  pending.access_token = again.access_token;
  pending.ask_again_at = host.clock.now() + again.interval;
  MIBUN_CHECK(GrantStore(host).save(pending));
  return pending;
}

Result<ReceivedCard> store_pending(const Host& host, const PendingCard& pending, const oid4vci::Finished& finished,
                                   const VerifiedCopies& verified) {
  MIBUN_CHECK(save_notification(host, pending.id, finished.notification_id));
  const CardNames names{pending.name_ja, pending.name_en, pending.issuer_name_ja, pending.issuer_name_en};
  MIBUN_TRY(ReceivedCard received, store_card(host, pending.id, names, finished, verified));
  MIBUN_CHECK(GrantStore(host).keep_keys(pending));
  return received;
}

Result<ReceiveOutcome> finish_pending(const Host& host, Exchange& exchange, const PendingCard& pending,
                                      const oid4vci::Finished& finished) {
  GrantStore grants(host);
  const auto verified = verify_copies(host, finished);
  if (!verified) {
    exchange.notify(oid4vci::NotificationEvent::credential_failure);
    MIBUN_CHECK(grants.forget(pending));  // these keys got what they get
    return std::unexpected(verified.error());
  }
  // A store that fails in between leaves the wait; tidy_up() or the issuer's word about it ends that the next time.
  auto received = store_pending(host, pending, finished, *verified);
  exchange.notify(fate_of(received));
  if (!received) return std::unexpected(received.error());
  // RFC 6749, section 6: a server that sends no new refresh token leaves the old one good. The keys were needed until
  // here.
  MIBUN_TRY(const auto grant, grants.find(pending.id));
  if (grant && !grant->refresh_token) MIBUN_CHECK(grants.forget(pending.id));
  MIBUN_CHECK(record_deed(host, "card_received", received->card));
  return std::move(*received);
}

// The renewed card is the card that it was.
Status check_same(const Card& card, const VerifiedCopies& verified) {
  const oid4vp::HeldCard& first = verified.held.front();
  const bool same = verified.issuer == card.issuer && first.format() == card.format && first.type() == card.type;
  if (same) return {};
  return fail(ErrorCode::oid4vci_response_malformed, "credential", "another card than the one to be renewed");
}

Result<Card> replace_copies(const Host& host, Exchange& exchange, Card card, const oid4vci::Finished& finished) {
  MIBUN_TRY(const VerifiedCopies verified, verify_copies(host, finished));
  MIBUN_CHECK(check_same(card, verified));
  card.received_at = host.clock.now();
  card.expires_at = verified.expires;
  MIBUN_CHECK(CardStore(host.store, host.keys).replace(card, copies_in(finished)));
  exchange.keep_copy_keys();
  MIBUN_CHECK(save_notification(host, card.id, finished.notification_id));
  return find_card(host, card.id);
}

void tell_deleted(const Host& host, WalletProvider& provider, const IssuerGrant& grant) {
  if (!grant.refresh_token || !grant.notification_id) return;
  const auto exchange =
      come_back(host, provider, grant,
                {.credential_issuer = {},
                 .configuration_ids = {},
                 .authorization_server = {},
                 .grant = {},
                 .errand = oid4vci::Notice{*grant.notification_id, oid4vci::NotificationEvent::credential_deleted}});
  if (exchange) (void)(*exchange)->run_alone();
}

Result<Card> renew_now(const Host& host, WalletProvider& provider, const std::string& card_id) {
  MIBUN_TRY(Card card, find_card(host, card_id));
  GrantStore grants(host);
  MIBUN_TRY(const auto grant, grants.find(card_id));
  if (!grant || !grant->refresh_token) return fail(ErrorCode::wallet_not_renewable, "grant");
  MIBUN_TRY(const auto exchange, come_back(host, provider, *grant,
                                           {.credential_issuer = {},
                                            .configuration_ids = {},
                                            .authorization_server = {},
                                            .grant = {},
                                            .errand = oid4vci::NewCopies{}}));
  const auto end = exchange->run_alone();
  if (!end) {
    if (end.error().code != ErrorCode::oauth_invalid_grant) return std::unexpected(end.error());
    MIBUN_CHECK(grants.forget(card_id));  // over for good; the card stays until it is used up or runs out
    return fail(ErrorCode::wallet_not_renewable, "grant", end.error().detail);
  }
  const auto* finished = std::get_if<oid4vci::Finished>(&*end);
  if (finished == nullptr) return fail(ErrorCode::oid4vci_issuance_pending, "card");
  auto renewed = replace_copies(host, *exchange, std::move(card), *finished);
  exchange->notify(fate_of(renewed));
  if (renewed) MIBUN_CHECK(record_deed(host, "card_renewed", *renewed));
  return renewed;
}

// The token may have been replaced meanwhile: what stands there now is written on.
Status note_outcome(const Host& host, const std::string& card_id, const Error* error) {
  GrantStore grants(host);
  MIBUN_TRY(auto grant, grants.find(card_id));
  if (!grant) return {};
  grant->renewals_failed = error == nullptr ? 0 : grant->renewals_failed + 1;
  grant->renewal_failure = error == nullptr ? "" : std::string(to_string(error->code));
  // Also after one that went well: an issuer whose copies are due at once is not asked without end.
  const unsigned wait_as_after = std::max(grant->renewals_failed, 1U);
  grant->renew_again_at = host.clock.now() + wait_after(wait_as_after).value_or(milliseconds(0));
  return grants.save(*grant);
}

}  // namespace

Result<ReceiveOutcome> fetch_pending(const Host& host, WalletProvider& provider, const std::string& id) {
  MIBUN_CHECK(tidy_up(host));
  GrantStore grants(host);
  MIBUN_TRY(PendingCard pending, find_pending(host, id));
  if (host.clock.now() < pending.ask_again_at) return pending;
  MIBUN_TRY(const auto grant, grants.find(id));
  if (!grant) return fail(ErrorCode::not_found, "grant");
  MIBUN_TRY(auto wanted, deferred_copies(host, pending));
  MIBUN_TRY(const auto exchange, come_back(host, provider, *grant,
                                           {.credential_issuer = {},
                                            .configuration_ids = {},
                                            .authorization_server = {},
                                            .grant = oid4vci::HeldToken{pending.access_token},
                                            .errand = std::move(wanted)}));
  const auto end = exchange->run_alone();
  if (!end) {
    if (is_final(end.error())) MIBUN_CHECK(grants.forget(pending));
    return std::unexpected(end.error());
  }
  if (const auto* again = std::get_if<oid4vci::Pending>(&*end)) return still_pending(host, std::move(pending), *again);
  const auto* finished = std::get_if<oid4vci::Finished>(&*end);
  if (finished == nullptr) return fail(ErrorCode::internal_error, "exchange", "neither copies nor a transaction");
  return finish_pending(host, *exchange, pending, *finished);
}

std::optional<Instant> due_from(const Card& card) {
  if (!card.expires_at) return std::nullopt;
  const auto lifetime = *card.expires_at - card.received_at;
  return *card.expires_at - std::min<milliseconds>(kRenewBefore, lifetime / 4);
}

bool is_due(const Card& card, Instant now) {
  if (card.copies_left <= card.copies / 4) return true;
  const auto from = due_from(card);
  return from && now >= *from;
}

Result<Card> renew(const Host& host, WalletProvider& provider, const std::string& card_id) {
  Result<Card> renewed = renew_now(host, provider, card_id);
  // That it cannot be written down stops nothing: it is tried again so much the sooner.
  static_cast<void>(note_outcome(host, card_id, renewed ? nullptr : &renewed.error()));
  return renewed;
}

Result<std::vector<Renewal>> renew_due(const Host& host, WalletProvider& provider) {
  MIBUN_TRY(const auto cards, CardStore(host.store, host.keys).list());
  std::vector<Renewal> renewals;
  for (const Card& card : cards) {
    if (!is_due(card, host.clock.now())) continue;
    MIBUN_TRY(const auto grant, GrantStore(host).find(card.id));
    if (!grant || !grant->refresh_token) continue;
    const auto renewed = renew(host, provider, card.id);
    if (renewed) {
      renewals.push_back({*renewed, {}});
    } else {
      renewals.push_back({card, renewed.error()});
    }
  }
  return renewals;
}

Status remove_card(const Host& host, WalletProvider& provider, const std::string& id) {
  MIBUN_CHECK(tidy_up(host));
  GrantStore grants(host);
  if (const auto pending = find_pending(host, id)) return grants.forget(*pending);
  MIBUN_TRY(const Card card, find_card(host, id));
  MIBUN_TRY(const auto grant, grants.find(id));
  if (grant) tell_deleted(host, provider, *grant);
  MIBUN_CHECK(CardStore(host.store, host.keys).remove(id));
  MIBUN_CHECK(grants.forget(id));
  return record_deed(host, "card_deleted", card);
}

}  // namespace mibun::wallet
