#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/codecs/json.h"
#include "wallet/host.h"
#include "wallet/profile.h"

namespace mibun::wallet {

// What the server said no with: the code and the sentences of its problem document.
struct ServerRefusal {
  int status = 0;
  std::string code, sentence;
  json::Object document;  // the whole problem document, e.g. with "findings"
};

// What the server answered with a status of success.
struct ServerAnswer {
  int status = 0;
  json::Object body;  // empty for 204
};

// One request outside any account; one that changes something is sent again, once, when its answer gets lost (header
// Idempotency-Key). `refusal`, where given, receives what the server said no with.
// Errors: http_*, wallet_server_refused, json_*.
Result<ServerAnswer> send_open_request(Http& http, std::string_view origin, std::string_view method,
                                       std::string_view target, const std::string& body,
                                       std::optional<ServerRefusal>* refusal = nullptr);

// A GET of what only a secret opens, outside any account. Errors: the same.
Result<ServerAnswer> send_secret_request(Http& http, std::string_view origin, std::string_view target,
                                         std::string_view secret);

// The client of the server's own API. Everything that belongs to the account is sent with a fresh assertion of the
// device key over a challenge for exactly this method, target and body; the person is asked at most once a minute.
class ServerApi {
 public:
  ServerApi(const Host& host, std::string origin) : host_(host), origin_(std::move(origin)) {}

  using Answer = ServerAnswer;
  // Without an account. Errors: http_*, wallet_server_refused (see refusal()), json_*.
  Result<Answer> open_request(std::string_view method, std::string_view target, const std::string& body);
  // With the account's assertion; `reason` is what the person is told. The counter is stored before the assertion is
  // sent. Errors: as above, wallet_user_verification_failed, wallet_locked.
  Result<Answer> account_request(Profile& profile, std::string_view method, std::string_view target,
                                 const std::string& body, std::string_view content_type, std::string_view reason);

  // The last refusal, for showing.
  const std::optional<ServerRefusal>& refusal() const { return refusal_; }
  // A proof that the holder is here; a recent one is good enough. Later account requests use it while it is fresh.
  Result<webauthn::UserVerification> verify_user(std::string_view reason);
  // The same, asked for now whatever was proved before.
  Result<webauthn::UserVerification> verify_user_now(std::string_view reason);
  // Whether an account request could be made without asking the person.
  bool is_user_verified() const;

 private:
  Result<std::string> make_assertion(Profile& profile, std::string_view method, std::string_view target,
                                     const std::string& body, std::string_view reason);
  Host host_;
  std::string origin_;
  std::optional<ServerRefusal> refusal_;
  std::optional<webauthn::UserVerification> verification_;
};

}  // namespace mibun::wallet
