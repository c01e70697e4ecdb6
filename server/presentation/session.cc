#include "server/presentation/session.h"

#include "core/codecs/typed_id.h"
#include "core/crypto/aead.h"
#include "core/crypto/hash.h"
#include "core/jose/jwe.h"
#include "core/oid4vp/request.h"

namespace mibun::server {
namespace {

SecretBytes return_key(std::string_view response_code, BytesView session_digest) {
  return crypto::hkdf_sha256(as_bytes(response_code), session_digest, as_bytes("mibun presentation result"), 32);
}

Bytes result_aad(std::string_view request_id) {
  return to_bytes("result|" + std::string(request_id));
}

}  // namespace

std::string_view to_string(PresentationMode mode) {
  switch (mode) {
    case PresentationMode::same_device:
      return "same_device";
    case PresentationMode::cross_device:
      return "cross_device";
    case PresentationMode::dc_api:
      return "dc_api";
    case PresentationMode::fragment:
      return "fragment";
  }
  return "";
}

bool waits_in_session(PresentationMode mode) {
  return mode != PresentationMode::same_device;
}

Result<PresentationMode> parse_presentation_mode(std::string_view text) {
  for (const PresentationMode mode : {PresentationMode::same_device, PresentationMode::cross_device,
                                      PresentationMode::dc_api, PresentationMode::fragment}) {
    if (text == to_string(mode)) return mode;
  }
  return fail(ErrorCode::request_malformed, "body.mode", "same_device, cross_device, dc_api or fragment");
}

receipt::PresentationChannel channel_of(PresentationMode mode) {
  switch (mode) {
    case PresentationMode::same_device:
    case PresentationMode::fragment:
      return receipt::PresentationChannel::same_device;
    case PresentationMode::cross_device:
      return receipt::PresentationChannel::cross_device_code;
    case PresentationMode::dc_api:
      return receipt::PresentationChannel::dc_api;
  }
  MIBUN_INVARIANT(false);
}

bool comes_by_page(PresentationMode mode) {
  return mode == PresentationMode::dc_api || mode == PresentationMode::fragment;
}

oid4vp::ResponseMode usual_response_mode(PresentationMode mode) {
  switch (mode) {
    case PresentationMode::same_device:
    case PresentationMode::cross_device:
      return oid4vp::ResponseMode::direct_post_jwt;
    case PresentationMode::dc_api:
      return oid4vp::ResponseMode::dc_api_jwt;
    case PresentationMode::fragment:
      return oid4vp::ResponseMode::fragment;
  }
  MIBUN_INVARIANT(false);
}

Result<oid4vp::ResponseMode> choose_response_mode(PresentationMode mode, std::optional<std::string_view> said,
                                                  const oid4vp::AnsweredModes& allowed) {
  const auto refuse = [](std::string detail) {
    return fail(ErrorCode::request_malformed, "body.response_mode", std::move(detail));
  };
  oid4vp::ResponseMode chosen = usual_response_mode(mode);
  if (said) {
    const auto known = oid4vp::parse_response_mode(*said, "body.response_mode");
    if (!known) return refuse("not a response mode");
    chosen = *known;
  }
  const bool fits = oid4vp::is_browsers(chosen) == (mode == PresentationMode::dc_api) &&
                    (chosen == oid4vp::ResponseMode::fragment) == (mode == PresentationMode::fragment);
  if (!fits) return refuse("does not fit the mode");
  if (!allowed.accept(chosen)) return refuse("this gateway takes encrypted answers only");
  return chosen;
}

std::string make_typed_token(Rng& rng) {
  return make_typed_id(rng, 32);
}

SessionSecret SessionSecret::make(PresentationMode mode, Rng& rng) {
  SessionSecret secret(make_typed_token(rng));
  while (waits_in_session(mode) && !secret.key()) secret = SessionSecret(make_typed_token(rng));
  return secret;
}

Bytes SessionSecret::digest() const {
  const crypto::Sha256Digest digest = crypto::sha256(text_);
  return {digest.begin(), digest.end()};
}

Result<crypto::P256PrivateKey> SessionSecret::key() const {
  const SecretBytes scalar = crypto::hkdf_sha256(as_bytes(text_), {}, as_bytes("mibun presentation session"), 32);
  return crypto::P256PrivateKey::from_scalar(scalar.reveal());
}

Bytes seal_for_return(std::string_view response_code, BytesView session_digest, std::string_view request_id,
                      std::string_view result, Rng& rng) {
  const SecretBytes key = return_key(response_code, session_digest);
  return crypto::seal_record(key.reveal(), result_aad(request_id), as_bytes(result), rng);
}

Result<std::string> open_after_return(std::string_view response_code, const SessionSecret& secret,
                                      std::string_view request_id, BytesView sealed) {
  const SecretBytes key = return_key(response_code, secret.digest());
  MIBUN_TRY(const Bytes opened, crypto::open_record(key.reveal(), result_aad(request_id), sealed));
  return std::string(as_text(opened));
}

Result<Bytes> seal_for_session(const crypto::P256PublicKey& session_key, std::string_view result, Rng& rng) {
  MIBUN_TRY(const std::string jwe, jose::encrypt_jwe(session_key, {}, as_bytes(result), rng));
  return to_bytes(jwe);
}

Result<std::string> open_in_session(const SessionSecret& secret, BytesView sealed) {
  MIBUN_TRY(const jose::Jwe jwe, jose::Jwe::parse(as_text(sealed), jose::kEcdhEsDirect));
  MIBUN_TRY(const auto key, secret.key());
  MIBUN_TRY(const Bytes opened, jwe.decrypt(key));
  return std::string(as_text(opened));
}

}  // namespace mibun::server
