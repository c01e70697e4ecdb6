#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/codecs/json.h"
#include "core/crypto/p256.h"
#include "core/jose/jwk.h"
#include "core/oid4vp/registration.h"
#include "core/oid4vp/response.h"

// The Digital Credentials API: the browser carries request and answer, and tells the wallet which origin asks.
// OpenID4VP 1.0, appendix A; the response mode is dc_api.jwt (HAIP 1.0, section 5.2). There is no response_uri, no
// redirect and no state, and the holder signs for the origin instead of the client id.
namespace mibun::oid4vp {

// Of navigator.credentials.get({digital: {requests: [{protocol, data}]}}).
inline constexpr std::string_view kDcApiSigned = "openid4vp-v1-signed";
inline constexpr std::string_view kDcApiMultisigned = "openid4vp-v1-multisigned";
inline constexpr std::string_view kDcApiUnsigned = "openid4vp-v1-unsigned";

// "origin:https://shop.example": section A.4.
std::string audience_of_origin(std::string_view origin);

struct DcApiParameters {
  std::string origin;  // https, of the page that will call the browser
  std::string nonce;   // random_token(), for this request only
  Instant issued_at, expires_at;
  json::Object dcql_query;
  jose::Jwk encryption_key;  // fresh; kid, alg and use are set when the request is built
  std::string encryption_kid;
  std::vector<TransactionData> transaction_data{};
  ResponseMode mode = ResponseMode::dc_api_jwt;
};

// The `data` of each protocol for one request: any may be answered, once.
struct DcApiRequest {
  json::Object signed_data;       // {"request": "<JWS>"}
  json::Object multisigned_data;  // {"request": {"payload", "signatures"}}, with our one name
  json::Object unsigned_data;     // the parameters themselves

  // [{"protocol", "data"}, ...] for `requests`; the signed one first, for wallets that take either.
  json::Array to_json() const;
};
// Errors: dcql_*, oid4vp_claim_not_registered, oid4vp_registration_invalid (it is another client's),
// oid4vp_invalid_request (what a wallet would refuse), and the signer's.
Result<DcApiRequest> build_dc_api_request(const DcApiParameters& parameters, const VerifiedRegistration& registration,
                                          const RequestSigner& signer);

// {"response": "<JWE>"}: what the page gets as `data` of the DigitalCredential. `expected.client_id` is
// audience_of_origin(). Errors: those of receive_response.
Result<ReceivedResponse> receive_dc_api_response(const json::Object& data, const ExpectedResponse& expected,
                                                 const ResponsePolicy& policy, Instant now);

// The wallet's side: {"response": "<JWE>"} around {"vp_token", "consent", "consent_proofs"?}.
Result<json::Object> build_dc_api_response(const VerifiedRequest& request, const ResponseContents& contents, Rng& rng);

}  // namespace mibun::oid4vp
