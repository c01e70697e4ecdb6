#include <algorithm>
#include <utility>

#include "core/codecs/base64url.h"
#include "core/jose/jws.h"
#include "core/oid4vp/client_id.h"
#include "core/oid4vp/protocol_text.h"
#include "core/oid4vp/request.h"

namespace mibun::oid4vp {
namespace {

json::Object client_metadata(const RequestParameters& parameters) {
  jose::Jwk key = parameters.encryption_key;
  key.set_kid(parameters.encryption_kid);
  key.set_alg("ECDH-ES");
  key.set_use("enc");
  const json::Array es256{"ES256"};
  return {
      {"jwks", json::Object{{"keys", json::Array{key.to_json()}}}},
      {"encrypted_response_enc_values_supported", json::Array{"A128GCM", "A256GCM"}},
      {"vp_formats_supported",
       json::Object{{dcql::kSdJwtFormat, json::Object{{"sd-jwt_alg_values", es256}, {"kb-jwt_alg_values", es256}}}}}};
}

Status check_parameters(const RequestParameters& parameters, const VerifiedRegistration& registration,
                        const crypto::Certificate& leaf, const std::string& client_id) {
  const auto invalid = [](std::string where) {
    return fail(ErrorCode::oid4vp_invalid_request, std::move(where), "no wallet would accept this");
  };
  if (!is_token(parameters.nonce) || parameters.nonce.size() < kNonceSizeMin) return invalid("nonce");
  if (!is_token(parameters.state)) return invalid("state");
  if (parameters.encryption_kid.empty()) return invalid("client_metadata.jwks");
  if (parameters.wallet_nonce && parameters.wallet_nonce->size() > kTokenSizeMax) return invalid("wallet_nonce");
  if (parameters.expires_at <= parameters.issued_at) return invalid("exp");
  MIBUN_TRY(const ClientId client, ClientId::parse(client_id));
  MIBUN_CHECK(client.check_response_uri(leaf, parameters.response_uri));
  if (registration.content().client_id != client_id) {
    return fail(ErrorCode::oid4vp_registration_invalid, "registration.sub", "the registration is another client's");
  }
  MIBUN_TRY(const dcql::Query query, dcql::Query::parse_to_send(parameters.dcql_query));
  return registration.allows(query);
}

}  // namespace

std::string random_token(Rng& rng) {
  return base64url::encode(rng.bytes(32));
}

Result<std::string> build_request_object(const RequestParameters& parameters, const VerifiedRegistration& registration,
                                         const crypto::Signer& signer, std::span<const Bytes> chain) {
  if (chain.empty()) return fail(ErrorCode::invalid_argument, "chain", "there is no certificate");
  MIBUN_TRY(const crypto::Certificate leaf, crypto::Certificate::parse(chain.front()));
  const std::string client_id = client_id_of(leaf);
  MIBUN_CHECK(check_parameters(parameters, registration, leaf, client_id));

  json::Object payload{
      {"aud", kRequestAudience},
      {"response_type", "vp_token"},
      {"response_mode", "direct_post.jwt"},
      {"client_id", client_id},
      {"response_uri", parameters.response_uri},
      {"nonce", parameters.nonce},
      {"state", parameters.state},
      {"iat", parameters.issued_at.unix_seconds()},
      {"exp", parameters.expires_at.unix_seconds()},
      {"dcql_query", parameters.dcql_query},
      {"client_metadata", client_metadata(parameters)},
      {"verifier_info", json::Array{json::Object{{"format", kRegistrationType}, {"data", registration.text()}}}}};
  if (parameters.pairing) payload[kPairingMember] = parameters.pairing->to_json();
  if (parameters.wallet_nonce) payload["wallet_nonce"] = *parameters.wallet_nonce;
  return jose::sign_jws({{"typ", kRequestObjectType}, {"x5c", jose::x5c_member(chain)}}, payload, signer);
}

}  // namespace mibun::oid4vp
