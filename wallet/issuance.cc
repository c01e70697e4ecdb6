#include "wallet/issuance.h"

#include <algorithm>

namespace mibun::wallet {
namespace {

Result<oid4vci::CredentialOffer> open_link(const Host& host, std::string_view link, const ReceiveTalk& talk) {
  MIBUN_TRY(oid4vci::OfferLink offer, oid4vci::parse_offer_link(link));
  if (auto* by_value = std::get_if<oid4vci::CredentialOffer>(&offer)) return std::move(*by_value);
  const auto& reference = std::get<oid4vci::OfferReference>(offer);
  if (!talk.may_fetch || !talk.may_fetch(reference)) return fail(ErrorCode::wallet_holder_refused, "offer");
  return fetch_offer(host.http, reference);
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

Result<Receiving::Turn> ask(Receiving& receiving, const oid4vci::AskHolder& question, const ReceiveTalk& talk) {
  ReceiveDecision decision = talk.ask ? talk.ask(question) : ReceiveDecision{};
  if (!decision.agreed) return fail(ErrorCode::wallet_holder_refused, "offer");
  return receiving.agreed({std::move(decision.tx_code), std::move(decision.configuration_id)});
}

Result<Receiving::Turn> visit(Receiving& receiving, const oid4vci::OpenAuthorization& where, const ReceiveTalk& talk) {
  if (!talk.visit) return fail(ErrorCode::wallet_holder_refused, "visit", "nobody is there to sign in");
  MIBUN_TRY(std::string redirect, talk.visit(where));
  return receiving.arrived(std::move(redirect));
}

Result<ReceiveOutcome> receive_by(const Host& host, WalletProvider& provider, oid4vci::IssuanceStart start,
                                  const ReceiveTalk& talk) {
  MIBUN_TRY(const auto receiving, Receiving::open(host, provider, std::move(start)));
  MIBUN_TRY(Receiving::Turn turn, receiving->begin());
  for (;;) {
    if (auto* received = std::get_if<ReceivedCard>(&turn)) return std::move(*received);
    if (auto* pending = std::get_if<PendingCard>(&turn)) return std::move(*pending);
    if (const auto* question = std::get_if<oid4vci::AskHolder>(&turn)) {
      MIBUN_TRY(turn, ask(*receiving, oid4vci::AskHolder(*question), talk));
    } else {
      MIBUN_TRY(turn, visit(*receiving, oid4vci::OpenAuthorization(std::get<oid4vci::OpenAuthorization>(turn)), talk));
    }
  }
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
