#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/random.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/crypto/p256.h"
#include "core/crypto/trusted_issuers.h"
#include "core/dcql/answer.h"
#include "core/dcql/query.h"
#include "core/oid4vp/consent.h"
#include "core/oid4vp/registration.h"
#include "core/oid4vp/request.h"
#include "core/receipt/receipt.h"
#include "core/status_list/status_reference.h"

// The authorization response of OpenID4VP 1.0, section 8.
namespace mibun::oid4vp {

inline constexpr std::size_t kResponseBytesMax = 2 * 1024 * 1024;
inline constexpr std::string_view kFormMediaType = "application/x-www-form-urlencoded";

// ---- The wallet's side: bodies for a POST to response_uri ----

// By credential id: presentations, or proofs that go with them.
using VpToken = std::map<std::string, std::vector<std::string>, std::less<>>;

struct ResponseContents {
  VpToken vp_token;
  std::string consent;
  VpToken consent_proofs;  // receipt::ConsentProof for each mdoc, in the order of its presentations
};

// "response=<JWE>" around {"vp_token": {...}, "state": ..., "consent": ..., "consent_proofs"?: {...},
// "mibun_pairing_code"?: ...}, for the request's key; without a key these members as parameters.
// Errors: wallet_pairing_code_needed (the request asks for a code and this is none).
Result<std::string> build_response_form(const VerifiedRequest& request, const ResponseContents& contents,
                                        const std::optional<std::string>& pairing_code, Rng& rng);

// "error=access_denied&state=...": the same whether the holder refused or has nothing to show (promise 16b).
// `error`: one of section 8.5, from wallet_error().
std::string build_error_form(const VerifiedRequest& request, std::string_view error);

// Of the mode fragment: where the browser goes, with one of these forms behind the "#".
std::string redirect_with(const VerifiedRequest& request, std::string_view form);

// From our codes to the errors that a wallet sends: section 8.5.
std::string_view wallet_error(ErrorCode code);

// ---- The gateway's side ----

// What the gateway stored with the request.
struct ExpectedResponse {
  std::string client_id;
  std::string nonce;
  std::string state;
  std::string response_uri;  // of fragment the redirect_uri; empty through the Digital Credentials API (dc_api.h)
  std::string encryption_kid;
  const crypto::KeyAgreement& decryption_key;
  const dcql::Query& query;
  const Registration& registration;
  // Asked once about each answer that can be read, before any of its signatures: expect_no_pairing_code, or a function
  // that counts this try durably and then compares.
  std::function<Status(const std::optional<std::string>& code)> check_pairing_code;
  // As asked: an answer that comes in another way is refused.
  ResponseMode mode = ResponseMode::direct_post_jwt;
  // As sent. Empty: no answer may authorize anything.
  std::vector<TransactionData> transaction_data{};
};

// Said aloud: wallets other than ours know no consent object.
enum class ConsentDemand { required, accept_absent };

struct ResponsePolicy {
  const crypto::TrustedIssuers& issuers;  // CertificatePurpose::credential_issuer
  const crypto::TrustedIssuers& iaca;     // CertificatePurpose::mdoc_document_signer
  ConsentDemand consent = ConsentDemand::required;
  dcql::ExcessPolicy excess = dcql::ExcessPolicy::report;
  // Asked for every credential that names a status, with the row of `issuers` or `iaca` that its issuer is believed by:
  // whose list it must be. Usually StatusCache::check.
  std::function<Status(const status_list::StatusReference&, const crypto::TrustedIssuer&)> check_status;
};

struct PresentedCredential {
  std::string format;
  std::string type;     // vct or doctype: the one asked for that its issuer is believed for
  std::string issuer;   // iss; of an mdoc the document signer's subject
  json::Object claims;  // what was asked for and nothing else, as it stands in the credential
  std::optional<Instant> expires_at;
};

struct VerifiedResponse {
  std::map<std::string, std::vector<PresentedCredential>, std::less<>> credentials;
  // What proves later that the holder presented this, without any claim's value. Of an mdoc only with a consent.
  std::vector<receipt::PresentationProof> evidence;
  std::vector<receipt::MdocPresentationProof> mdoc_evidence;
  std::optional<std::string> consent;        // the text, as the holder signed its hash
  std::vector<std::string> authorized_by{};  // for each of the transaction data that were asked: the credential's id
  std::vector<dcql::Excess> excess;          // revealed though nobody asked; reported, never passed on
};

// The wallet said no: one of section 8.5, "unknown_error" for anything else.
struct RefusedResponse {
  std::string error;
};

using ReceivedResponse = std::variant<VerifiedResponse, RefusedResponse>;

// The body of the POST, or what stood behind the "#". Consuming the transaction (one answer, once) is the caller's, in
// the same database transaction as the result. Errors: oid4vp_response_malformed, oid4vp_response_not_encrypted,
// form_*, jwe_*, oid4vp_state_mismatch, what check_pairing_code says, dcql_answer_unexpected, dcql_unsupported_format,
// everything of sd_jwt::verify_presentation and mdoc::verify_device_response,
// certificate_untrusted_for_type (an issuer of other types), sd_jwt_missing_claim (neither exp nor
// status), dcql_not_satisfied, dcql_answer_too_much, oid4vp_transaction_data_mismatch, oid4vp_consent_mismatch, and
// what check_status says.
Result<ReceivedResponse> receive_response(std::string_view form_body, const ExpectedResponse& expected,
                                          const ResponsePolicy& policy, Instant now);

// The answer to a response: {"redirect_uri": "..."}, or {} where nobody is to be sent anywhere; section 8.2.
std::string response_accepted_json(const std::optional<std::string>& redirect_uri);

// What goes out at response_uri for one of our codes: always status 400 and a sentence that says nothing of the holder.
struct ProtocolError {
  int status = 400;
  std::string_view error;
  std::string_view description;
  std::optional<std::string_view> our_code;  // where a wallet of ours can do better than to give up
  std::string to_json() const;
};
ProtocolError response_uri_error(ErrorCode code);

}  // namespace mibun::oid4vp
