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

Result<std::string> encrypt(const VerifiedRequest& request, const json::Object& payload, Rng& rng) {
  const jose::JweRequest jwe{
      .enc = request.content_encryption(), .kid = request.encryption_key().kid(), .cty = {}, .apu = {}, .apv = {}};
  return jose::encrypt_jwe(request.encryption_key().key(), jwe, as_bytes(json::serialize(payload)), rng);
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
  MIBUN_TRY(std::string encrypted, encrypt(request, payload, rng));
  return form::encode({{"response", std::move(encrypted)}});
}

Result<json::Object> build_dc_api_response(const VerifiedRequest& request, const ResponseContents& contents, Rng& rng) {
  MIBUN_TRY(const std::string encrypted, encrypt(request, answer_payload(contents), rng));
  return json::Object{{"response", encrypted}};
}

std::string build_error_form(const VerifiedRequest& request, std::string_view error) {
  std::vector<std::pair<std::string, std::string>> fields{{"error", std::string(error)}};
  if (request.state()) fields.emplace_back("state", *request.state());
  return form::encode(fields);
}

}  // namespace mibun::oid4vp
