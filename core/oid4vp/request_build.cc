#include <algorithm>
#include <utility>

#include "core/codecs/base64url.h"
#include "core/codecs/url.h"
#include "core/jose/jws.h"
#include "core/jose/jws_json.h"
#include "core/oid4vp/client_id.h"
#include "core/oid4vp/dc_api.h"
#include "core/oid4vp/formats.h"
#include "core/oid4vp/protocol_text.h"
#include "core/oid4vp/request.h"
#include "core/oid4vp/request_client.h"

namespace mibun::oid4vp {
namespace {

// Of the formats that are asked for; what else this gateway could read is nobody's business. `dcql_query` was checked.
// A key only where the answer is to be encrypted.
json::Object client_metadata(jose::Jwk key, const std::string& kid, ResponseMode mode, const json::Object& dcql_query) {
  json::Object formats;
  for (const json::Value& credential : dcql_query.at("credentials").as_array()) {
    const std::string_view format = credential.as_object().at("format").as_string();
    formats[format] = algorithms_of(format);
  }
  json::Object metadata{{"vp_formats_supported", std::move(formats)}};
  if (!is_encrypted(mode)) return metadata;
  key.set_kid(kid);
  key.set_alg("ECDH-ES");
  key.set_use("enc");
  metadata["jwks"] = json::Object{{"keys", json::Array{key.to_json()}}};
  metadata["encrypted_response_enc_values_supported"] = json::Array{"A128GCM", "A256GCM"};
  return metadata;
}

json::Array verifier_info(const VerifiedRegistration& registration) {
  return {json::Object{{"format", kRegistrationType}, {"data", registration.text()}}};
}

std::unexpected<Error> invalid(std::string where) {
  return fail(ErrorCode::oid4vp_invalid_request, std::move(where), "no wallet would accept this");
}

// {"transaction_data": [...]}, or nothing.
json::Object transaction_member(std::span<const TransactionData> transaction_data) {
  json::Array list;
  for (const TransactionData& data : transaction_data) list.emplace_back(data.encoded());
  json::Object member;
  if (!list.empty()) member[kTransactionDataMember] = std::move(list);
  return member;
}

// What every request needs, however it travels.
Status check_common(std::string_view nonce, std::string_view kid, Instant issued_at, Instant expires_at) {
  if (!is_token(nonce) || nonce.size() < kNonceSizeMin) return invalid("nonce");
  if (kid.empty()) return invalid("client_metadata.jwks");
  return expires_at <= issued_at ? invalid("exp") : Status{};
}

Result<dcql::Query> check_query(const VerifiedRegistration& registration, const json::Object& dcql_query) {
  MIBUN_TRY(dcql::Query query, dcql::Query::parse_to_send(dcql_query));
  MIBUN_CHECK(registration.allows(query));
  return query;
}

Result<dcql::Query> check_registered(const VerifiedRegistration& registration, const std::string& client_id,
                                     const json::Object& dcql_query) {
  if (registration.content().client_id != client_id) {
    return fail(ErrorCode::oid4vp_registration_invalid, "registration.sub", "the registration is another client's");
  }
  return check_query(registration, dcql_query);
}

// What a request in a link needs, signed or not.
Status check_linked(const RequestParameters& parameters) {
  MIBUN_CHECK(check_common(parameters.nonce, parameters.encryption_kid, parameters.issued_at, parameters.expires_at));
  if (!is_token(parameters.state)) return invalid("state");
  return is_browsers(parameters.mode) ? invalid("response_mode") : Status{};
}

Status check_signed(const RequestParameters& parameters, const VerifiedRegistration& registration,
                    const RequestSigner& signer) {
  MIBUN_CHECK(check_linked(parameters));
  if (parameters.wallet_nonce && parameters.wallet_nonce->size() > kTokenSizeMax) return invalid("wallet_nonce");
  MIBUN_CHECK(signer.check_address(parameters.response_uri, parameters.mode, registration.content()));
  MIBUN_TRY(const dcql::Query query, check_registered(registration, signer.client_id(), parameters.dcql_query));
  MIBUN_CHECK(read_transaction_data(transaction_member(parameters.transaction_data), query));
  return {};
}

// Nobody signs, so nothing may stand in it that only a signature makes worth something.
Status check_unsigned(const RequestParameters& parameters, const VerifiedRegistration& registration,
                      const std::string& client_id) {
  MIBUN_CHECK(check_linked(parameters));
  if (parameters.wallet_nonce) return invalid("wallet_nonce");
  if (parameters.pairing) return invalid(std::string(kPairingMember));
  MIBUN_TRY(const HttpsUrl address, HttpsUrl::parse(parameters.response_uri));
  MIBUN_CHECK(check_registered_for(registration.content(), client_id, address.origin()));
  MIBUN_TRY(const dcql::Query query, check_query(registration, parameters.dcql_query));
  MIBUN_CHECK(read_transaction_data(transaction_member(parameters.transaction_data), query));
  return {};
}

// What a request in a link says, signed or not.
json::Object linked_payload(const RequestParameters& parameters, const VerifiedRegistration& registration,
                            const std::string& client_id) {
  json::Object payload{
      {"response_type", "vp_token"},
      {"response_mode", to_string(parameters.mode)},
      {"client_id", client_id},
      {parameters.mode == ResponseMode::fragment ? "redirect_uri" : "response_uri", parameters.response_uri},
      {"nonce", parameters.nonce},
      {"state", parameters.state},
      {"dcql_query", parameters.dcql_query},
      {"client_metadata",
       client_metadata(parameters.encryption_key, parameters.encryption_kid, parameters.mode, parameters.dcql_query)},
      {"verifier_info", verifier_info(registration)}};
  for (const auto& member : transaction_member(parameters.transaction_data)) payload[member.key()] = member.value();
  return payload;
}

// Appendix A.3.2.2: what belongs to one client stands in its protected header, all else in the payload.
Result<json::Object> sign_for_several(const RequestSigner& signer, json::Object payload) {
  json::Object header = signer.header();
  header["client_id"] = signer.client_id();
  header["verifier_info"] = payload.at("verifier_info");
  payload.erase("verifier_info");
  const jose::JwsJsonSigning signings[] = {{std::move(header), signer.signer(), {}}};
  return jose::sign_jws_general(signings, json::serialize(payload));
}

}  // namespace

std::string audience_of_origin(std::string_view origin) {
  return "origin:" + std::string(origin);
}

json::Array DcApiRequest::to_json() const {
  return {json::Object{{"protocol", kDcApiSigned}, {"data", signed_data}},
          json::Object{{"protocol", kDcApiMultisigned}, {"data", multisigned_data}},
          json::Object{{"protocol", kDcApiUnsigned}, {"data", unsigned_data}}};
}

Result<DcApiRequest> build_dc_api_request(const DcApiParameters& parameters, const VerifiedRegistration& registration,
                                          const RequestSigner& signer) {
  const std::string& client_id = signer.client_id();
  MIBUN_CHECK(check_common(parameters.nonce, parameters.encryption_kid, parameters.issued_at, parameters.expires_at));
  MIBUN_TRY(const HttpsUrl page, HttpsUrl::parse(parameters.origin));
  if (page.origin() != parameters.origin) return invalid("expected_origins");
  if (!is_browsers(parameters.mode)) return invalid("response_mode");
  MIBUN_TRY(const dcql::Query query, check_registered(registration, client_id, parameters.dcql_query));
  const json::Object transactions = transaction_member(parameters.transaction_data);
  MIBUN_CHECK(read_transaction_data(transactions, query));

  DcApiRequest request;
  request.unsigned_data = {{"response_type", "vp_token"},
                           {"response_mode", to_string(parameters.mode)},
                           {"nonce", parameters.nonce},
                           {"dcql_query", parameters.dcql_query},
                           {"client_metadata", client_metadata(parameters.encryption_key, parameters.encryption_kid,
                                                               parameters.mode, parameters.dcql_query)},
                           {"verifier_info", verifier_info(registration)}};
  for (const auto& member : transactions) request.unsigned_data[member.key()] = member.value();
  json::Object payload = request.unsigned_data;
  payload["aud"] = kRequestAudience;
  payload["expected_origins"] = json::Array{json::Value(parameters.origin)};
  payload["iat"] = parameters.issued_at.unix_seconds();
  payload["exp"] = parameters.expires_at.unix_seconds();
  MIBUN_TRY(request.multisigned_data["request"], sign_for_several(signer, payload));
  payload["client_id"] = client_id;
  MIBUN_TRY(request.signed_data["request"], jose::sign_jws(signer.header(), payload, signer.signer()));
  return request;
}

std::string random_token(Rng& rng) {
  return base64url::encode(rng.bytes(32));
}

Result<std::string> build_request_object(const RequestParameters& parameters, const VerifiedRegistration& registration,
                                         const RequestSigner& signer) {
  MIBUN_CHECK(check_signed(parameters, registration, signer));
  json::Object payload = linked_payload(parameters, registration, signer.client_id());
  payload["aud"] = kRequestAudience;
  payload["iat"] = parameters.issued_at.unix_seconds();
  payload["exp"] = parameters.expires_at.unix_seconds();
  if (parameters.pairing) payload[kPairingMember] = parameters.pairing->to_json();
  if (parameters.wallet_nonce) payload["wallet_nonce"] = *parameters.wallet_nonce;
  return jose::sign_jws(signer.header(), payload, signer.signer());
}

std::string client_id_of_address(std::string_view address) {
  return std::string(to_string(ClientId::Prefix::redirect_uri)) + ":" + std::string(address);
}

Result<RequestLink> build_unsigned_request(const RequestParameters& parameters,
                                           const VerifiedRegistration& registration) {
  std::string client_id = client_id_of_address(parameters.response_uri);
  MIBUN_CHECK(ClientId::parse(client_id));  // its length
  MIBUN_CHECK(check_unsigned(parameters, registration, client_id));
  RequestLink link;
  link.parameters = linked_payload(parameters, registration, client_id);
  link.client_id = std::move(client_id);
  return link;
}

}  // namespace mibun::oid4vp
