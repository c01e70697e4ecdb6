#include "wallet/server_api.h"

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"
#include "core/webauthn/options.h"
#include "core/webauthn/request_assertion.h"
#include "core/webauthn/software_authenticator.h"
#include "wallet/passkey.h"

namespace mibun::wallet {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kAssertions = "/api/v1/assertions";
constexpr std::size_t kKeyBytes = 16;
constexpr std::size_t kAnswerBytesMax = 2 * 1024 * 1024;

// Verification is asked for again a little before the server would call it stale.
constexpr auto kVerificationReuse = std::chrono::seconds(45);

ServerRefusal read_refusal(const HttpResponse& response) {
  ServerRefusal refusal;
  refusal.status = response.status;
  auto document = json::parse_object(response.body);
  if (!document) return refusal;
  json::ObjectReader reader(*document, "problem");
  if (auto code = reader.optional_string("code"); code && *code) refusal.code = **code;
  if (auto title = reader.optional_string("title"); title && *title) refusal.sentence = **title;
  if (auto next = reader.optional_string("detail"); next && *next) refusal.sentence.append(" ").append(**next);
  refusal.document = *document;
  return refusal;
}

// After these a request may have arrived all the same.
bool is_lost(ErrorCode code) {
  return code == ErrorCode::http_connect_failed || code == ErrorCode::http_timeout;
}

// A request that changes something has a key of its own. When its answer gets lost it is sent once more as it was, and
// by the key the server knows that it is the same: what was done is not done twice, and its answer arrives after all.
Result<HttpResponse> send_with_key(Http& http, HttpRequest request) {
  const bool repeatable = request.method != "GET" && !request.url.ends_with(kAssertions);
  if (!repeatable) return http.send(request);
  crypto::SystemRng rng;
  request.headers.push_back({"Idempotency-Key", "\"" + base64url::encode(rng.bytes(kKeyBytes)) + "\""});
  auto response = http.send(request);
  if (!response && is_lost(response.error().code)) response = http.send(request);
  return response;
}

Result<ServerAnswer> send(Http& http, const HttpRequest& request, std::optional<ServerRefusal>* refusal) {
  if (refusal != nullptr) refusal->reset();
  MIBUN_TRY(const HttpResponse response, send_with_key(http, request));
  if (response.status < 200 || response.status > 299) {
    ServerRefusal said = read_refusal(response);
    Error error{ErrorCode::wallet_server_refused, said.code.empty() ? std::to_string(response.status) : said.code,
                said.sentence};
    if (refusal != nullptr) *refusal = std::move(said);
    return std::unexpected(std::move(error));
  }
  ServerAnswer answer{response.status, {}};
  if (response.body.empty()) return answer;
  const auto type = response.header("content-type");
  if (!type || !equal_ignoring_case(media_type(*type), kJson)) {
    return fail(ErrorCode::json_malformed, "content-type", "the server answered with something else than JSON");
  }
  MIBUN_TRY(answer.body, json::parse_object(response.body, {.bytes_max = kAnswerBytesMax}));
  return answer;
}

}  // namespace

Result<ServerAnswer> send_open_request(Http& http, std::string_view origin, std::string_view method,
                                       std::string_view target, const std::string& body,
                                       std::optional<ServerRefusal>* refusal) {
  HttpRequest request;
  request.method = method;
  request.url = std::string(origin) + std::string(target);
  if (!body.empty()) request.headers.push_back({"Content-Type", std::string(kJson)});
  request.body = body;
  return send(http, request, refusal);
}

Result<ServerAnswer> send_secret_request(Http& http, std::string_view origin, std::string_view target,
                                         std::string_view secret) {
  HttpRequest request;
  request.url = std::string(origin) + std::string(target);
  request.headers.push_back({"Authorization", "Bearer " + std::string(secret)});
  return send(http, request, nullptr);
}

Result<ServerApi::Answer> ServerApi::open_request(std::string_view method, std::string_view target,
                                                  const std::string& body) {
  return send_open_request(host_.http, origin_, method, target, body, &refusal_);
}

bool ServerApi::is_user_verified() const {
  if (host_.passkey != nullptr) return false;  // it asks each time
  const Instant now = host_.clock.now();
  return verification_ && verification_->at() <= now && now - verification_->at() <= kVerificationReuse;
}

Result<webauthn::UserVerification> ServerApi::verify_user(std::string_view reason) {
  if (is_user_verified()) return *verification_;
  MIBUN_TRY(verification_, host_.user.verify_user(reason));
  return *verification_;
}

Result<webauthn::UserVerification> ServerApi::verify_user_now(std::string_view reason) {
  verification_.reset();
  MIBUN_TRY(verification_, host_.user.verify_user_again(reason));
  return *verification_;
}

Result<std::string> ServerApi::make_assertion(Profile& profile, std::string_view method, std::string_view target,
                                              const std::string& body, std::string_view reason) {
  json::Object wanted;
  wanted["method"] = method;
  wanted["target"] = target;
  wanted["body_sha256"] = base64url::encode(crypto::sha256(std::string_view(body)));
  MIBUN_TRY(const Answer begun, open_request("POST", kAssertions, json::serialize(wanted)));
  json::ObjectReader reader(begun.body, "assertion");
  MIBUN_TRY(const std::string_view assertion_id, reader.string("assertion_id"));
  MIBUN_TRY(const json::Object* public_key, reader.object("public_key"));
  MIBUN_TRY(const auto options, webauthn::RequestOptions::parse(*public_key));
  if (options.rp_id != profile.rp_id) return fail(ErrorCode::webauthn_rp_id_mismatch, "assertion");
  if (host_.passkey != nullptr) {
    MIBUN_TRY(auto response, host_.passkey->get_assertion(profile, options));
    return webauthn::RequestAssertion{std::string(assertion_id), std::move(response)}.to_header();
  }

  MIBUN_CHECK(verify_user(reason));
  MIBUN_TRY(const crypto::P256Signer* device_key, host_.keys.signer(profile.device_key));
  ++profile.counter;
  MIBUN_CHECK(save_profile(host_.store, profile));
  const webauthn::SoftwareAuthenticator authenticator(*device_key, profile.credential_id, profile.user_handle);
  const webauthn::CeremonyRequest ceremony{
      .rp_id = profile.rp_id, .origin = origin_, .challenge = options.challenge, .counter = profile.counter};
  MIBUN_TRY(auto response, authenticator.get_assertion(ceremony, verification_, host_.clock.now()));
  return webauthn::RequestAssertion{std::string(assertion_id), std::move(response)}.to_header();
}

Result<ServerApi::Answer> ServerApi::account_request(Profile& profile, std::string_view method, std::string_view target,
                                                     const std::string& body, std::string_view content_type,
                                                     std::string_view reason) {
  MIBUN_TRY(std::string assertion, make_assertion(profile, method, target, body, reason));
  HttpRequest request;
  request.method = method;
  request.url = origin_ + std::string(target);
  request.headers.push_back({std::string(webauthn::kRequestAssertionHeader), std::move(assertion)});
  if (!body.empty()) request.headers.push_back({"Content-Type", std::string(content_type)});
  request.body = body;
  return send(host_.http, request, &refusal_);
}

}  // namespace mibun::wallet
