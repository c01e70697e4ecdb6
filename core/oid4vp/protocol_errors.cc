#include "core/codecs/json.h"
#include "core/oid4vp/response.h"

// The two tables from our codes to the protocol's: what a wallet sends (section 8.5), what a response_uri answers.
namespace mibun::oid4vp {

std::string_view wallet_error(ErrorCode code) {
  switch (code) {
    // One and the same for "I do not want to", "I have none" and "I could not unlock it" (promise 16b).
    case ErrorCode::oid4vp_access_denied:
    case ErrorCode::oid4vp_nothing_to_present:
    case ErrorCode::dcql_not_satisfied:
    case ErrorCode::wallet_holder_refused:
    case ErrorCode::wallet_no_matching_card:
    case ErrorCode::wallet_no_copy_left:
    case ErrorCode::wallet_locked:
    case ErrorCode::wallet_user_verification_failed:
      return "access_denied";
    case ErrorCode::dcql_unsupported_format:
      return "vp_formats_not_supported";
    case ErrorCode::oid4vp_transaction_data_not_supported:
      return "invalid_transaction_data";
    case ErrorCode::oid4vp_invalid_request_uri_method:
      return "invalid_request_uri_method";
    default:
      return "invalid_request";
  }
}

namespace {

std::string_view description_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::oid4vp_response_not_encrypted:
      return "the response must be encrypted";
    case ErrorCode::oid4vp_transaction_unknown:
    case ErrorCode::oid4vp_transaction_expired:
    case ErrorCode::oid4vp_transaction_consumed:
      return "the request is not open";
    case ErrorCode::oid4vp_response_malformed:
    case ErrorCode::form_malformed:
    case ErrorCode::form_duplicate_field:
    case ErrorCode::jwe_malformed:
    case ErrorCode::jwe_header_malformed:
    case ErrorCode::jwe_alg_not_allowed:
    case ErrorCode::jwe_enc_not_allowed:
    case ErrorCode::jwe_zip_not_allowed:
    case ErrorCode::jwe_crit_not_understood:
    case ErrorCode::jwe_kid_mismatch:
    case ErrorCode::jwe_decryption_failed:
      return "the response cannot be read";
    case ErrorCode::pairing_code_wrong:
    case ErrorCode::pairing_code_locked:
      return "the code is not the one on the page";
    default:
      return "the presentation was not accepted";
  }
}

std::optional<std::string_view> our_code_of(ErrorCode code) {
  if (code == ErrorCode::pairing_code_wrong || code == ErrorCode::pairing_code_locked) return to_string(code);
  return std::nullopt;
}

}  // namespace

ProtocolError response_uri_error(ErrorCode code) {
  return {
      .status = 400, .error = "invalid_request", .description = description_of(code), .our_code = our_code_of(code)};
}

std::string ProtocolError::to_json() const {
  json::Object object{{"error", error}, {"error_description", description}};
  if (our_code) object[kOurCodeMember] = *our_code;
  return json::serialize(object);
}

std::string response_accepted_json(const std::optional<std::string>& redirect_uri) {
  json::Object object;
  if (redirect_uri) object["redirect_uri"] = *redirect_uri;
  return json::serialize(object);
}

}  // namespace mibun::oid4vp
