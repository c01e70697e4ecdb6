#include "wallet/exchange.h"

#include <utility>

#include "wallet/authorization.h"

namespace mibun::wallet {
namespace {

std::optional<oid4vci::FlowClient> client_of(bool anonymous, const crypto::P256Signer& instance_key) {
  if (anonymous) return std::nullopt;
  return oid4vci::FlowClient{
      .client_id = std::string(kClientId), .redirect_uri = std::string(kRedirectUri), .instance_key = &instance_key};
}

// Nobody said no for good.
bool is_passing(const Error& error) {
  switch (error.code) {
    case ErrorCode::cancelled:
    case ErrorCode::wallet_user_verification_failed:
    case ErrorCode::http_connect_failed:
    case ErrorCode::http_tls_failed:
    case ErrorCode::http_timeout:
      return true;
    default:
      return false;
  }
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
      made_(host),
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
  MIBUN_CHECK(complete_trust(host));
  MIBUN_TRY(TrustList trust, current_trust(host));
  MIBUN_TRY(const crypto::P256Signer* dpop_key, host.keys.signer(parts.keys.dpop));
  MIBUN_TRY(const crypto::P256Signer* instance_key, host.keys.signer(parts.keys.instance));
  return std::unique_ptr<Exchange>(
      new Exchange(host, provider, std::move(trust), *dpop_key, *instance_key, std::move(parts)));
}

// What needs nobody.
Result<oid4vci::Event> Exchange::answer(const oid4vci::Step& step) {
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

Result<oid4vci::Event> Exchange::try_answer(oid4vci::Step step) {
  auto event = answer(step);
  if (!event && is_passing(event.error())) stopped_at_ = std::move(step);
  return event;
}

Result<Exchange::Turn> Exchange::proceed(oid4vci::Event event) {
  for (;;) {
    MIBUN_TRY(oid4vci::Step step, flow_.advance(event, host_.clock.now()));
    if (auto* finished = std::get_if<oid4vci::Finished>(&step)) return std::move(*finished);
    if (auto* pending = std::get_if<oid4vci::Pending>(&step)) return std::move(*pending);
    if (const auto* notified = std::get_if<oid4vci::Notified>(&step)) return *notified;
    if (auto* visit = std::get_if<oid4vci::OpenAuthorization>(&step)) return std::move(*visit);
    if (auto* question = std::get_if<oid4vci::AskHolder>(&step)) {
      issuer_display_ = question->issuer_display;
      return std::move(*question);
    }
    MIBUN_TRY(event, try_answer(std::move(step)));
  }
}

Result<Exchange::Turn> Exchange::begin() {
  return proceed(oid4vci::Start{});
}

Result<Exchange::Turn> Exchange::agreed(oid4vci::HolderAgreed answer) {
  return proceed(std::move(answer));
}

Result<Exchange::Turn> Exchange::arrived(std::string redirect) {
  return proceed(oid4vci::RedirectArrived{std::move(redirect)});
}

Result<Exchange::Turn> Exchange::again() {
  if (!stopped_at_) return fail(ErrorCode::invalid_argument, "exchange", "nothing stopped it");
  oid4vci::Step step = *std::exchange(stopped_at_, std::nullopt);
  MIBUN_TRY(oid4vci::Event event, try_answer(std::move(step)));
  return proceed(std::move(event));
}

Result<Exchange::End> Exchange::run_alone() {
  MIBUN_TRY(Turn turn, begin());
  if (auto* finished = std::get_if<oid4vci::Finished>(&turn)) return std::move(*finished);
  if (auto* pending = std::get_if<oid4vci::Pending>(&turn)) return std::move(*pending);
  if (const auto* notified = std::get_if<oid4vci::Notified>(&turn)) return *notified;
  return fail(ErrorCode::wallet_holder_refused, "exchange", "nobody is there to be asked");
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
