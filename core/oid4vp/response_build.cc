#include <utility>

#include "core/codecs/url.h"
#include "core/jose/jwe.h"
#include "core/oid4vp/dc_api.h"
#include "core/oid4vp/response.h"

namespace mibun::oid4vp {
namespace {

json::Object vp_token_json(const VpToken& vp_token) {
  json::Object object;
  for (const auto& [id, presentations] : vp_token) {
    json::Array array;
    for (const std::string& presentation : presentations) array.emplace_back(presentation);
    object[id] = std::move(array);
  }
  return object;
}

json::Object answer_payload(const ResponseContents& contents) {
  json::Object payload{{"vp_token", vp_token_json(contents.vp_token)}, {kConsentMember, contents.consent}};
  if (!contents.consent_proofs.empty()) payload[kConsentProofsMember] = vp_token_json(contents.consent_proofs);
  return payload;
}

Result<std::string> encrypt(const ResponseKey& key, const json::Object& payload, Rng& rng) {
  const jose::JweRequest jwe{.enc = key.content_encryption, .kid = key.key.kid(), .cty = {}, .apu = {}, .apv = {}};
  return jose::encrypt_jwe(key.key.key(), jwe, as_bytes(json::serialize(payload)), rng);
}

// In the clear each member is a parameter, as text or as JSON: section 8.1.
std::string plain_form(const json::Object& payload) {
  std::vector<std::pair<std::string, std::string>> fields;
  for (const auto& member : payload) {
    const json::Value& value = member.value();
    fields.emplace_back(member.key(), value.is_string() ? std::string(value.get_string()) : json::serialize(value));
  }
  return form::encode(fields);
}

}  // namespace

Result<std::string> build_response_form(const VerifiedRequest& request, const ResponseContents& contents,
                                        const std::optional<std::string>& pairing_code, Rng& rng) {
  if (request.pairing() && !(pairing_code && is_pairing_code(*pairing_code))) {
    return fail(ErrorCode::wallet_pairing_code_needed, "pairing_code", "six digits are expected");
  }
  json::Object payload = answer_payload(contents);
  if (request.state()) payload["state"] = *request.state();
  if (request.pairing()) payload[kPairingCodeMember] = *pairing_code;
  if (!request.response_key()) return plain_form(payload);
  MIBUN_TRY(std::string encrypted, encrypt(*request.response_key(), payload, rng));
  return form::encode({{"response", std::move(encrypted)}});
}

Result<json::Object> build_dc_api_response(const VerifiedRequest& request, const ResponseContents& contents, Rng& rng) {
  if (!request.response_key()) return answer_payload(contents);
  MIBUN_TRY(const std::string encrypted, encrypt(*request.response_key(), answer_payload(contents), rng));
  return json::Object{{"response", encrypted}};
}

std::string redirect_with(const VerifiedRequest& request, std::string_view form) {
  return request.response_uri() + "#" + std::string(form);
}

std::string build_error_form(const VerifiedRequest& request, std::string_view error) {
  std::vector<std::pair<std::string, std::string>> fields{{"error", std::string(error)}};
  if (request.state()) fields.emplace_back("state", *request.state());
  return form::encode(fields);
}

}  // namespace mibun::oid4vp
