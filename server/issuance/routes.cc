#include "server/issuance/routes.h"

#include "core/oid4vci/error_map.h"
#include "core/status_list/status_token.h"
#include "platform/log/log.h"
#include "server/api/body.h"
#include "server/api/problem.h"
#include "server/api/protocol.h"

namespace mibun::server {
namespace {

using http::PathParameters;
using http::ServerRequest;
using http::ServerResponse;

constexpr std::size_t kCredentialRequestBytesMax = 256 * 1024;

ServerResponse refuse_with_protocol_error(const Error& error, const ServerRequest& request,
                                          std::string_view dpop_nonce) {
  if (error.code == ErrorCode::private_key_rejected || problem_text(error.code).status == 503) {
    return refuse(error, request);
  }
  log::info("credential_refused", {{"code", to_string(error.code)}, {"detail", std::string_view(error.detail)}});
  return to_server_response(oid4vci::error_response(error, oid4vci::Endpoint::credential, dpop_nonce));
}

ServerResponse metadata_answer(const json::Object& metadata) {
  ServerResponse response;
  response.content_type = "application/json";
  response.headers.push_back({"Cache-Control", "max-age=300"});
  response.body = json::serialize(metadata);
  return response;
}

Result<oid4vci::CredentialResponse> issue(IssuanceService& service, AccessTokens& tokens, const ServerRequest& request,
                                          std::string_view public_origin, Instant now) {
  MIBUN_TRY(const Grant grant, tokens.require(request, kScopeCredential));
  MIBUN_CHECK(refuse_private_keys(request.body));
  std::variant<oid4vci::AnonymousClient, oid4vci::KnownClient> client = oid4vci::AnonymousClient{};
  if (!grant.client_id.empty()) client = oid4vci::KnownClient{grant.client_id};
  const oid4vci::CredentialRequestPolicy policy{.credential_issuer = public_origin,
                                                .configuration_ids = grant.configuration_ids,
                                                .details = grant.details,
                                                .batch_size = kBatchSize,
                                                .client = client,
                                                .key_attestation = oid4vci::KeyAttestationNotUsed{},
                                                .now = now};
  MIBUN_TRY(const auto verified, oid4vci::read_credential_request(headers_of(request), request.body, policy));
  return service.issue(grant, verified);
}

Result<ServerResponse> notify(IssuanceService& service, AccessTokens& tokens, const ServerRequest& request) {
  MIBUN_TRY(const Grant grant, tokens.require(request, kScopeCredential));
  const auto bad = [](std::string_view error) {
    return json_answer(R"({"error":")" + std::string(error) + R"("})", 400);
  };
  const auto body = read_json_body(request);
  if (!body && body.error().code == ErrorCode::private_key_rejected) return std::unexpected(body.error());
  if (!body) return bad("invalid_notification_request");
  json::ObjectReader reader(*body, "body");
  const auto notification_id = reader.string("notification_id");
  const auto event = reader.string("event");
  const bool known_event =
      event && (*event == "credential_accepted" || *event == "credential_failure" || *event == "credential_deleted");
  if (!notification_id || !known_event) return bad("invalid_notification_request");
  const auto noted = service.notified(grant, *notification_id);
  if (!noted && noted.error().code == ErrorCode::not_found) return bad("invalid_notification_id");
  if (!noted) return std::unexpected(noted.error());
  ServerResponse done;
  done.status = 204;
  return done;
}

ServerResponse status_list_answer(StatusLists& status_lists, const ServerRequest& request,
                                  const PathParameters& parameters, std::string_view public_origin) {
  const auto token = status_lists.token_for(std::string(public_origin) + "/status/" + parameters.find("id")->second);
  if (!token && token.error().code == ErrorCode::status_list_unavailable) {
    return problem(ErrorCode::route_not_found, request.header("accept-language").value_or(""));
  }
  if (!token) return refuse(token.error(), request);
  ServerResponse response;
  response.content_type = status_list::kStatusTokenMediaType;
  response.headers.push_back({"Cache-Control", "max-age=60"});
  response.body = *token;
  return response;
}

// RFC 5280, section 4.2.1.13: the DER at the distribution point.
ServerResponse revocation_list_answer(const Trust& trust, const ServerRequest& request, Instant now) {
  const auto list = trust.iaca_crl(now);
  if (!list) return refuse(list.error(), request);
  ServerResponse response;
  response.content_type = "application/pkix-crl";
  response.headers.push_back({"Cache-Control", "max-age=3600"});
  response.body = std::string(as_text(*list));
  return response;
}

}  // namespace

void add_issuance_routes(http::Router& router, IssuanceService& service, StatusLists& status_lists,
                         AccessTokens& tokens, const Trust& trust, const Clock& clock, std::string public_origin) {
  router.add({.method = "GET",
              .pattern = "/.well-known/openid-credential-issuer",
              .handler = [&](const ServerRequest&,
                             const PathParameters&) { return metadata_answer(service.metadata().to_json()); },
              .cors = true});
  // No token is needed for a nonce (OpenID4VCI 1.0, section 7); a body is neither needed nor read.
  router.add({.method = "POST",
              .pattern = "/oid4vci/nonce",
              .handler =
                  [&](const ServerRequest& request, const PathParameters&) {
                    const auto nonce = service.make_nonce();
                    if (!nonce) return refuse(nonce.error(), request);
                    const auto dpop_nonce = tokens.nonce();
                    if (!dpop_nonce) return refuse(dpop_nonce.error(), request);
                    return to_server_response(oid4vci::nonce_response({*nonce}, *dpop_nonce));
                  },
              .cors = true});
  router.add({.method = "POST",
              .pattern = "/oid4vci/credential",
              .handler =
                  [&, public_origin](const ServerRequest& request, const PathParameters&) {
                    const auto nonce = tokens.nonce();
                    if (!nonce) return refuse(nonce.error(), request);
                    const auto issued = issue(service, tokens, request, public_origin, clock.now());
                    if (!issued) return refuse_with_protocol_error(issued.error(), request, *nonce);
                    return to_server_response(oid4vci::credential_response(*issued, *nonce));
                  },
              .body_bytes_max = kCredentialRequestBytesMax,
              .body_type = "application/json",
              .cors = true});
  router.add({.method = "POST",
              .pattern = "/oid4vci/notification",
              .handler =
                  [&](const ServerRequest& request, const PathParameters&) {
                    const auto nonce = tokens.nonce();
                    if (!nonce) return refuse(nonce.error(), request);
                    auto answer = notify(service, tokens, request);
                    if (!answer) return refuse_with_protocol_error(answer.error(), request, *nonce);
                    answer->headers.push_back({"DPoP-Nonce", *nonce});
                    return std::move(*answer);
                  },
              .body_type = "application/json",
              .cors = true});
  router.add({.method = "GET",
              .pattern = "/status/{id}",
              .handler =
                  [&, public_origin](const ServerRequest& request, const PathParameters& parameters) {
                    return status_list_answer(status_lists, request, parameters, public_origin);
                  },
              .cors = true});
  router.add({.method = "GET",
              .pattern = std::string(kIacaCrlPath),
              .handler = [&](const ServerRequest& request,
                             const PathParameters&) { return revocation_list_answer(trust, request, clock.now()); },
              .cors = true});
}

}  // namespace mibun::server
