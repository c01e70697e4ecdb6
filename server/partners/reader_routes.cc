#include <algorithm>

#include "core/jose/jwk.h"
#include "server/api/body.h"
#include "server/api/problem.h"
#include "server/partners/routes.h"

namespace mibun::server {
namespace {

constexpr std::size_t kNameBytesMax = 64;  // X.520: of a commonName

bool is_name(std::string_view text) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return !text.empty() && text.size() <= kNameBytesMax && std::ranges::none_of(text, control);
}

Answer certify(ReaderService& service, AccessTokens& tokens, const ServerRequest& request) {
  MIBUN_TRY(const Grant grant, tokens.require(request, kScopePartner));
  MIBUN_TRY(const json::Object body, read_json_body(request));
  json::ObjectReader reader(body, "body");
  const auto name = reader.string("name");
  const auto jwk_object = reader.object("jwk");
  if (!name || !is_name(*name) || !jwk_object || !reader.finish()) {
    return malformed("body", "the members are name (1 to 64 bytes of text) and jwk");
  }
  auto jwk = jose::Jwk::parse(**jwk_object);
  if (!jwk || jwk->key().p256() == nullptr) {
    return malformed("body.jwk", "a public key on P-256");
  }
  MIBUN_TRY(const auto issued, service.add(grant.subject, std::string(*name), *jwk->key().p256()));
  const json::Object answer{{"reader_id", issued.reader_id},
                            {"certificate", issued.certificate_pem},
                            {"registration", issued.registration_jwt},
                            {"expires_at", to_jst_string(issued.expires_at)}};
  return json_answer(json::serialize(answer), 201);
}

Answer list(ReaderService& service, AccessTokens& tokens, const ServerRequest& request) {
  MIBUN_CHECK(tokens.require(request, kScopeStaff));
  MIBUN_TRY(const auto readers, service.list());
  json::Array rows;
  for (const auto& reader : readers) {
    json::Object row{{"reader_id", reader.reader_id},
                     {"partner_id", reader.partner_id},
                     {"name", reader.name},
                     {"created_at", to_jst_string(reader.created_at)},
                     {"expires_at", to_jst_string(reader.expires_at)}};
    if (reader.revoked_at) row["revoked_at"] = to_jst_string(*reader.revoked_at);
    rows.push_back(std::move(row));
  }
  return json_answer(json::serialize(json::Object{{"readers", std::move(rows)}}));
}

Answer revoke(ReaderService& service, AccessTokens& tokens, const ServerRequest& request,
              const PathParameters& parameters) {
  MIBUN_CHECK(tokens.require(request, kScopeStaff));
  const std::string& reader_id = parameters.find("id")->second;
  MIBUN_TRY(const Instant revoked_at, service.revoke(reader_id));
  return json_answer(
      json::serialize(json::Object{{"reader_id", reader_id}, {"revoked_at", to_jst_string(revoked_at)}}));
}

Answer revocation_list(ReaderService& service, std::uint32_t root) {
  MIBUN_TRY(const Bytes list, service.revocation_list(root));
  ServerResponse response;
  response.content_type = "application/pkix-crl";
  response.headers.push_back({"Cache-Control", "no-store"});  // a wallet that asks wants to know of today's
  response.body = std::string(as_text(list));
  return response;
}

}  // namespace

void add_reader_routes(http::Router& router, ReaderService& service, AccessTokens& tokens) {
  router.add({.method = "POST",
              .pattern = "/api/v1/partner/readers",
              .handler = answer_or_refuse([&](const ServerRequest& r) { return certify(service, tokens, r); }),
              .body_type = "application/json"});
  router.add({.method = "GET",
              .pattern = "/api/v1/staff/readers",
              .handler = answer_or_refuse([&](const ServerRequest& r) { return list(service, tokens, r); })});
  router.add({.method = "POST",
              .pattern = "/api/v1/staff/readers/{id}/revocation",
              .handler = answer_or_refuse(
                  [&](const ServerRequest& r, const PathParameters& p) { return revoke(service, tokens, r, p); })});
  router.add({.method = "GET", .pattern = readers_crl_path(1), .handler = answer_or_refuse([&](const ServerRequest&) {
                                                                 return revocation_list(service, 1);
                                                               })});
  router.add({.method = "GET",
              .pattern = "/.well-known/mibun-readers-crl/{root}",
              .handler = answer_or_refuse([&](const ServerRequest&, const PathParameters& p) -> Answer {
                MIBUN_TRY(const std::uint32_t root, parse_crl_generation(p.find("root")->second));
                return revocation_list(service, root);
              })});
}

}  // namespace mibun::server
