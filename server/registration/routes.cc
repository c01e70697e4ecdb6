#include "server/registration/routes.h"

#include <algorithm>

#include "core/codecs/base64url.h"
#include "server/api/body.h"
#include "server/api/problem.h"
#include "server/registration/devices.h"

namespace mibun::server {
namespace {

constexpr std::size_t kTargetBytesMax = 512;

Answer begin(RegistrationService& service, const ServerRequest& request) {
  MIBUN_TRY(const json::Object body, read_json_body(request));
  if (!body.empty()) return malformed("body", "an empty object");
  MIBUN_TRY(const auto begun, service.begin());
  json::Object answer;
  answer["registration_id"] = begun.registration_id;
  answer["terms_version"] = kTermsVersion;
  answer["public_key"] = begun.options.to_json();
  return json_answer(json::serialize(answer), 201);
}

Answer finish(RegistrationService& service, const ServerRequest& request, const PathParameters& parameters) {
  MIBUN_TRY(const json::Object body, read_json_body(request));
  json::ObjectReader reader(body, "body");
  const auto terms_version = reader.string("terms_version");
  const auto credential = reader.object("credential");
  if (!terms_version || !credential || !reader.finish()) {
    return malformed("body", "the members are terms_version and credential");
  }
  MIBUN_TRY(const auto response, webauthn::RegistrationResponse::parse(**credential));
  MIBUN_TRY(const auto registered, service.finish(parameters.find("id")->second, *terms_version, response));
  json::Object answer;
  answer["account_id"] = registered.account_id;
  answer["revocation_code"] = registered.revocation_code;
  answer["created_at"] = to_jst_string(registered.created_at);
  return json_answer(json::serialize(answer), 201);
}

Answer begin_assertion(RegistrationService& service, const ServerRequest& request) {
  MIBUN_TRY(const json::Object body, read_json_body(request));
  json::ObjectReader reader(body, "body");
  const auto method = reader.string("method");
  const auto target = reader.string("target");
  const auto digest_text = reader.string("body_sha256");
  if (!method || !target || !digest_text || !reader.finish()) {
    return malformed("body", "the members are method, target and body_sha256");
  }
  const bool known_method = *method == "GET" || *method == "POST" || *method == "PUT" || *method == "DELETE";
  if (!known_method) return malformed("body.method", "GET, POST, PUT or DELETE");
  if (!target->starts_with("/api/v1/") || target->size() > kTargetBytesMax) {
    return malformed("body.target", "a path of this API");
  }
  const auto digest = base64url::decode(*digest_text);
  crypto::Sha256Digest body_sha256{};
  if (!digest || digest->size() != body_sha256.size()) {
    return malformed("body.body_sha256", "32 bytes in base64url");
  }
  std::ranges::copy(*digest, body_sha256.begin());
  MIBUN_TRY(const auto begun, service.begin_assertion({*method, *target, body_sha256}));
  json::Object answer;
  answer["assertion_id"] = begun.assertion_id;
  answer["public_key"] = begun.options.to_json();
  return json_answer(json::serialize(answer), 201);
}

Answer show_account(RegistrationService& service, const ServerRequest& request) {
  MIBUN_TRY(const Account account, service.require(request));
  MIBUN_TRY(const auto summary, service.summary(account));
  json::Object answer;
  answer["account_id"] = account.id.value;
  answer["key_thumbprint"] = account.key_thumbprint;
  answer["created_at"] = to_jst_string(summary.created_at);
  answer["terms_version"] = summary.terms_version;
  return json_answer(json::serialize(answer));
}

Answer accept_terms(RegistrationService& service, const ServerRequest& request) {
  MIBUN_TRY(const Account account, service.require(request));
  MIBUN_TRY(const json::Object body, read_json_body(request));
  json::ObjectReader reader(body, "body");
  const auto terms_version = reader.string("terms_version");
  if (!terms_version || !reader.finish()) return malformed("body", "the member is terms_version");
  MIBUN_TRY(const Instant accepted_at, service.accept_terms(account, *terms_version));
  json::Object answer;
  answer["terms_version"] = *terms_version;
  answer["accepted_at"] = to_jst_string(accepted_at);
  return json_answer(json::serialize(answer));
}

// {"device", "former": [..]}: devices.h.
Answer show_devices(RegistrationService& service, const ServerRequest& request) {
  MIBUN_TRY(const Account account, service.require(request));
  MIBUN_TRY(const auto devices, service.devices(account));
  json::Object answer;
  json::Array former;
  for (const auto& device : devices) {
    if (device.moved_at) {
      former.push_back(to_json(device));
    } else {
      answer["device"] = to_json(device);
    }
  }
  answer["former"] = std::move(former);
  return json_answer(json::serialize(answer));
}

// The address exists to say no in one place: a key is never replaced, whoever asks (promise WP-07c).
Answer refuse_second_key(RegistrationService& service, const ServerRequest& request) {
  MIBUN_CHECK(service.require(request));
  MIBUN_CHECK(read_json_body(request));
  return fail(ErrorCode::key_exists, "account");
}

Answer revoke(RegistrationService& service, CredentialRevoker& revoker, const ServerRequest& request) {
  MIBUN_TRY(const json::Object body, read_json_body(request));
  json::ObjectReader reader(body, "body");
  const auto code = reader.string("revocation_code");
  if (!code || !reader.finish()) return malformed("body", "the member is revocation_code");
  MIBUN_TRY(const Instant revoked_at, service.revoke(*code, revoker));
  json::Object answer;
  answer["revoked_at"] = to_jst_string(revoked_at);
  return json_answer(json::serialize(answer));
}

}  // namespace

void add_registration_routes(http::Router& router, RegistrationService& service, CredentialRevoker& revoker) {
  const auto add = [&](std::string method, std::string pattern, http::RouteHandler handler, bool takes_body) {
    router.add({.method = std::move(method),
                .pattern = std::move(pattern),
                .handler = std::move(handler),
                .body_type = takes_body ? "application/json" : "",
                .cors = true});
  };
  add("POST", "/api/v1/registrations",
      answer_or_refuse([&](const ServerRequest& request) { return begin(service, request); }), true);
  add("POST", "/api/v1/registrations/{id}",
      answer_or_refuse([&](const ServerRequest& request, const PathParameters& parameters) {
        return finish(service, request, parameters);
      }),
      true);
  add("POST", "/api/v1/assertions",
      answer_or_refuse([&](const ServerRequest& request) { return begin_assertion(service, request); }), true);
  add("GET", "/api/v1/account",
      answer_or_refuse([&](const ServerRequest& request) { return show_account(service, request); }), false);
  add("POST", "/api/v1/account/terms",
      answer_or_refuse([&](const ServerRequest& request) { return accept_terms(service, request); }), true);
  add("GET", "/api/v1/account/devices",
      answer_or_refuse([&](const ServerRequest& request) { return show_devices(service, request); }), false);
  add("POST", "/api/v1/account/keys",
      answer_or_refuse([&](const ServerRequest& request) { return refuse_second_key(service, request); }), true);
  add("POST", "/api/v1/revocations",
      answer_or_refuse([&](const ServerRequest& request) { return revoke(service, revoker, request); }), true);
}

}  // namespace mibun::server
