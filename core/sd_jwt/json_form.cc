#include "core/sd_jwt/json_form.h"

#include <algorithm>
#include <array>

#include "core/codecs/base64url.h"
#include "core/codecs/json.h"

namespace mibun::sd_jwt {
namespace {

// Each disclosure costs a few characters more than in the compact form.
constexpr json::Limits kJsonLimits{.bytes_max = kSdJwtBytesMax + 64 * 1024};
constexpr std::size_t kSignaturesMax = 16;

std::unexpected<Error> malformed(std::string where, const char* detail) {
  return fail(ErrorCode::sd_jwt_json_malformed, std::move(where), detail);
}

bool is_base64url_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

// A part that would move a border in the compact form ("." or "~") is caught here.
Result<std::string_view> text_member(const json::Object& object, std::string_view name, const std::string& where,
                                     bool dots = false) {
  const json::Value* value = object.if_contains(name);
  const auto* text = value == nullptr ? nullptr : value->if_string();
  const auto allowed = [&](char c) { return is_base64url_character(c) || (dots && c == '.'); };
  if (text == nullptr || text->empty() || !std::ranges::all_of(*text, allowed)) {
    return malformed(where + std::string(name), "not a base64url string");
  }
  return std::string_view(*text);
}

// RFC 7515, section 7.2.1: the two headers share no name; section 4.1.11: "crit" is protected.
Status check_disjoint(std::string_view protected_text, const json::Object& header, const std::string& where) {
  const auto bytes = base64url::decode(protected_text);
  if (!bytes) return malformed(where + "protected", "not base64url");
  MIBUN_TRY(const json::Object protected_header, json::parse_object(as_text(*bytes)));
  for (const auto& member : header) {
    if (member.key() == "crit" || protected_header.contains(member.key())) {
      return malformed(where + "header", "a name that only the protected header may have");
    }
  }
  return {};
}

struct Signature {
  std::string_view protected_text, signature;
  const json::Object* header = nullptr;  // null when absent
};

Result<Signature> read_signature(const json::Object& object, const std::string& where) {
  Signature read;
  MIBUN_TRY(read.protected_text, text_member(object, "protected", where));
  MIBUN_TRY(read.signature, text_member(object, "signature", where));
  if (const json::Value* header = object.if_contains("header")) {
    read.header = header->if_object();
    if (read.header == nullptr) return malformed(where + "header", "not an object");
    MIBUN_CHECK(check_disjoint(read.protected_text, *read.header, where));
  }
  return read;
}

Result<Signature> read_first_signature(const json::Array& signatures) {
  if (signatures.empty() || signatures.size() > kSignaturesMax) return malformed("signatures", "one to 16");
  Signature first;
  for (std::size_t i = 0; i < signatures.size(); ++i) {
    const std::string where = "signatures[" + std::to_string(i) + "].";
    const json::Object* object = signatures[i].if_object();
    if (object == nullptr) return malformed(where, "not an object");
    MIBUN_TRY(const Signature read, read_signature(*object, where));
    if (i == 0) {
      first = read;
    } else if (read.header != nullptr && (read.header->contains("disclosures") || read.header->contains("kb_jwt"))) {
      return malformed(where + "header", "disclosures belong to the first signature");  // RFC 9901, section 8.3
    }
  }
  return first;
}

Result<Signature> find_signature(const json::Object& document) {
  const json::Value* signatures = document.if_contains("signatures");
  if (signatures == nullptr) return read_signature(document, "");
  for (const std::string_view flattened : {"protected", "header", "signature"}) {
    if (document.contains(flattened)) return malformed(std::string(flattened), "beside signatures");
  }
  const json::Array* array = signatures->if_array();
  if (array == nullptr) return malformed("signatures", "not an array");
  return read_first_signature(*array);
}

Status append_unprotected(std::string& compact, const json::Object& header) {
  if (const json::Value* member = header.if_contains("disclosures")) {
    const json::Array* disclosures = member->if_array();
    if (disclosures == nullptr) return malformed("header.disclosures", "not an array");
    for (const json::Value& disclosure : *disclosures) {
      const auto* text = disclosure.if_string();
      if (text == nullptr || text->empty() || !std::ranges::all_of(*text, is_base64url_character)) {
        return malformed("header.disclosures", "not base64url strings");
      }
      compact.append(*text).push_back('~');
    }
  }
  if (!header.contains("kb_jwt")) return {};
  MIBUN_TRY(const std::string_view kb_jwt, text_member(header, "kb_jwt", "header.", true));
  compact += kb_jwt;
  return {};
}

}  // namespace

Result<SdJwt> parse_json(std::string_view text) {
  MIBUN_TRY(const json::Object document, json::parse_object(text, kJsonLimits));
  MIBUN_TRY(const std::string_view payload, text_member(document, "payload", ""));
  MIBUN_TRY(const Signature signature, find_signature(document));
  std::string compact;
  compact.reserve(text.size());
  compact.append(signature.protected_text).append(".").append(payload).append(".").append(signature.signature);
  compact += '~';
  if (signature.header != nullptr) {
    MIBUN_CHECK(append_unprotected(compact, *signature.header));
  }
  return SdJwt::parse(compact);
}

Result<std::string> to_json(const SdJwt& sd_jwt, JsonForm form) {
  const std::string_view jwt = sd_jwt.issuer_jwt();
  const std::size_t first = jwt.find('.');
  const std::size_t last = jwt.rfind('.');
  if (first == last) return fail(ErrorCode::sd_jwt_malformed, "issuer_jwt", "not three parts");
  json::Object header;
  json::Array disclosures;
  for (std::size_t i = 0; i < sd_jwt.disclosure_count(); ++i) disclosures.emplace_back(sd_jwt.disclosure(i));
  if (!disclosures.empty()) header["disclosures"] = std::move(disclosures);
  if (const auto kb_jwt = sd_jwt.kb_jwt()) header["kb_jwt"] = *kb_jwt;

  json::Object signature{{"protected", jwt.substr(0, first)}, {"signature", jwt.substr(last + 1)}};
  if (!header.empty()) signature["header"] = std::move(header);
  const std::string_view payload = jwt.substr(first + 1, last - first - 1);
  if (form == JsonForm::general) {
    return json::serialize(json::Object{{"payload", payload}, {"signatures", json::Array{std::move(signature)}}});
  }
  signature["payload"] = payload;
  return json::serialize(signature);
}

}  // namespace mibun::sd_jwt
