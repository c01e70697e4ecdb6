#include "core/jose/jws_json.h"

#include <algorithm>

namespace mibun::jose {
namespace {

// Says how the signature is to be checked or whose it is: worthless, or worse, when nobody signed it.
constexpr std::string_view kProtectedOnly[] = {"alg", "enc", "typ", "cty", "crit", "b64",
                                               "jwk", "jku", "x5u", "x5c", "x5t",  "x5t#S256"};

Result<std::string_view> required_text(const json::Object& object, std::string_view name) {
  const json::Value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return fail(ErrorCode::jws_malformed, std::string(name), "missing");
  const std::string_view text = value->get_string();
  // A dot would move the border between the parts.
  if (text.find('.') != std::string_view::npos)
    return fail(ErrorCode::jws_malformed, std::string(name), "not base64url");
  return text;
}

Result<json::Object> read_unprotected(const json::Object& object) {
  const json::Value* value = object.if_contains("header");
  if (value == nullptr) return json::Object();
  if (!value->is_object()) return fail(ErrorCode::jws_malformed, "header", "must be an object");
  const json::Object& header = value->get_object();
  for (const std::string_view name : kProtectedOnly) {
    if (header.contains(name)) {
      return fail(ErrorCode::jws_header_not_allowed, "header." + std::string(name), "must be protected");
    }
  }
  return header;
}

Result<JwsJsonSignature> read_signature(const json::Object& object, std::string_view payload,
                                        const json::Limits& payload_limits) {
  MIBUN_TRY(const std::string_view header, required_text(object, "protected"));
  MIBUN_TRY(const std::string_view signature, required_text(object, "signature"));
  MIBUN_TRY(json::Object unprotected, read_unprotected(object));
  std::string compact;
  compact.reserve(header.size() + payload.size() + signature.size() + 2);
  compact.append(header).append(1, '.').append(payload).append(1, '.').append(signature);
  MIBUN_TRY(Jws jws, Jws::parse(compact, payload_limits));
  for (const auto& member : unprotected) {
    if (jws.unverified_header().contains(member.key())) {
      return fail(ErrorCode::jws_header_malformed, "header", "a name that is protected, too");
    }
  }
  return JwsJsonSignature{std::move(jws), std::move(unprotected)};
}

json::Object signature_member(std::string_view compact, json::Object unprotected) {
  json::Object object{{"protected", compact.substr(0, compact.find('.'))}};
  if (!unprotected.empty()) object["header"] = std::move(unprotected);
  object["signature"] = compact.substr(compact.rfind('.') + 1);
  return object;
}

std::string_view payload_of(std::string_view compact) {
  const std::size_t first = compact.find('.') + 1;
  return compact.substr(first, compact.rfind('.') - first);
}

}  // namespace

Result<JwsJson> JwsJson::parse(const json::Object& object, const json::Limits& payload_limits) {
  MIBUN_TRY(const std::string_view payload, required_text(object, "payload"));
  if (payload.size() > kJwsJsonBytesMax) return fail(ErrorCode::jws_malformed, "payload", "too large");
  JwsJson jws;
  const json::Value* list = object.if_contains("signatures");
  if (list == nullptr) {
    MIBUN_TRY(JwsJsonSignature signature, read_signature(object, payload, payload_limits));
    jws.signatures_.push_back(std::move(signature));
    return jws;
  }
  for (const std::string_view name : {"protected", "header", "signature"}) {
    if (object.contains(name)) return fail(ErrorCode::jws_malformed, std::string(name), "beside signatures");
  }
  if (!list->is_array() || list->get_array().empty() || list->get_array().size() > kJwsJsonSignaturesMax) {
    return fail(ErrorCode::jws_malformed, "signatures", "must be an array of 1 to 16");
  }
  for (const json::Value& element : list->get_array()) {
    if (!element.is_object()) return fail(ErrorCode::jws_malformed, "signatures", "must hold objects");
    auto signature = read_signature(element.get_object(), payload, payload_limits);
    if (signature) {
      jws.signatures_.push_back(std::move(*signature));
    } else if (signature.error().code == ErrorCode::jws_alg_not_allowed) {
      ++jws.ignored_;
    } else {
      return pass_error(signature);
    }
  }
  if (jws.signatures_.empty()) return fail(ErrorCode::jws_alg_not_allowed, "signatures", "none has a known algorithm");
  return jws;
}

Result<JwsJson> JwsJson::parse(std::string_view text, const json::Limits& payload_limits) {
  MIBUN_TRY(const json::Object object, json::parse_object(text, {.bytes_max = kJwsJsonBytesMax}));
  return parse(object, payload_limits);
}

Result<json::Object> flattened_jws(std::string_view compact, json::Object unprotected) {
  if (compact.find('.') == compact.rfind('.')) return fail(ErrorCode::jws_malformed, "jws", "not three parts");
  json::Object object = signature_member(compact, std::move(unprotected));
  object["payload"] = payload_of(compact);
  MIBUN_CHECK(JwsJson::parse(object));  // nothing is written that we would not read
  return object;
}

Result<json::Object> sign_jws_general(std::span<const JwsJsonSigning> signings, std::string_view payload) {
  json::Array signatures;
  std::string encoded_payload;
  for (const JwsJsonSigning& signing : signings) {
    MIBUN_TRY(const std::string compact, sign_jws(signing.protected_header, payload, signing.signer));
    signatures.push_back(signature_member(compact, signing.unprotected_header));
    encoded_payload = payload_of(compact);
  }
  json::Object object{{"payload", std::move(encoded_payload)}, {"signatures", std::move(signatures)}};
  MIBUN_CHECK(JwsJson::parse(object));
  return object;
}

}  // namespace mibun::jose
