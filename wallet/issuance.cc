#include "wallet/issuance.h"

#include <algorithm>

#include "core/codecs/base64url.h"
#include "wallet/history.h"
#include "wallet/issued_copies.h"
#include "wallet/made_keys.h"
#include "wallet/renewal.h"
#include "wallet/trust.h"

namespace mibun::wallet {
namespace {

constexpr std::size_t kCardIdBytes = 9;

class CopyKeys final : public oid4vci::HolderKeyMaker {
 public:
  CopyKeys(KeyStore& store, MadeKeys& made) : store_(store), made_(made) {}
  Result<oid4vci::HolderKey> make_key() override {
    MIBUN_TRY(const KeyId key, made_.make());
    MIBUN_TRY(const crypto::P256Signer* signer, store_.signer(key));
    return oid4vci::HolderKey{key.value, signer};
  }

 private:
  KeyStore& store_;
  MadeKeys& made_;
};

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

// Who is asked on the way.
struct Helpers {
  WalletProvider& provider;
  const crypto::P256Signer& instance_key;
  const ReceiveTalk& talk;
};

Result<oid4vci::Finished> run(const Host& host, oid4vci::IssuanceFlow& flow, const Helpers& helpers) {
  oid4vci::Event event = oid4vci::Start{};
  for (;;) {
    MIBUN_TRY(oid4vci::Step step, flow.advance(event, host.clock.now()));
    if (auto* finished = std::get_if<oid4vci::Finished>(&step)) return std::move(*finished);
    if (std::holds_alternative<oid4vci::Pending>(step)) return fail(ErrorCode::oid4vci_issuance_pending, "offer");
    if (const auto* question = std::get_if<oid4vci::AskHolder>(&step)) {
      ReceiveDecision decision = helpers.talk.ask(*question);
      if (!decision.agreed) return fail(ErrorCode::wallet_holder_refused, "offer");
      event = oid4vci::HolderAgreed{std::move(decision.tx_code)};
      continue;
    }
    if (const auto* open = std::get_if<oid4vci::OpenAuthorization>(&step)) {
      if (!helpers.talk.visit) return fail(ErrorCode::invalid_argument, "visit", "nobody is there to sign in");
      MIBUN_TRY(std::string redirect, helpers.talk.visit(*open));
      event = oid4vci::RedirectArrived{std::move(redirect)};
      continue;
    }
    if (const auto* wanted = std::get_if<oid4vci::AttestWallet>(&step)) {
      MIBUN_TRY(event, helpers.provider.attest(*wanted, helpers.instance_key));
      continue;
    }
    if (const auto* wanted = std::get_if<oid4vci::AttestKeys>(&step)) {
      MIBUN_TRY(event, helpers.provider.attest(*wanted));
      continue;
    }
    MIBUN_TRY(HttpResponse response, host.http.send(std::get<oid4vci::SendRequest>(step).request));
    event = oid4vci::ResponseArrived{std::move(response)};
  }
}

// Tells the issuer what became of the copies, when it wants to know. That it cannot be told changes nothing.
void notify(const Host& host, oid4vci::IssuanceFlow& flow, oid4vci::NotificationEvent event) {
  oid4vci::Event next = oid4vci::CopiesHandled{event};
  for (;;) {
    auto step = flow.advance(next, host.clock.now());
    if (!step || !std::holds_alternative<oid4vci::SendRequest>(*step)) return;
    auto response = host.http.send(std::get<oid4vci::SendRequest>(*step).request);
    if (!response) return;
    next = oid4vci::ResponseArrived{std::move(*response)};
  }
}

std::string display_name(const std::vector<oid4vci::Display>& displays, std::string_view locale,
                         const std::string& otherwise) {
  const oid4vci::Display* display = oid4vci::choose_display(displays, locale);
  return display != nullptr ? display->name : otherwise;
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

// For the preview: every claim of an SD-JWT; each element of an mdoc by [name space, element].
std::vector<sd_jwt::HeldClaim> claims_of(const oid4vp::HeldCard& card) {
  if (const auto* held = card.sd_jwt()) return held->list();
  std::vector<sd_jwt::HeldClaim> claims;
  for (const auto& name_space : card.claims()) {
    for (const auto& element : name_space.value().get_object()) {
      claims.push_back(
          {sd_jwt::ClaimPath({std::string(name_space.key()), std::string(element.key())}), element.value(), true});
    }
  }
  return claims;
}

// The keys of one exchange; a refresh token is bound to both.
struct ExchangeKeys {
  KeyId dpop, instance;
};
// Stores what arrived and was verified; the card as it is listed from then on.
using Keep = std::function<Result<Card>(const oid4vci::Finished& finished, const VerifiedCopies& verified,
                                        const std::vector<oid4vci::Display>& issuer_display)>;

// From the start to a card in the store. The keys of its copies stay exactly when `keep` succeeded.
Result<ReceivedCard> exchange(const Host& host, WalletProvider& provider, oid4vci::IssuanceStart start,
                              const ReceiveTalk& talk, const ExchangeKeys& keys, const Keep& keep) {
  MIBUN_TRY(const crypto::P256Signer* dpop_key, host.keys.signer(keys.dpop));
  MIBUN_TRY(const crypto::P256Signer* instance_key, host.keys.signer(keys.instance));
  MadeKeys made(host.keys);
  CopyKeys copy_keys(host.keys, made);
  std::vector<oid4vci::Display> issuer_display;
  ReceiveTalk remembering = talk;
  remembering.ask = [&](const oid4vci::AskHolder& question) {
    issuer_display = question.issuer_display;
    return talk.ask(question);
  };
  MIBUN_TRY(const TrustList trust, load_trust(host.store));
  const oid4vci::FlowClient client{
      .client_id = std::string(kClientId), .redirect_uri = std::string(kRedirectUri), .instance_key = instance_key};
  oid4vci::IssuanceFlow flow(std::move(start), kCopiesWanted,
                             {copy_keys, *dpop_key, host.rng, &trust.credential_issuers, client, true});
  MIBUN_TRY(const oid4vci::Finished finished, run(host, flow, {provider, *instance_key, remembering}));
  const auto verified = verify_copies(host, finished);
  auto card = verified ? keep(finished, *verified, issuer_display) : std::unexpected(verified.error());
  if (!card) {
    notify(host, flow, oid4vci::NotificationEvent::credential_failure);
    return std::unexpected(card.error());
  }
  made.keep();
  MIBUN_CHECK(HistoryBook(host).record({.kind = "card_received",
                                        .partner_ja = card->issuer_name_ja,
                                        .partner_en = card->issuer_name_en,
                                        .outcome = "done"}));
  notify(host, flow, oid4vci::NotificationEvent::credential_accepted);
  return ReceivedCard{std::move(*card), claims_of(verified->held.front())};
}

Status add_to_store(const Host& host, const Card& card, const oid4vci::Finished& finished) {
  std::vector<NewCopy> copies;
  for (const oid4vci::IssuedCopy& copy : finished.copies) copies.push_back({copy.credential, KeyId{copy.key_id}});
  return CardStore(host.store, host.keys).add(card, copies);
}

std::string new_card_id(const Host& host) {
  return base64url::encode(host.rng.bytes(kCardIdBytes));
}

Card new_card(const Host& host, const oid4vci::Finished& finished, const VerifiedCopies& verified,
              const std::vector<oid4vci::Display>& issuer_display) {
  const oid4vp::HeldCard& first = verified.held.front();
  Card card;
  card.id = new_card_id(host);
  card.format = first.format();
  card.type = first.type();
  card.issuer = verified.issuer;
  card.name_ja = display_name(finished.configuration.display, "ja", card.type);
  card.name_en = display_name(finished.configuration.display, "en", card.type);
  card.issuer_name_ja = display_name(issuer_display, "ja", card.issuer);
  card.issuer_name_en = display_name(issuer_display, "en", card.issuer);
  card.received_at = host.clock.now();
  card.expires_at = verified.expires;
  card.copies = card.copies_left = finished.copies.size();
  return card;
}

Renewal renewal_from(const oid4vci::Finished& finished, const ExchangeKeys& keys) {
  return {.credential_issuer = finished.credential_issuer,
          .authorization_server = finished.authorization_server,
          .configuration_id = finished.configuration.id,
          .refresh_token = *finished.refresh_token,
          .dpop_key = keys.dpop,
          .instance_key = keys.instance};
}

Result<ReceivedCard> receive_by(const Host& host, WalletProvider& provider, oid4vci::IssuanceStart start,
                                const ReceiveTalk& talk) {
  MadeKeys exchange_keys(host.keys);  // destroyed at the end, unless a refresh token is bound to them
  MIBUN_TRY(const KeyId dpop, exchange_keys.make());
  MIBUN_TRY(const KeyId instance, exchange_keys.make());
  const ExchangeKeys keys{dpop, instance};
  return exchange(host, provider, std::move(start), talk, keys,
                  [&](const auto& finished, const auto& verified, const auto& issuer_display) -> Result<Card> {
                    Card card = new_card(host, finished, verified, issuer_display);
                    MIBUN_CHECK(add_to_store(host, card, finished));
                    if (!finished.refresh_token) return card;
                    MIBUN_CHECK(keep_renewal(host.store, card.id, renewal_from(finished, keys)));
                    exchange_keys.keep();
                    return card;
                  });
}

// The new copies stand before the old ones go. The keys go on to the next refresh token.
Result<Card> replace(const Host& host, const Card& old, const oid4vci::Finished& finished,
                     const VerifiedCopies& verified, const ExchangeKeys& keys) {
  const oid4vp::HeldCard& first = verified.held.front();
  if (first.format() != old.format || first.type() != old.type || verified.issuer != old.issuer) {
    return fail(ErrorCode::oid4vci_response_malformed, "renewal", "another card than the one to be renewed");
  }
  Card card = old;
  card.id = new_card_id(host);
  card.received_at = host.clock.now();
  card.expires_at = verified.expires;
  card.copies = card.copies_left = finished.copies.size();
  MIBUN_CHECK(add_to_store(host, card, finished));
  if (finished.refresh_token) {
    MIBUN_CHECK(keep_renewal(host.store, card.id, renewal_from(finished, keys)));
    MIBUN_CHECK(drop_renewal(host.store, old.id));
  }
  MIBUN_CHECK(CardStore(host.store, host.keys).remove(old.id));
  return card;
}

}  // namespace

Result<ReceivedCard> receive(const Host& host, WalletProvider& provider, std::string_view link, const ReceiveTalk& talk,
                             std::string_view configuration) {
  MIBUN_TRY(oid4vci::CredentialOffer offer, open_link(host, link, talk));
  MIBUN_CHECK(choose(offer, configuration));
  return receive_by(host, provider, oid4vci::IssuanceStart::from(std::move(offer)), talk);
}

Result<ReceivedCard> receive_from(const Host& host, WalletProvider& provider, const IssuerChoice& issuer,
                                  const ReceiveTalk& talk) {
  oid4vci::IssuanceStart start{.credential_issuer = issuer.credential_issuer,
                               .configuration_ids = {},
                               .authorization_server = {},
                               .grant = oid4vci::GrantOfMetadata{}};
  if (!issuer.configuration_id.empty()) start.configuration_ids = {issuer.configuration_id};
  return receive_by(host, provider, std::move(start), talk);
}

Result<ReceivedCard> renew(const Host& host, WalletProvider& provider, const Card& card) {
  MIBUN_TRY(const auto renewal, find_renewal(host.store, card.id));
  if (!renewal) return fail(ErrorCode::not_found, "renewal", "the issuer gave nothing to renew this card with");
  oid4vci::IssuanceStart start{.credential_issuer = renewal->credential_issuer,
                               .configuration_ids = {renewal->configuration_id},
                               .authorization_server = renewal->authorization_server,
                               .grant = oid4vci::RefreshGrant{renewal->refresh_token}};
  const ExchangeKeys keys{renewal->dpop_key, renewal->instance_key};
  const ReceiveTalk nobody{.ask = [](const auto&) { return ReceiveDecision{}; }};
  return exchange(host, provider, std::move(start), nobody, keys,
                  [&](const auto& finished, const auto& verified, const auto&) {
                    return replace(host, card, finished, verified, keys);
                  });
}

}  // namespace mibun::wallet
