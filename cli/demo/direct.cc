#include "cli/demo/direct.h"

#include "core/crypto/p256.h"
#include "core/jose/jwk.h"
#include "core/status_list/status_token.h"
#include "core/webauthn/options.h"
#include "core/webauthn/software_authenticator.h"
#include "wallet/trust.h"

namespace mibun::cli {
namespace {

Result<HttpResponse> post(http::Client& client, const std::string& url, const std::string& body) {
  HttpRequest request;
  request.method = "POST";
  request.url = url;
  request.headers = {{"Content-Type", "application/json"}};
  request.body = body;
  return client.send(request);
}

Result<Refused> read_refusal(const HttpResponse& response) {
  Refused refused{response.status, {}};
  MIBUN_TRY(const json::Object body, json::parse_object(response.body));
  json::ObjectReader reader(body, "problem");
  MIBUN_TRY(const auto code, reader.optional_string("code"));
  if (code) refused.code = *code;
  return refused;
}

// The storyteller confirms itself; no person is behind this account.
class Storyteller final : public webauthn::UserVerifier {
 public:
  static webauthn::UserVerification confirm(Instant now) { return verified(now); }
};

}  // namespace

Result<Refused> register_twice(http::Client& client, const std::string& origin, const Clock& clock, Rng& rng) {
  MIBUN_TRY(const HttpResponse begun, post(client, origin + "/api/v1/registrations", "{}"));
  MIBUN_TRY(const json::Object offer, json::parse_object(begun.body));
  json::ObjectReader reader(offer, "registration");
  MIBUN_TRY(const std::string_view id, reader.string("registration_id"));
  MIBUN_TRY(const std::string_view terms_version, reader.string("terms_version"));
  MIBUN_TRY(const json::Object* public_key, reader.object("public_key"));
  MIBUN_TRY(const auto options, webauthn::CreationOptions::parse(*public_key));

  const crypto::P256PrivateKey key = crypto::P256PrivateKey::generate();
  const webauthn::SoftwareAuthenticator authenticator(key, rng.bytes(32), options.user_id);
  const Instant now = clock.now();
  MIBUN_TRY(const auto response,
            authenticator.make_credential({.rp_id = options.rp_id, .origin = origin, .challenge = options.challenge},
                                          Storyteller::confirm(now), now));
  json::Object body;
  body["terms_version"] = terms_version;
  MIBUN_TRY(body["credential"], response.to_json());
  const std::string url = origin + "/api/v1/registrations/" + std::string(id);
  const std::string text = json::serialize(body);
  MIBUN_TRY(const HttpResponse first, post(client, url, text));
  if (first.status != 201) return read_refusal(first);
  MIBUN_TRY(const HttpResponse second, post(client, url, text));
  return read_refusal(second);
}

Result<Refused> send_private_key(http::Client& client, const std::string& origin) {
  const SecretBytes private_key = jose::private_jwk(crypto::P256PrivateKey::generate());
  const std::string body = R"({"terms_version":"","credential":)" + std::string(as_text(private_key.reveal())) + "}";
  MIBUN_TRY(const HttpResponse response, post(client, origin + "/api/v1/registrations/story", body));
  return read_refusal(response);
}

Result<std::string> fetch(http::Client& client, const std::string& url) {
  HttpRequest request;
  request.url = url;
  MIBUN_TRY(HttpResponse response, client.send(request));
  if (response.status != 200) return fail(ErrorCode::http_status_unexpected, std::to_string(response.status));
  return std::move(response.body);
}

Result<std::size_t> count_revoked(http::Client& client, const std::string& origin, const std::string& trust_json,
                                  Instant now) {
  const std::string uri = origin + "/status/1";
  MIBUN_TRY(const std::string token, fetch(client, uri));
  MIBUN_TRY(const auto trust, wallet::parse_trust(trust_json));
  MIBUN_TRY(const auto list, status_list::VerifiedStatusList::verify(
                                 token, {.expected_uri = uri, .issuers = trust.credential_issuers}, now));
  std::size_t revoked = 0;
  for (std::uint64_t index = 0; index < list.list().size(); ++index) {
    MIBUN_TRY(const std::uint8_t value, list.list().get(index));
    revoked += value == status_list::kInvalid ? 1U : 0U;
  }
  return revoked;
}

}  // namespace mibun::cli
