#include "wallet/receiving.h"

#include "core/codecs/typed_id.h"
#include "wallet/history.h"
#include "wallet/issued_copies.h"
#include "wallet/new_card.h"

namespace mibun::wallet {
namespace {

constexpr std::size_t kCardIdBytes = 9;

}  // namespace

Result<oid4vci::CredentialOffer> fetch_offer(Http& http, const oid4vci::OfferReference& reference) {
  MIBUN_TRY(const HttpResponse response, http.send(reference.request()));
  return oid4vci::CredentialOffer::read_response(response);
}

Result<std::unique_ptr<Receiving>> Receiving::open(const Host& host, WalletProvider& provider,
                                                   oid4vci::IssuanceStart start) {
  MIBUN_CHECK(tidy_up(host));
  std::unique_ptr<Receiving> receiving(new Receiving(host, make_typed_id(host.rng, kCardIdBytes)));
  NewGrant& next = receiving->next_;
  MIBUN_CHECK(next.make_keys());
  next.grant.credential_issuer = start.credential_issuer;
  receiving->by_code_of_offer_ = std::holds_alternative<oid4vci::PreAuthorizedGrant>(start.grant);
  const auto keep_token = [&next](const std::string& token) {
    next.grant.refresh_token = token;
    return next.save();
  };
  MIBUN_TRY(receiving->exchange_, Exchange::open(receiving->host_, provider,
                                                 {.start = std::move(start),
                                                  .keys = {next.grant.dpop_key, next.grant.instance_key},
                                                  .keep_refresh_token = keep_token}));
  return receiving;
}

Result<Receiving::Turn> Receiving::begin() {
  return go_on(exchange_->begin());
}

Result<Receiving::Turn> Receiving::agreed(oid4vci::HolderAgreed answer) {
  return go_on(exchange_->agreed(std::move(answer)));
}

Result<Receiving::Turn> Receiving::arrived(std::string redirect) {
  return go_on(exchange_->arrived(std::move(redirect)));
}

Result<Receiving::Turn> Receiving::again() {
  return go_on(exchange_->again());
}

bool Receiving::can_begin_anew(const Error& error) const {
  return !by_code_of_offer_ || (!exchange_->has_token() && error.code != ErrorCode::oauth_invalid_grant);
}

Result<Receiving::Turn> Receiving::go_on(Result<Exchange::Turn> turn) {
  if (!turn) return std::unexpected(turn.error());
  if (auto* question = std::get_if<oid4vci::AskHolder>(&*turn)) return std::move(*question);
  if (auto* visit = std::get_if<oid4vci::OpenAuthorization>(&*turn)) return std::move(*visit);
  if (const auto* pending = std::get_if<oid4vci::Pending>(&*turn)) return keep_pending(*pending);
  if (const auto* finished = std::get_if<oid4vci::Finished>(&*turn)) return keep_card(*finished);
  return fail(ErrorCode::internal_error, "exchange", "no copies and no transaction");
}

Result<Receiving::Turn> Receiving::keep_pending(const oid4vci::Pending& pending) {
  const CardNames names = names_of(pending.configuration, pending.issuer_display, pending.credential_issuer);
  PendingCard card{.id = next_.grant.card_id,
                   .name_ja = names.name_ja,
                   .name_en = names.name_en,
                   .issuer_name_ja = names.issuer_name_ja,
                   .issuer_name_en = names.issuer_name_en,
                   .transaction_id = pending.transaction_id,
                   .access_token = pending.access_token,
                   .keys = {},
                   .asked_at = host_.clock.now(),
                   .ask_again_at = host_.clock.now() + pending.interval};
  for (const std::string& key : pending.key_ids) card.keys.push_back({key});
  next_.grant.authorization_server = pending.authorization_server;
  next_.grant.configuration_id = pending.configuration.id;
  next_.grant.refresh_token = pending.refresh_token;
  next_.grant.anonymous = pending.anonymous;
  MIBUN_CHECK(next_.save());
  MIBUN_CHECK(GrantStore(host_).save(card));
  next_.keep();
  exchange_->keep_copy_keys();
  return card;
}

// A card that nothing can be asked for again needs no grant.
Status Receiving::finish_grant(const oid4vci::Finished& finished) {
  next_.grant.authorization_server = finished.authorization_server;
  next_.grant.configuration_id = finished.configuration.id;
  next_.grant.refresh_token = finished.refresh_token;
  next_.grant.anonymous = finished.anonymous;
  next_.grant.notification_id = finished.notification_id;
  return finished.refresh_token ? next_.save() : Status{};
}

// The card, its copies and what brings the wallet back, or nothing of it.
Result<ReceivedCard> Receiving::store(const oid4vci::Finished& finished) {
  MIBUN_TRY(const VerifiedCopies verified, verify_copies(host_, finished));
  const CardNames names = names_of(finished.configuration, exchange_->issuer_display(), verified.issuer);
  MIBUN_CHECK(finish_grant(finished));
  MIBUN_TRY(ReceivedCard received, store_card(host_, next_.grant.card_id, names, finished, verified));
  exchange_->keep_copy_keys();
  if (finished.refresh_token) next_.keep();
  return received;
}

Result<Receiving::Turn> Receiving::keep_card(const oid4vci::Finished& finished) {
  auto received = store(finished);
  exchange_->notify(fate_of(received));
  if (!received) return std::unexpected(received.error());
  MIBUN_CHECK(record_deed(host_, "card_received", received->card));
  return std::move(*received);
}

}  // namespace mibun::wallet
