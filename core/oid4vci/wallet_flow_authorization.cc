#include <algorithm>

#include "core/codecs/base64url.h"
#include "core/jose/jwk.h"
#include "core/oid4vci/authorization_request.h"
#include "core/oid4vci/authorization_response.h"
#include "core/oid4vci/error_map.h"
#include "core/oid4vci/wallet_flow.h"
#include "core/oid4vci/wallet_flow_messages.h"

namespace mibun::oid4vci {
namespace {

constexpr std::size_t kStateBytes = 16;

bool contains(const std::vector<std::string>& list, std::string_view value) {
  return std::ranges::find(list, value) != list.end();
}

}  // namespace

// From the yes of the holder to the code that comes back with them: PAR, the visit to the server, the redirect.

// HAIP 1.0, section 4: pushed requests and S256, or nothing.
Status IssuanceFlow::check_code_flow() const {
  const auto lacks = [](std::string where, std::string detail) {
    return fail(ErrorCode::oid4vci_metadata_malformed, "metadata." + std::move(where), std::move(detail));
  };
  if (!parts_.client) return fail(ErrorCode::invalid_argument, "client", "the code flow needs a client_id");
  // RFC 8414, section 2: left out means authorization_code.
  if (!server_.grant_types.empty() && !contains(server_.grant_types, kAuthorizationCodeGrant)) {
    return fail(ErrorCode::oauth_unsupported_grant_type, "metadata.grant_types_supported", "no authorization code");
  }
  if (!server_.authorization_endpoint) return lacks("authorization_endpoint", "missing");
  if (!server_.pushed_authorization_request_endpoint) {
    return lacks("pushed_authorization_request_endpoint", "missing");
  }
  // RFC 8414, section 2: required of a server that has the endpoint.
  if (!contains(server_.response_types, "code")) return lacks("response_types_supported", "no code");
  if (!contains(server_.code_challenge_methods, "S256")) return lacks("code_challenge_methods_supported", "no S256");
  return {};
}

AuthorizationRequest IssuanceFlow::authorization_request() const {
  const auto& code = std::get<CodeGrant>(start_.grant);
  AuthorizationRequest request{.client_id = parts_.client->client_id,
                               .redirect_uri = parts_.client->redirect_uri,
                               .code_challenge = CodeChallenge::of(code_verifier_),
                               .scopes = {},
                               .details = {},
                               .state = redirect_state_,
                               .issuer_state = code.issuer_state,
                               .dpop_jkt = jose::Jwk(parts_.dpop_key.public_key()).thumbprint(),
                               .resource = {}};
  const bool shared_server = !issuer_.authorization_servers.empty();
  if (!configuration_.scope.empty()) {
    request.scopes = {configuration_.scope};
    if (shared_server) request.resource = issuer_.credential_issuer;
  } else {
    request.details = {{.configuration_id = configuration_.id, .locations = {}, .credential_identifiers = {}}};
    if (shared_server) request.details.front().locations = {issuer_.credential_issuer};
  }
  return request;
}

Result<Step> IssuanceFlow::begin_authorization(Instant now) {
  code_verifier_ = make_code_verifier(parts_.rng);
  redirect_state_ = base64url::encode(parts_.rng.bytes(kStateBytes));
  return send_pushed_request(now);
}

Result<Step> IssuanceFlow::send_pushed_request(Instant now) {
  return send_to_server(State::pushed_request, *server_.pushed_authorization_request_endpoint,
                        authorization_request().to_form(), now);
}

Result<Step> IssuanceFlow::on_pushed(const HttpResponse& response, Instant now) {
  constexpr int kCreated = 201;
  if (response.status != kCreated) return on_server_error(response, now);
  if (auto nonce = dpop_nonce_of(response)) server_dpop_nonce_ = std::move(nonce);
  MIBUN_CHECK(check_json(response));
  MIBUN_TRY(const PushedAuthorization pushed, PushedAuthorization::parse(response.body));
  state_ = State::authorization;
  const AuthorizeQuery query{.client_id = parts_.client->client_id, .request_uri = pushed.request_uri};
  return OpenAuthorization{.url = query.to_url(*server_.authorization_endpoint),
                           .redirect_uri = parts_.client->redirect_uri};
}

Result<Step> IssuanceFlow::on_redirect(const RedirectArrived& arrived, Instant now) {
  MIBUN_TRY(std::string code, read_redirect(arrived.url, {.redirect_uri = parts_.client->redirect_uri,
                                                          .state = redirect_state_,
                                                          .issuer = server_.issuer}));
  token_request_ = AuthorizationCodeRequest{.code = std::move(code),
                                            .redirect_uri = parts_.client->redirect_uri,
                                            .code_verifier = code_verifier_,
                                            .client_id = parts_.client->client_id,
                                            .details = {}};
  return send_token_request(now);
}

}  // namespace mibun::oid4vci
