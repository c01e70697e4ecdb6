#include <algorithm>

#include "core/codecs/url.h"
#include "server/api/body.h"
#include "server/partners/service.h"

namespace mibun::server {
namespace {

bool is_partner_id(std::string_view id) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return id.size() >= 3 && id.size() <= 40 && std::ranges::all_of(id, plain);
}

// The members that the registration takes over, under the names that its payload has.
Result<oid4vp::Registration> read_content(const json::Object& body) {
  json::Object payload;
  for (const std::string_view name : {"organization", "purpose", "retention", "cautions", "credentials"}) {
    const json::Value* member = body.if_contains(name);
    if (member == nullptr) return malformed("body." + std::string(name), "is missing");
    payload[name] = *member;
  }
  // Said by the registrar when it signs; here only so that the shape is whole.
  payload["iss"] = "https://registrar.invalid";
  payload["sub"] = "x509_hash:";
  payload["registration_id"] = "unassigned";
  payload["iat"] = 0;
  payload["exp"] = 1;
  auto content = oid4vp::Registration::parse(payload);
  if (!content) return malformed("body." + content.error().where, content.error().detail);
  return content;
}

Result<oid4vp::ClientId::Prefix> read_prefix(json::ObjectReader& reader) {
  const auto said = reader.optional_string("client_id_prefix");
  if (said && !*said) return oid4vp::ClientId::Prefix::x509_hash;
  for (const auto prefix : oid4vp::kClientIdPrefixes) {
    if (said && **said == to_string(prefix)) return prefix;
  }
  return malformed("body.client_id_prefix",
                   "x509_hash, x509_san_dns, verifier_attestation, pre-registered or redirect_uri");
}

}  // namespace

Result<PartnerApplication> PartnerApplication::parse(const json::Object& body) {
  static constexpr std::string_view kMembers[] = {"partner_id",   "organization", "purpose",
                                                  "retention",    "cautions",     "credentials",
                                                  "redirect_uri", "jwk",          "client_id_prefix"};
  for (const auto& member : body) {
    if (std::ranges::find(kMembers, std::string_view(member.key())) == std::end(kMembers)) {
      return malformed("body", "an unknown member");
    }
  }
  json::ObjectReader reader(body, "body");
  const auto partner_id = reader.string("partner_id");
  if (!partner_id || !is_partner_id(*partner_id)) {
    return malformed("body.partner_id", "3 to 40 of a-z, 0-9 and -");
  }
  const auto redirect_text = reader.string("redirect_uri");
  if (!redirect_text || !HttpsUrl::parse(*redirect_text)) {
    return malformed("body.redirect_uri", "an https URL");
  }
  const auto jwk_object = reader.object("jwk");
  if (!jwk_object) return malformed("body.jwk", "a public key");
  auto api_key = jose::Jwk::parse(**jwk_object);
  if (!api_key && api_key.error().code == ErrorCode::private_key_rejected) return pass_error(api_key);
  if (!api_key || api_key->key().p256() == nullptr) {
    return malformed("body.jwk", "a public key on P-256");
  }
  MIBUN_TRY(const auto prefix, read_prefix(reader));
  MIBUN_TRY(auto content, read_content(body));
  return PartnerApplication{std::string(*partner_id), std::move(content), std::string(*redirect_text),
                            std::move(*api_key), prefix};
}

}  // namespace mibun::server
