#include <utility>

#include "core/codecs/url.h"
#include "core/jose/jwe.h"
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

}  // namespace

Result<std::string> build_response_form(const VerifiedRequest& request, const VpToken& vp_token,
                                        std::string_view consent, const std::optional<std::string>& pairing_code,
                                        Rng& rng) {
  if (request.pairing() && !(pairing_code && is_pairing_code(*pairing_code))) {
    return fail(ErrorCode::wallet_pairing_code_needed, "pairing_code", "six digits are expected");
  }
  json::Object payload{{"vp_token", vp_token_json(vp_token)}};
  if (request.state()) payload["state"] = *request.state();
  payload[kConsentMember] = consent;
  if (request.pairing()) payload[kPairingCodeMember] = *pairing_code;
  const jose::JweRequest jwe{
      .enc = request.content_encryption(), .kid = request.encryption_key().kid(), .cty = {}, .apu = {}, .apv = {}};
  MIBUN_TRY(std::string encrypted,
            jose::encrypt_jwe(request.encryption_key().key(), jwe, as_bytes(json::serialize(payload)), rng));
  return form::encode({{"response", std::move(encrypted)}});
}

std::string build_error_form(const VerifiedRequest& request, std::string_view error) {
  std::vector<std::pair<std::string, std::string>> fields{{"error", std::string(error)}};
  if (request.state()) fields.emplace_back("state", *request.state());
  return form::encode(fields);
}

}  // namespace mibun::oid4vp
