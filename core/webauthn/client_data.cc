#include "core/webauthn/client_data.h"

#include <algorithm>

#include "core/codecs/base64url.h"
#include "core/codecs/json.h"
#include "core/webauthn/malformed.h"

namespace mibun::webauthn {
namespace {

constexpr json::Limits kLimits{.bytes_max = kClientDataBytesMax, .depth_max = 8, .values_max = 256};
constexpr const char* kWhere = "clientDataJSON";

}  // namespace

std::string_view to_string(Ceremony ceremony) {
  return ceremony == Ceremony::create ? "webauthn.create" : "webauthn.get";
}

Result<ClientData> ClientData::parse(BytesView json) {
  MIBUN_TRY(const json::Object object, or_malformed(json::parse_object(as_text(json), kLimits), kWhere));
  json::ObjectReader reader(object, kWhere);
  MIBUN_TRY(const auto type, or_malformed(reader.string("type"), kWhere));
  MIBUN_TRY(const auto challenge, or_malformed(reader.string("challenge"), kWhere));
  MIBUN_TRY(const auto origin, or_malformed(reader.string("origin"), kWhere));
  MIBUN_TRY(const auto cross_origin, or_malformed(reader.optional_boolean("crossOrigin"), kWhere));
  MIBUN_TRY(const auto top_origin, or_malformed(reader.optional_string("topOrigin"), kWhere));

  ClientData data;
  data.type_ = type;
  data.origin_ = origin;
  data.cross_origin_ = cross_origin.value_or(false);
  if (top_origin) data.top_origin_ = std::string(*top_origin);
  MIBUN_TRY(data.challenge_, or_malformed(base64url::decode(challenge), reader.place("challenge")));
  return data;
}

Status ClientData::check(Ceremony expected, BytesView challenge, std::span<const std::string> origins) const {
  if (type_ != to_string(expected)) {
    return fail(ErrorCode::webauthn_type_mismatch, "clientDataJSON.type", "made for another ceremony");
  }
  if (challenge.empty() || !ct_equal(challenge_, challenge)) {
    return fail(ErrorCode::webauthn_challenge_mismatch, "clientDataJSON.challenge", "not the challenge that was given");
  }
  if (std::ranges::find(origins, origin_) == origins.end()) {
    return fail(ErrorCode::webauthn_origin_mismatch, "clientDataJSON.origin", "not an origin of this relying party");
  }
  if (cross_origin_ || top_origin_) {
    return fail(ErrorCode::webauthn_cross_origin, "clientDataJSON.crossOrigin", "made inside another site's page");
  }
  return {};
}

std::string make_client_data(Ceremony ceremony, BytesView challenge, std::string_view origin) {
  json::Object object;
  object["type"] = to_string(ceremony);
  object["challenge"] = base64url::encode(challenge);
  object["origin"] = origin;
  object["crossOrigin"] = false;
  return json::serialize(object);
}

}  // namespace mibun::webauthn
