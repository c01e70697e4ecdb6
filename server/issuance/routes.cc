#include "server/issuance/routes.h"

#include <charconv>

#include "core/oid4vci/error_map.h"
#include "core/status_list/status_token.h"
#include "platform/log/log.h"
#include "server/api/body.h"
#include "server/api/problem.h"
#include "server/api/protocol.h"
#include "server/issuance/accept.h"

namespace mibun::server {
namespace {

constexpr std::size_t kCredentialRequestBytesMax = 256 * 1024;

ServerResponse refuse_with_protocol_error(const Error& error, const ServerRequest& request,
                                          std::string_view dpop_nonce) {
  if (error.code == ErrorCode::private_key_rejected || problem_text(error.code).status == 503) {
    return refuse(error, request);
  }
  log::info("credential_refused", {{"code", to_string(error.code)}, {"detail", std::string_view(error.detail)}});
  return to_server_response(oid4vci::error_response(error, oid4vci::Endpoint::credential, dpop_nonce));
}

// Whether "application/jwt" is asked for with at least the weight of JSON (RFC 9110, section 12.5.1).
bool prefers_jwt(std::string_view accept) {
  return media_weight(accept, oid4vci::kJwtMediaType) > 0 &&
         media_weight(accept, oid4vci::kJwtMediaType) >= media_weight(accept, "application/json");
}

ServerResponse metadata_answer(const json::Object& metadata) {
  ServerResponse response;
  response.content_type = "application/json";
  response.headers = {{"Cache-Control", "max-age=300"}, {"Vary", "Accept"}};
  response.body = json::serialize(metadata);
  return response;
}

// Section 12.2.2: signed when the wallet asks for it.
ServerResponse issuer_metadata_answer(const IssuanceService& service, const ServerRequest& request) {
  if (!prefers_jwt(request.header("accept").value_or(""))) return metadata_answer(service.metadata().to_json());
  const auto text = service.signed_metadata();
  if (!text) return refuse(text.error(), request);
  ServerResponse response;
  response.content_type = oid4vci::kJwtMediaType;
  response.headers = {{"Cache-Control", "max-age=300"}, {"Vary", "Accept"}};
  response.body = *text;
  return response;
}

Result<oid4vci::OpenedRequest> open_body(const ServerRequest& request, const IssuanceService& service) {
  MIBUN_TRY(oid4vci::OpenedRequest opened,
            oid4vci::open_request(headers_of(request), request.body, service.decryption_keys(), false));
  MIBUN_CHECK(refuse_private_keys(opened.json));
  return opened;
}

std::variant<oid4vci::AnonymousClient, oid4vci::KnownClient> client_of(const Grant& grant) {
  if (grant.client_id.empty()) return oid4vci::AnonymousClient{};
  return oid4vci::KnownClient{grant.client_id};
}

std::vector<oid4vci::IdentifiedCredential> identifiers_of(const Grant& grant) {
  std::vector<oid4vci::IdentifiedCredential> identifiers;
  for (const oid4vci::AuthorizationDetail& detail : grant.details) {
    for (const std::string& identifier : detail.credential_identifiers) {
      identifiers.push_back({identifier, detail.configuration_id});
    }
  }
  return identifiers;
}

Result<HttpResponse> issue(const IssuanceRoutes& parts, const ServerRequest& request) {
  MIBUN_TRY(const Grant grant, parts.tokens.require(request, kScopeCredential));
  MIBUN_TRY(const oid4vci::OpenedRequest opened, open_body(request, parts.service));
  const auto identifiers = identifiers_of(grant);
  const KeyDemand& demand = parts.service.key_demand();
  const oid4vci::CredentialRequestPolicy policy{.credential_issuer = parts.public_origin,
                                                .known_configuration_ids = configuration_ids(),
                                                .configuration_ids = grant.configuration_ids,
                                                .identifiers = identifiers,
                                                .batch_size = kBatchSize,
                                                .encryption = {},
                                                .client = client_of(grant),
                                                .key_attestation = demand.policy(),
                                                .unattested_configuration_ids = demand.unattested_cards(),
                                                .now = parts.clock.now()};
  MIBUN_TRY(const auto verified, oid4vci::read_credential_request(opened, policy));
  for (const auto& status : verified.proofs.attestation_statuses()) {
    MIBUN_CHECK(parts.attestations.check(status, std::nullopt, ErrorCode::oid4vci_key_attestation_invalid,
                                         "key_attestation.status"));
  }
  MIBUN_TRY(const auto answer, parts.service.answer(grant, verified));
  return oid4vci::credential_response(answer, verified.response_encryption, parts.rng);
}

Result<HttpResponse> issue_deferred(const IssuanceRoutes& parts, const ServerRequest& request) {
  MIBUN_TRY(const Grant grant, parts.tokens.require(request, kScopeCredential));
  MIBUN_TRY(const oid4vci::OpenedRequest opened, open_body(request, parts.service));
  MIBUN_TRY(const auto deferred, oid4vci::read_deferred_request(opened, {}));
  MIBUN_TRY(const auto answer, parts.service.answer(grant, deferred));
  return oid4vci::credential_response(answer, deferred.response_encryption, parts.rng);
}

Result<HttpResponse> notify(const IssuanceRoutes& parts, const ServerRequest& request) {
  MIBUN_TRY(const Grant grant, parts.tokens.require(request, kScopeCredential));
  MIBUN_CHECK(refuse_private_keys(request.body));
  MIBUN_TRY(const auto notification, oid4vci::NotificationRequest::parse(request.body));
  MIBUN_CHECK(parts.service.notified(grant, notification));
  HttpResponse done;
  done.status = 204;
  done.headers = {{"Cache-Control", "no-store"}};
  return done;
}

using Deed = Result<HttpResponse> (*)(const IssuanceRoutes&, const ServerRequest&);

http::RouteHandler protected_deed(const IssuanceRoutes& parts, Deed deed) {
  return [parts, deed](const ServerRequest& request, const PathParameters&) {
    const auto nonce = parts.tokens.nonce();
    if (!nonce) return refuse(nonce.error(), request);
    auto answer = deed(parts, request);
    if (!answer) return refuse_with_protocol_error(answer.error(), request, *nonce);
    answer->headers.push_back({"DPoP-Nonce", *nonce});
    return to_server_response(std::move(*answer));
  };
}

// OpenID4VCI 1.0, section 4.1.3. Whoever holds the address holds the offer, so nothing on the way keeps it.
ServerResponse offer_answer(IssuanceService& service, const ServerRequest& request, const PathParameters& parameters) {
  const auto offer = service.offer_at(parameters.find("id")->second);
  if (!offer) return refuse(offer.error(), request);
  if (!*offer) return problem(ErrorCode::route_not_found, request.header("accept-language").value_or(""));
  return json_answer(json::serialize((*offer)->to_json()));
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
ServerResponse revocation_list_answer(const Result<Bytes>& list, const ServerRequest& request) {
  if (!list) return refuse(list.error(), request);
  ServerResponse response;
  response.content_type = "application/pkix-crl";
  response.headers.push_back({"Cache-Control", "max-age=3600"});
  response.body = std::string(as_text(*list));
  return response;
}

}  // namespace

void add_issuance_routes(http::Router& router, const IssuanceRoutes& parts) {
  IssuanceService& service = parts.service;
  const auto get = [&](std::string_view pattern, http::RouteHandler handler) {
    router.add({.method = "GET",
                .pattern = std::string(pattern),
                .handler = std::move(handler),
                .body_type = "",
                .cors = true});
  };
  get("/.well-known/openid-credential-issuer", [&service](const ServerRequest& request, const PathParameters&) {
    return issuer_metadata_answer(service, request);
  });
  // No token is needed for a nonce (OpenID4VCI 1.0, section 7); a body is neither needed nor read.
  router.add({.method = "POST",
              .pattern = "/oid4vci/nonce",
              .handler =
                  [&service, &tokens = parts.tokens](const ServerRequest& request, const PathParameters&) {
                    const auto nonce = service.make_nonce();
                    if (!nonce) return refuse(nonce.error(), request);
                    const auto dpop_nonce = tokens.nonce();
                    if (!dpop_nonce) return refuse(dpop_nonce.error(), request);
                    return to_server_response(oid4vci::nonce_response({*nonce}, *dpop_nonce));
                  },
              .cors = true});
  const auto post = [&](std::string_view pattern, Deed deed, std::string_view other_type) {
    router.add({.method = "POST",
                .pattern = std::string(pattern),
                .handler = protected_deed(parts, deed),
                .body_bytes_max = kCredentialRequestBytesMax,
                .body_type = "application/json",
                .cors = true,
                .other_body_type = std::string(other_type)});
  };
  post("/oid4vci/credential", issue, oid4vci::kJwtMediaType);
  post("/oid4vci/deferred_credential", issue_deferred, oid4vci::kJwtMediaType);
  post("/oid4vci/notification", notify, "");
  get(std::string(kOffersPath) + "{id}", [&service](const ServerRequest& request, const PathParameters& parameters) {
    return offer_answer(service, request, parameters);
  });
  get("/status/{id}", [parts](const ServerRequest& request, const PathParameters& parameters) {
    return status_list_answer(parts.status_lists, request, parameters, parts.public_origin);
  });
  // One list for each root: `list_of` makes it.
  const auto get_lists = [&](const std::string& first, const std::string& later, auto list_of) {
    get(first, [parts, list_of](const ServerRequest& request, const PathParameters&) {
      return revocation_list_answer(list_of(parts.trust, 1, parts.clock.now()), request);
    });
    get(later, [parts, list_of](const ServerRequest& request, const PathParameters& parameters) {
      const auto root = parse_crl_generation(parameters.find("root")->second);
      if (!root) return refuse(root.error(), request);
      return revocation_list_answer(list_of(parts.trust, *root, parts.clock.now()), request);
    });
  };
  get_lists(iaca_crl_path(1), "/.well-known/mibun-iaca-crl/{root}",
            [](const Trust& trust, std::uint32_t root, Instant now) { return trust.iaca_crl(root, now); });
  get_lists(issuer_crl_path(1), "/.well-known/mibun-issuer-crl/{root}",
            [](const Trust& trust, std::uint32_t root, Instant now) { return trust.issuer_crl(root, now); });
  get("/.well-known/mibun-trusted-crl/{number}",
      [parts](const ServerRequest& request, const PathParameters& parameters) {
        const std::string& text = parameters.find("number")->second;
        std::size_t number = 0;
        std::from_chars(text.data(), text.data() + text.size(), number);
        const bool is_number = std::to_string(number) == text;
        return revocation_list_answer(parts.issuer_crls.list(is_number ? number : 0), request);
      });
}

}  // namespace mibun::server
