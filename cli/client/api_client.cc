#include "cli/client/api_client.h"

#include "core/codecs/base64url.h"
#include "core/codecs/url.h"
#include "core/jose/jwk.h"
#include "core/oid4vci/client_assertion.h"
#include "core/oid4vci/dpop.h"
#include "core/oid4vci/token.h"
#include "platform/files/files.h"

namespace mibun::cli {
namespace {

constexpr std::size_t kFileBytesMax = 256 * 1024;
constexpr std::size_t kKeyBytes = 16;
constexpr std::size_t kAnswerBytesMax = 10 * 1024 * 1024;  // a case with two photos

std::unexpected<Error> refused(const HttpResponse& response) {
  Error error{ErrorCode::wallet_server_refused, std::to_string(response.status), {}};
  if (auto document = json::parse_object(response.body)) {
    json::ObjectReader reader(*document, "problem");
    if (auto code = reader.optional_string("code"); code && *code) error.where = **code;
    if (auto code = reader.optional_string("error"); code && *code) error.where = **code;
    if (auto title = reader.optional_string("title"); title && *title) error.detail = **title;
    if (auto next = reader.optional_string("detail"); next && *next) error.detail.append(" ").append(**next);
  }
  return std::unexpected(std::move(error));
}

}  // namespace

Result<std::string> read_text_file(const std::string& path) {
  MIBUN_TRY(const Bytes text, files::read_file(path, kFileBytesMax));
  return std::string(as_text(text));
}

Status write_text_file(const std::string& path, std::string_view text) {
  return files::write_file_atomic(path, as_bytes(text));
}

ApiClient::ApiClient(Identity identity, crypto::P256PrivateKey client_key, http::Destinations server,
                     const Clock& clock, Rng& rng)
    : identity_(std::move(identity)),
      client_key_(std::move(client_key)),
      dpop_key_(crypto::P256PrivateKey::generate()),
      clock_(&clock),
      rng_(&rng),
      http_({.destinations = std::move(server),
             .trust_pem = identity_.trust_pem,
             .response_bytes_max = kAnswerBytesMax}) {}

Result<ApiClient> ApiClient::open(const Identity& identity, const Clock& clock, Rng& rng) {
  MIBUN_TRY(const HttpsUrl origin, HttpsUrl::parse(identity.server));
  MIBUN_TRY(const SecretBytes jwk, files::read_secret_file(identity.key_file, kFileBytesMax));
  MIBUN_TRY(auto key, jose::parse_private_jwk(as_text(jwk.reveal())));
  Identity whole = identity;
  whole.server = origin.origin();
  MIBUN_TRY(auto server, http::Destinations::only({whole.server}));
  return ApiClient(std::move(whole), std::move(key), std::move(server), clock, rng);
}

Status ApiClient::sign_in() {
  const std::string url = identity_.server + "/oauth/token";
  const Instant now = clock_->now();
  oid4vci::ClientCredentialsRequest request;
  MIBUN_TRY(request.client_assertion,
            oid4vci::make_client_assertion(identity_.client_id, identity_.server, client_key_, now, *rng_));
  MIBUN_TRY(auto proof, oid4vci::make_dpop_proof({.method = "POST", .url = url}, dpop_key_, now, *rng_));
  HttpRequest http_request;
  http_request.method = "POST";
  http_request.url = url;
  http_request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"DPoP", std::move(proof)}};
  http_request.body = oid4vci::to_form(request);
  MIBUN_TRY(const HttpResponse response, http_.send(http_request));
  if (response.status != 200) return refused(response);
  MIBUN_TRY(auto token, oid4vci::TokenResponse::parse(response.body));
  token_ = std::move(token.access_token);
  return {};
}

Result<ApiClient::Answer> ApiClient::send(std::string_view method, std::string_view target, const std::string& body) {
  if (token_.empty()) MIBUN_CHECK(sign_in());
  HttpRequest request;
  request.method = method;
  request.url = identity_.server + std::string(target);
  MIBUN_TRY(auto proof, oid4vci::make_dpop_proof({.method = method, .url = request.url, .access_token = token_},
                                                 dpop_key_, clock_->now(), *rng_));
  request.headers = {{"Authorization", "DPoP " + token_}, {"DPoP", std::move(proof)}};
  if (!body.empty()) request.headers.push_back({"Content-Type", "application/json"});
  request.body = body;
  if (method != "GET") {
    request.headers.push_back({"Idempotency-Key", "\"" + base64url::encode(rng_->bytes(kKeyBytes)) + "\""});
  }
  auto answered = http_.send(request);
  const auto lost = [](ErrorCode code) {
    return code == ErrorCode::http_connect_failed || code == ErrorCode::http_timeout;
  };
  // By the key the server knows that it is the same request, and gives the answer that got lost.
  if (!answered && method != "GET" && lost(answered.error().code)) answered = http_.send(request);
  MIBUN_TRY(const HttpResponse response, std::move(answered));
  if (response.status < 200 || response.status > 299) return refused(response);
  Answer answer{response.status, {}};
  if (!response.body.empty()) {
    MIBUN_TRY(answer.body, json::parse_object(response.body, {.bytes_max = kAnswerBytesMax}));
  }
  return answer;
}

}  // namespace mibun::cli
