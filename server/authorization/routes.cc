#include "server/authorization/routes.h"

#include "core/oid4vci/issuer_steps.h"
#include "server/access/refusal.h"
#include "server/api/body.h"
#include "server/api/problem.h"
#include "server/api/protocol.h"
#include "server/authorization/page.h"

namespace mibun::server {
namespace {

constexpr std::string_view kFormType = "application/x-www-form-urlencoded";

struct Parts {
  AuthorizationService& service;
  ClientAuthenticator& authenticator;
  ServerProofs& proofs;
  AssertionGate& gate;
};

Result<oid4vci::PushedAuthorization> push(const Parts& parts, const ServerRequest& request) {
  MIBUN_CHECK(refuse_private_keys_in_form(request.body));
  MIBUN_CHECK(oid4vci::check_no_client_secret(headers_of(request)));
  MIBUN_TRY(const auto wanted, oid4vci::AuthorizationRequest::parse(request.body));
  MIBUN_TRY(const WalletClient client,
            parts.authenticator.authenticate(request, wanted.client_id, ClientAuthenticator::Demand::known_client));
  // A proof here binds the code to its key; without one the token request's proof does (RFC 9449, section 10.1).
  std::optional<oid4vci::VerifiedDpop> proof;
  if (request.header_count("dpop") > 0) {
    MIBUN_TRY(proof, parts.proofs.verify(request, ServerProofs::Nonce::needed));
  }
  return parts.service.push(wanted, client, proof);
}

ServerResponse answer_push(const Parts& parts, const ServerRequest& request) {
  const auto pushed = push(parts, request);
  const auto nonce = parts.proofs.nonce();
  if (!nonce) return refuse(nonce.error(), request);
  if (!pushed) {
    ServerResponse refused = refuse_at_server("par_refused", pushed.error(), request, *nonce);
    add_challenge(parts.authenticator, pushed.error(), refused);
    return refused;
  }
  ServerResponse response = json_answer(json::serialize(pushed->to_json()), 201);
  response.headers.push_back({"DPoP-Nonce", *nonce});
  return response;
}

// A program that speaks for the person (the terminal wallet) asks for JSON; a browser gets the page.
bool wants_json(const ServerRequest& request) {
  return request.header("accept").value_or("") == "application/json";
}

json::Object to_json(const AuthorizationQuestion& question) {
  json::Array cards;
  for (const auto& card : question.cards) {
    cards.push_back(json::Object{
        {"credential_configuration_id", card.configuration_id}, {"name_ja", card.name_ja}, {"name_en", card.name_en}});
  }
  return {{"authorization_id", question.authorization_id},
          {"client", json::Object{{"client_id", question.client_id},
                                  {"name_ja", question.client_name_ja},
                                  {"name_en", question.client_name_en}}},
          {"cards", std::move(cards)},
          {"expires_at", to_jst_string(question.expires)}};
}

ServerResponse answer_authorize(AuthorizationService& service, const ServerRequest& request) {
  const auto ask = [&]() -> Result<AuthorizationQuestion> {
    // A preview of the link (HEAD) must not open what opens once.
    if (request.method != "GET") return fail(ErrorCode::oauth_invalid_request, "method", "only GET opens a request");
    MIBUN_TRY(const auto query, oid4vci::AuthorizeQuery::parse(request.query));
    return service.ask(query);
  };
  const auto question = ask();
  const std::string_view language = request.header("accept-language").value_or("");
  if (question) {
    return wants_json(request) ? json_answer(json::serialize(to_json(*question))) : question_page(*question, language);
  }
  ServerResponse refused = refuse(question.error(), request);
  return wants_json(request) ? refused : refusal_page(question.error().code, language);
}

Answer redirect_answer(const Result<std::string>& redirect) {
  if (!redirect) return std::unexpected(redirect.error());
  return json_answer(json::serialize(json::Object{{"redirect_to", *redirect}}));
}

Status check_empty_body(const ServerRequest& request) {
  MIBUN_TRY(const json::Object body, read_json_body(request));
  if (!body.empty()) return malformed("body", "an empty object");
  return {};
}

// The person signs in by signing exactly this: the assertion covers method, target and body.
Answer approve(const Parts& parts, const ServerRequest& request, const PathParameters& parameters) {
  MIBUN_TRY(const Account account, parts.gate.require(request));
  MIBUN_CHECK(check_empty_body(request));
  return redirect_answer(parts.service.approve(parameters.find("id")->second, account));
}

Answer stop(const Parts& parts, const ServerRequest& request, const PathParameters& parameters) {
  MIBUN_CHECK(check_empty_body(request));
  return redirect_answer(parts.service.refuse(parameters.find("id")->second));
}

ServerResponse metadata_answer(AuthorizationService& service, const ServerRequest& request) {
  const auto metadata = service.metadata();
  if (!metadata) return refuse(metadata.error(), request);
  ServerResponse response;
  response.content_type = "application/json";
  response.headers.push_back({"Cache-Control", "max-age=300"});
  response.body = json::serialize(metadata->to_json());
  return response;
}

}  // namespace

void add_authorization_routes(http::Router& router, AuthorizationService& service, ClientAuthenticator& authenticator,
                              ServerProofs& proofs, AssertionGate& gate) {
  const Parts parts{service, authenticator, proofs, gate};
  const auto get = [&](std::string pattern, auto handler, bool cors = false) {
    router.add({.method = "GET",
                .pattern = std::move(pattern),
                .handler = [handler](const ServerRequest& request, const PathParameters&) { return handler(request); },
                .cors = cors});
  };
  get(
      "/.well-known/oauth-authorization-server",
      [&service](const ServerRequest& request) { return metadata_answer(service, request); }, true);
  get("/oauth/authorize", [&service](const ServerRequest& request) { return answer_authorize(service, request); });
  get("/oauth/authorize.css", [](const ServerRequest&) { return page_style(); });
  get("/oauth/authorize.js", [](const ServerRequest&) { return page_script(); });
  router.add(
      {.method = "POST",
       .pattern = "/oauth/par",
       .handler = [parts](const ServerRequest& request, const PathParameters&) { return answer_push(parts, request); },
       .body_type = std::string(kFormType),
       .cors = true});
  const auto post = [&](std::string pattern, auto handler) {
    router.add(
        {.method = "POST",
         .pattern = std::move(pattern),
         .handler = answer_or_refuse([parts, handler](const ServerRequest& request, const PathParameters& parameters) {
           return handler(parts, request, parameters);
         }),
         .body_type = "application/json"});
  };
  post("/api/v1/authorizations/{id}/approval", approve);
  post("/api/v1/authorizations/{id}/refusal", stop);
}

}  // namespace mibun::server
