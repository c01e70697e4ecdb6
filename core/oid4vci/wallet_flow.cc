#include "core/oid4vci/wallet_flow.h"

#include "core/oid4vci/wallet_flow_messages.h"

namespace mibun::oid4vci {

IssuanceStart IssuanceStart::from(CredentialOffer offer) {
  IssuanceStart start{.credential_issuer = std::move(offer.credential_issuer),
                      .configuration_ids = std::move(offer.configuration_ids),
                      .authorization_server = {},
                      .grant = GrantOfMetadata{}};
  if (offer.pre_authorized) {
    start.authorization_server = offer.pre_authorized->authorization_server;
    start.grant = std::move(*offer.pre_authorized);
  } else if (offer.by_code) {
    start.authorization_server = offer.by_code->authorization_server;
    start.grant = std::move(*offer.by_code);
  }
  return start;
}

Result<Step> IssuanceFlow::advance(const Event& event, Instant now) {
  auto next = step(event, now);
  if (!next) state_ = State::over;
  return next;
}

Result<Step> IssuanceFlow::step(const Event& event, Instant now) {
  if (std::holds_alternative<Start>(event) && state_ == State::start) return fetch_issuer_metadata();
  if (const auto* agreed = std::get_if<HolderAgreed>(&event); agreed != nullptr && state_ == State::holder) {
    return on_agreed(*agreed, now);
  }
  if (const auto* handled = std::get_if<CopiesHandled>(&event); handled != nullptr && state_ == State::finished) {
    nonce_retried_ = false;
    return send_notification(handled->event, now);
  }
  if (const auto* arrived = std::get_if<RedirectArrived>(&event);
      arrived != nullptr && state_ == State::authorization) {
    return on_redirect(*arrived, now);
  }
  if (const auto* attested = std::get_if<WalletAttested>(&event);
      attested != nullptr && state_ == State::wallet_attestation) {
    return on_attested(*attested, now);
  }
  if (const auto* attested = std::get_if<KeysAttested>(&event);
      attested != nullptr && state_ == State::key_attestation) {
    return on_keys_attested(*attested, now);
  }
  if (const auto* arrived = std::get_if<ResponseArrived>(&event)) return on_response(arrived->response, now);
  return fail(ErrorCode::invalid_argument, "event", "does not belong to this state");
}

Result<Step> IssuanceFlow::on_response(const HttpResponse& response, Instant now) {
  MIBUN_CHECK(check_no_redirect(response));
  switch (state_) {
    case State::issuer_metadata:
      return on_issuer_metadata(response, now);
    case State::server_metadata:
      return on_server_metadata(response, now);
    case State::challenge:
      return on_challenge(response, now);
    case State::pushed_request:
      return on_pushed(response, now);
    case State::token:
      return on_token(response, now);
    case State::nonce:
      return on_nonce(response, now);
    case State::credential:
      return on_credential(response, now);
    case State::notification:
      return on_notified(response, now);
    default:
      return fail(ErrorCode::invalid_argument, "event", "no request is out");
  }
}

}  // namespace mibun::oid4vci
