#include "server/partners/routes.h"

#include "server/api/body.h"
#include "server/api/problem.h"

namespace mibun::server {
namespace {

Answer add(PartnerService& service, AccessTokens& tokens, const ServerRequest& request) {
  MIBUN_CHECK(tokens.require(request, kScopeStaff));
  MIBUN_TRY(const json::Object body, read_json_body(request));
  MIBUN_TRY(auto application, PartnerApplication::parse(body));
  MIBUN_TRY(const auto registered, service.add(std::move(application)));
  json::Object answer;
  answer["partner_id"] = registered.partner_id;
  answer["client_id"] = registered.client_id;
  answer["registration_id"] = registered.registration_id;
  return json_answer(json::serialize(answer), 201);
}

Answer list(PartnerService& service, AccessTokens& tokens, const ServerRequest& request) {
  MIBUN_CHECK(tokens.require(request, kScopeStaff));
  MIBUN_TRY(const auto partners, service.list());
  json::Array rows;
  for (const auto& partner : partners) {
    json::Object row;
    row["partner_id"] = partner.partner_id;
    row["client_id"] = partner.client_id;
    row["organization"] = partner.registration.organization.to_json();
    row["purpose"] = partner.registration.purpose.to_json();
    row["created_at"] = to_jst_string(partner.created_at);
    row["registered_until"] = to_jst_string(partner.registration.expires_at);
    rows.push_back(std::move(row));
  }
  json::Object answer;
  answer["partners"] = std::move(rows);
  return json_answer(json::serialize(answer));
}

}  // namespace

void add_partner_registration_routes(http::Router& router, PartnerService& service, AccessTokens& tokens) {
  router.add({.method = "POST",
              .pattern = "/api/v1/staff/partners",
              .handler = answer_or_refuse([&](const ServerRequest& r) { return add(service, tokens, r); }),
              .body_type = "application/json"});
  router.add({.method = "GET",
              .pattern = "/api/v1/staff/partners",
              .handler = answer_or_refuse([&](const ServerRequest& r) { return list(service, tokens, r); })});
}

}  // namespace mibun::server
