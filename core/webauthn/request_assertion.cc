#include "core/webauthn/request_assertion.h"

#include <algorithm>

#include "core/codecs/base64url.h"
#include "core/codecs/json.h"
#include "core/webauthn/attestation_object.h"
#include "core/webauthn/authenticator_data.h"
#include "core/webauthn/client_data.h"
#include "core/webauthn/json_members.h"

namespace mibun::webauthn {
namespace {

constexpr json::Limits kLimits{.bytes_max = kRequestAssertionBytesMax, .depth_max = 2, .values_max = 16};

bool is_assertion_id(std::string_view id) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !id.empty() && id.size() <= kAssertionIdBytesMax && std::ranges::all_of(id, allowed);
}

Result<RequestAssertion> read(const json::Object& object) {
  json::ObjectReader reader(object, "assertion");
  RequestAssertion out;
  MIBUN_TRY(out.assertion_id, text_member(reader, "assertion_id", kAssertionIdBytesMax));
  if (!is_assertion_id(out.assertion_id)) return malformed(reader.place("assertion_id"), "not an assertion id");
  MIBUN_TRY(out.response.id, bytes_member(reader, "id", kCredentialIdBytesMax));
  MIBUN_TRY(out.response.client_data_json, bytes_member(reader, "clientDataJSON", kClientDataBytesMax));
  MIBUN_TRY(out.response.authenticator_data, bytes_member(reader, "authenticatorData", kAuthenticatorDataBytesMax));
  MIBUN_TRY(out.response.signature, bytes_member(reader, "signature", kSignatureBytesMax));
  MIBUN_CHECK(reader.finish());
  return out;
}

Result<RequestAssertion> decode(std::string_view value) {
  MIBUN_TRY(const Bytes text, base64url::decode(value));
  MIBUN_TRY(const json::Object object, json::parse_object(as_text(text), kLimits));
  return read(object);
}

}  // namespace

Result<RequestAssertion> RequestAssertion::parse(std::optional<std::string_view> header_value) {
  if (!header_value || header_value->empty()) {
    return fail(ErrorCode::assertion_missing, "header", "this request needs the device's assertion");
  }
  if (header_value->size() > kRequestAssertionBytesMax) {
    return fail(ErrorCode::assertion_invalid, "header", "it is too long");
  }
  auto assertion = decode(*header_value);
  if (assertion) return assertion;
  return fail(ErrorCode::assertion_invalid, assertion.error().where, std::string(to_string(assertion.error().code)));
}

std::string RequestAssertion::to_header() const {
  json::Object object;
  object["assertion_id"] = assertion_id;
  object["id"] = base64url::encode(response.id);
  object["clientDataJSON"] = base64url::encode(response.client_data_json);
  object["authenticatorData"] = base64url::encode(response.authenticator_data);
  object["signature"] = base64url::encode(response.signature);
  return base64url::encode(json::serialize(object));
}

}  // namespace mibun::webauthn
