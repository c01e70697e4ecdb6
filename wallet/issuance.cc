#include "wallet/issuance.h"

#include <set>

#include "core/codecs/base64url.h"
#include "core/sd_jwt/verifier.h"
#include "wallet/history.h"
#include "wallet/made_keys.h"
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

Result<std::string> visit_nothing(const oid4vci::OpenAuthorization& /*visit*/) {
  return fail(ErrorCode::invalid_argument, "visit", "an offer that asks for no sign-in");
}

Result<oid4vci::Finished> run(const Host& host, oid4vci::IssuanceFlow& flow, const AskToReceive& ask,
                              const VisitServer& visit) {
  oid4vci::Event event = oid4vci::Start{};
  for (;;) {
    MIBUN_TRY(oid4vci::Step step, flow.advance(event, host.clock.now()));
    if (auto* finished = std::get_if<oid4vci::Finished>(&step)) return std::move(*finished);
    if (const auto* question = std::get_if<oid4vci::AskHolder>(&step)) {
      ReceiveDecision decision = ask(*question);
      if (!decision.agreed) return fail(ErrorCode::wallet_holder_refused, "offer");
      event = oid4vci::HolderAgreed{std::move(decision.tx_code)};
      continue;
    }
    if (const auto* open = std::get_if<oid4vci::OpenAuthorization>(&step)) {
      MIBUN_TRY(std::string redirect, visit(*open));
      event = oid4vci::RedirectArrived{std::move(redirect)};
      continue;
    }
    MIBUN_TRY(HttpResponse response, host.http.send(std::get<oid4vci::SendRequest>(step).request));
    event = oid4vci::ResponseArrived{std::move(response)};
  }
}

// What a copy says, without what differs between copies of one card: also not the order, which follows random digests.
std::set<std::string> contents_of(const sd_jwt::HeldCredential& held) {
  std::set<std::string> contents;
  for (const sd_jwt::HeldClaim& claim : held.list()) {
    contents.insert(claim.path.to_string() + json::serialize(claim.value));
  }
  return contents;
}

Result<std::vector<sd_jwt::HeldCredential>> verify_copies(const Host& host, const oid4vci::Finished& finished) {
  MIBUN_TRY(const TrustList trust, load_trust(host.store));
  const sd_jwt::IssuerPolicy policy{.anchors = trust.credential_issuers, .vcts = {finished.configuration.vct}};
  std::vector<sd_jwt::HeldCredential> held;
  std::set<std::string, std::less<>> keys;
  for (const oid4vci::IssuedCopy& copy : finished.copies) {
    MIBUN_TRY(const auto verified, sd_jwt::verify_issued(copy.credential, policy, host.clock.now()));
    if (verified.issuer() != finished.credential_issuer) {
      return fail(ErrorCode::sd_jwt_issuer_mismatch, "credential.iss", "another issuer than the one that offered");
    }
    MIBUN_TRY(const crypto::P256Signer* signer, host.keys.signer(KeyId{copy.key_id}));
    if (!(verified.holder_key() == signer->public_key())) {
      return fail(ErrorCode::sd_jwt_holder_key_missing, "credential.cnf", "a copy for a key that is not ours");
    }
    if (!keys.insert(copy.key_id).second) {
      return fail(ErrorCode::sd_jwt_claim_collision, "credential.cnf", "two copies with one key");
    }
    held.emplace_back(verified);
    if (contents_of(held.back()) != contents_of(held.front())) {
      return fail(ErrorCode::sd_jwt_claim_collision, "credentials", "copies of one card that differ");
    }
  }
  if (held.empty()) return fail(ErrorCode::oid4vci_response_malformed, "credentials");
  return held;
}

std::string display_name(const std::vector<oid4vci::Display>& displays, std::string_view locale,
                         const std::string& otherwise) {
  const oid4vci::Display* display = oid4vci::choose_display(displays, locale);
  return display != nullptr ? display->name : otherwise;
}

Result<ReceivedCard> receive_by(const Host& host, oid4vci::IssuanceStart start, const AskToReceive& ask,
                                const VisitServer& visit) {
  MadeKeys exchange_keys(host.keys);  // destroyed at the end in any case
  MIBUN_TRY(const KeyId dpop_id, exchange_keys.make());
  MIBUN_TRY(const crypto::P256Signer* dpop_key, host.keys.signer(dpop_id));

  MadeKeys made(host.keys);
  CopyKeys copy_keys(host.keys, made);
  std::vector<oid4vci::Display> issuer_display;
  const AskToReceive remember_issuer = [&](const oid4vci::AskHolder& question) {
    issuer_display = question.issuer_display;
    return ask(question);
  };
  const oid4vci::FlowClient client{.client_id = std::string(kClientId), .redirect_uri = std::string(kRedirectUri)};
  oid4vci::IssuanceFlow flow(std::move(start), kCopiesWanted, {copy_keys, *dpop_key, host.rng, client});
  MIBUN_TRY(const oid4vci::Finished finished, run(host, flow, remember_issuer, visit));
  MIBUN_TRY(const auto held, verify_copies(host, finished));

  ReceivedCard received;
  received.claims = held.front().list();
  Card& card = received.card;
  card.id = base64url::encode(host.rng.bytes(kCardIdBytes));
  card.type = held.front().vct();
  card.issuer = held.front().issuer();
  card.name_ja = display_name(finished.configuration.display, "ja", card.type);
  card.name_en = display_name(finished.configuration.display, "en", card.type);
  card.issuer_name_ja = display_name(issuer_display, "ja", card.issuer);
  card.issuer_name_en = display_name(issuer_display, "en", card.issuer);
  card.received_at = host.clock.now();
  card.expires_at = held.front().expires();
  card.copies = card.copies_left = finished.copies.size();

  std::vector<NewCopy> copies;
  for (const oid4vci::IssuedCopy& copy : finished.copies) copies.push_back({copy.credential, KeyId{copy.key_id}});
  MIBUN_CHECK(CardStore(host.store, host.keys).add(card, copies));
  made.keep();
  MIBUN_CHECK(HistoryBook(host).record({.kind = "card_received",
                                        .partner_ja = card.issuer_name_ja,
                                        .partner_en = card.issuer_name_en,
                                        .outcome = "done"}));
  return received;
}

}  // namespace

Result<ReceivedCard> receive(const Host& host, const std::string& offer_uri, const AskToReceive& ask) {
  MIBUN_TRY(oid4vci::CredentialOffer offer, oid4vci::CredentialOffer::parse_uri(offer_uri));
  return receive_by(host, oid4vci::IssuanceStart::from(std::move(offer)), ask, visit_nothing);
}

Result<ReceivedCard> receive_from(const Host& host, const IssuerChoice& issuer, const AskToReceive& ask,
                                  const VisitServer& visit) {
  oid4vci::IssuanceStart start{.credential_issuer = issuer.credential_issuer,
                               .configuration_ids = {},
                               .authorization_server = {},
                               .grant = oid4vci::CodeGrant{}};
  if (!issuer.configuration_id.empty()) start.configuration_ids = {issuer.configuration_id};
  return receive_by(host, std::move(start), ask, visit);
}

}  // namespace mibun::wallet
