#include "wallet/exchange.h"

#include <utility>

namespace mibun::wallet {
namespace {

std::optional<oid4vci::FlowClient> client_of(bool anonymous, const crypto::P256Signer& instance_key) {
  if (anonymous) return std::nullopt;
  return oid4vci::FlowClient{
      .client_id = std::string(kClientId), .redirect_uri = std::string(kRedirectUri), .instance_key = &instance_key};
}

}  // namespace

Result<oid4vci::HolderKey> Exchange::CopyKeys::make_key() {
  MIBUN_TRY(const KeyId key, made_.make());
  MIBUN_TRY(const crypto::P256Signer* signer, store_.signer(key));
  return oid4vci::HolderKey{key.value, signer};
}

Exchange::Exchange(const Host& host, WalletProvider& provider, TrustList trust, const crypto::P256Signer& dpop_key,
                   const crypto::P256Signer& instance_key, Parts parts)
    : host_(host),
      provider_(provider),
      trust_(std::move(trust)),
      instance_key_(instance_key),
      made_(host.keys),
      copy_keys_(host.keys, made_),
      flow_(std::move(parts.start), kCopiesWanted,
            {.keys = copy_keys_,
             .dpop_key = dpop_key,
             .rng = host.rng,
             .metadata_signers = &trust_.credential_issuers,
             .client = client_of(parts.anonymous, instance_key),
             .keys_attestable = true,
             .keep_refresh_token = std::move(parts.keep_refresh_token)}) {}

Result<std::unique_ptr<Exchange>> Exchange::open(const Host& host, WalletProvider& provider, Parts parts) {
  MIBUN_TRY(TrustList trust, load_trust(host.store));
  MIBUN_TRY(const crypto::P256Signer* dpop_key, host.keys.signer(parts.keys.dpop));
  MIBUN_TRY(const crypto::P256Signer* instance_key, host.keys.signer(parts.keys.instance));
  return std::unique_ptr<Exchange>(
      new Exchange(host, provider, std::move(trust), *dpop_key, *instance_key, std::move(parts)));
}

Result<oid4vci::Event> Exchange::answer(const oid4vci::Step& step, const ReceiveTalk& talk) {
  if (const auto* question = std::get_if<oid4vci::AskHolder>(&step)) {
    issuer_display_ = question->issuer_display;
    ReceiveDecision decision = talk.ask ? talk.ask(*question) : ReceiveDecision{};
    if (!decision.agreed) return fail(ErrorCode::wallet_holder_refused, "offer");
    return oid4vci::HolderAgreed{std::move(decision.tx_code)};
  }
  if (const auto* open = std::get_if<oid4vci::OpenAuthorization>(&step)) {
    if (!talk.visit) return fail(ErrorCode::wallet_holder_refused, "visit", "nobody is there to sign in");
    MIBUN_TRY(std::string redirect, talk.visit(*open));
    return oid4vci::RedirectArrived{std::move(redirect)};
  }
  if (const auto* wanted = std::get_if<oid4vci::AttestWallet>(&step)) {
    MIBUN_TRY(oid4vci::WalletAttested attested, provider_.attest(*wanted, instance_key_));
    return attested;
  }
  if (const auto* wanted = std::get_if<oid4vci::AttestKeys>(&step)) {
    MIBUN_TRY(oid4vci::KeysAttested attested, provider_.attest(*wanted));
    return attested;
  }
  MIBUN_TRY(HttpResponse response, host_.http.send(std::get<oid4vci::SendRequest>(step).request));
  return oid4vci::ResponseArrived{std::move(response)};
}

Result<Exchange::End> Exchange::run(const ReceiveTalk& talk) {
  oid4vci::Event event = oid4vci::Start{};
  for (;;) {
    MIBUN_TRY(oid4vci::Step step, flow_.advance(event, host_.clock.now()));
    if (auto* finished = std::get_if<oid4vci::Finished>(&step)) return std::move(*finished);
    if (auto* pending = std::get_if<oid4vci::Pending>(&step)) return std::move(*pending);
    if (const auto* notified = std::get_if<oid4vci::Notified>(&step)) return *notified;
    MIBUN_TRY(event, answer(step, talk));
  }
}

void Exchange::notify(oid4vci::NotificationEvent event) {
  oid4vci::Event next = oid4vci::CopiesHandled{event};
  for (;;) {
    auto step = flow_.advance(next, host_.clock.now());
    if (!step || !std::holds_alternative<oid4vci::SendRequest>(*step)) return;
    auto response = host_.http.send(std::get<oid4vci::SendRequest>(*step).request);
    if (!response) return;
    next = oid4vci::ResponseArrived{std::move(*response)};
  }
}

}  // namespace mibun::wallet
