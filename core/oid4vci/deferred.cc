#include "core/oid4vci/cause.h"
#include "core/oid4vci/credential.h"
#include "core/oid4vci/limits.h"

// Deferred answers and requests: OpenID4VCI 1.0, sections 8.3 and 9.
namespace mibun::oid4vci {
namespace {

constexpr int kOk = 200, kAccepted = 202;
constexpr std::int64_t kIntervalSecondsMax = 366LL * 24 * 3600;

std::unexpected<Error> bad_response(std::string where, std::string detail) {
  return fail(ErrorCode::oid4vci_response_malformed, std::move(where), std::move(detail));
}

Result<DeferredResponse> parse_deferred(std::string_view text) {
  constexpr ErrorCode kCode = ErrorCode::oid4vci_response_malformed;
  MIBUN_TRY_AS(kCode, "response", const json::Object object, json::parse_object(text));
  if (object.contains("credentials")) return bad_response("response", "credentials and a transaction");
  json::ObjectReader reader(object, "response");
  DeferredResponse deferred;
  MIBUN_TRY_AS(kCode, "", deferred.transaction_id, reader.string("transaction_id"));
  if (deferred.transaction_id.empty() || deferred.transaction_id.size() > kTransactionIdCharactersMax) {
    return bad_response("response.transaction_id", "empty or too long");
  }
  MIBUN_TRY_AS(kCode, "", deferred.interval_seconds, reader.integer("interval"));
  if (deferred.interval_seconds < 1 || deferred.interval_seconds > kIntervalSecondsMax) {
    return bad_response("response.interval", "not a positive number of seconds");
  }
  return deferred;
}

}  // namespace

json::Object DeferredResponse::to_json() const {
  return {{"transaction_id", transaction_id}, {"interval", interval_seconds}};
}

json::Object to_json(const CredentialAnswer& answer) {
  return std::visit([](const auto& kind) { return kind.to_json(); }, answer);
}

Result<CredentialAnswer> parse_credential_answer(int status, std::string_view text) {
  if (status == kAccepted) {
    MIBUN_TRY(DeferredResponse deferred, parse_deferred(text));
    return deferred;
  }
  if (status != kOk) return bad_response("response", "status " + std::to_string(status));
  MIBUN_TRY(CredentialResponse issued, CredentialResponse::parse(text));
  return issued;
}

json::Object DeferredRequest::to_json() const {
  json::Object object{{"transaction_id", transaction_id}};
  if (response_encryption) object["credential_response_encryption"] = response_encryption->to_json();
  return object;
}

Result<DeferredRequest> DeferredRequest::parse(std::string_view body) {
  constexpr ErrorCode kCode = ErrorCode::oid4vci_invalid_credential_request;
  MIBUN_TRY_AS(kCode, "request", const json::Object object, json::parse_object(body));
  json::ObjectReader reader(object, "request");
  DeferredRequest request;
  MIBUN_TRY_AS(kCode, "", request.transaction_id, reader.string("transaction_id"));
  if (request.transaction_id.empty() || request.transaction_id.size() > kTransactionIdCharactersMax) {
    return fail(kCode, "request.transaction_id", "empty or too long");
  }
  MIBUN_TRY_AS(ErrorCode::oid4vci_invalid_encryption_parameters, "", const json::Object* encryption,
               reader.optional_object("credential_response_encryption"));
  if (encryption != nullptr) {
    MIBUN_TRY(request.response_encryption, AnswerEncryption::parse(*encryption));
  }
  return request;
}

}  // namespace mibun::oid4vci
