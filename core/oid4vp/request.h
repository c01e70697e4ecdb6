#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/random.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/crypto/p256.h"
#include "core/crypto/x509.h"
#include "core/dcql/query.h"
#include "core/jose/jwe.h"
#include "core/jose/jwk.h"
#include "core/oid4vp/pairing.h"
#include "core/oid4vp/registration.h"
#include "core/oid4vp/request_signer.h"
#include "core/oid4vp/transaction_data.h"
#include "core/oid4vp/verifier_trust.h"

// The authorization request of OpenID4VP 1.0, section 5. In HAIP's profile: a signed request object by reference,
// x509_hash, direct_post.jwt, an encryption key of its own for each request.
namespace mibun::oid4vp {

inline constexpr std::string_view kRequestObjectType = "oauth-authz-req+jwt";
inline constexpr std::string_view kRequestObjectMediaType = "application/oauth-authz-req+jwt";
inline constexpr std::string_view kRequestAudience = "https://self-issued.me/v2";

// ---- The gateway's side ----

// "x509_hash:" and the base64url SHA-256 of the leaf's DER: section 5.9.3.
std::string client_id_of(const crypto::Certificate& leaf);
std::string client_id_of(BytesView leaf_der);

// 256 random bits, base64url, 43 characters: for nonce, state, kid, response_code and transaction paths.
std::string random_token(Rng& rng);

struct RequestParameters {
  // https, one that RequestSigner::check_address takes; of fragment the redirect_uri
  std::string response_uri;
  std::string nonce;  // random_token(), for this request only
  std::string state;  // the same
  Instant issued_at, expires_at;
  json::Object dcql_query;
  jose::Jwk encryption_key;  // fresh; kid, alg and use are set when the request is built
  std::string encryption_kid;
  std::optional<std::string> wallet_nonce;          // of the POST to request_uri, when the wallet sent one
  std::optional<PairingDemand> pairing;             // when it is shown on another device than the wallet's
  std::vector<TransactionData> transaction_data{};  // what the holder is to authorize with it; mostly nothing
  ResponseMode mode = ResponseMode::direct_post_jwt;
};

// The request object (the same parameters may be signed again when the wallet fetches it again).
// Errors: dcql_*, oid4vp_claim_not_registered, oid4vp_registration_invalid (it is another client's),
// oid4vp_response_uri_not_owned, oid4vp_invalid_request (what a wallet would refuse), and the signer's.
Result<std::string> build_request_object(const RequestParameters& parameters, const VerifiedRegistration& registration,
                                         const RequestSigner& signer);

// "redirect_uri:" and where its answers go: section 5.9.3.
std::string client_id_of_address(std::string_view address);

enum class RequestUriMethod { get, post };

// "openid4vp://?client_id=...&request_uri=...&request_uri_method=post", or with the request object itself:
// "openid4vp://?client_id=...&request=...", or, of the prefix redirect_uri, with the parameters of a request that
// nobody signed. Sections 5.7 and 5.9.3; RFC 9101, section 5.
struct RequestLink {
  std::string client_id;
  std::string request_uri;  // empty when the request came by value
  RequestUriMethod method = RequestUriMethod::get;
  std::string request{};  // as it arrived; empty when it is to be fetched
  std::optional<json::Object> parameters{};

  // Errors: oid4vp_invalid_request (scheme, missing or repeated parameter, both or neither of request and request_uri,
  // one of them for the prefix redirect_uri),
  // oid4vp_invalid_request_uri_method, url_*, oid4vp_client_id_prefix_not_supported, oid4vp_client_id_mismatch
  // (x509_san_dns, and the request is to be fetched from another host).
  static Result<RequestLink> parse(std::string_view text);
  std::string to_string() const;
};

// A request that nobody signs, whole in its link: the client is the address that gets the answer, and the registration
// is for it or names its origin. It says no time: a wallet takes it until the gateway does not. Errors: as of
// build_request_object; oid4vp_invalid_request also for wallet_nonce and pairing, which need a request to fetch.
Result<RequestLink> build_unsigned_request(const RequestParameters& parameters,
                                           const VerifiedRegistration& registration);

// ---- The wallet's side ----

struct RequestPolicy {
  std::string_view client_id;               // from the link
  std::optional<std::string> wallet_nonce;  // that the wallet sent; the request must repeat it
  VerifierTrust trust;
};

// A request that a browser hands over: the Digital Credentials API.
struct BrowserRequest {
  std::string protocol;  // kDcApiSigned, kDcApiMultisigned or kDcApiUnsigned
  json::Object data;
  std::string origin;  // of the page, said by the browser
};

// By what the wallet knows who asks; the holder is told, for the last says least.
enum class Identified {
  by_certificate,  // x509_hash, x509_san_dns: a certificate of a trusted authority
  by_attestation,  // verifier_attestation: a registrar vouches for the key
  by_wallet,       // no prefix: the wallet knew the key before
  by_address,      // redirect_uri, an unsigned request of a page: nobody signed; only where the answer goes is known
};

// Who asks, as far as a signature and a registrar prove it.
struct Asker {
  std::string client_id;
  Identified identified{};
  std::optional<crypto::Certificate> certificate;  // that signed the request, where one did
  Registration registration;
};

// To whom an answer is encrypted.
struct ResponseKey {
  jose::Jwk key;
  jose::ContentEncryption content_encryption{};
};

class RequestClient;

// A request whose signer, registration and contents were checked. Nothing in it was asked for without being registered.
class VerifiedRequest {
 public:
  // Errors: oid4vp_client_id_prefix_not_supported, jws_*, certificate_*, oid4vp_client_id_mismatch, those of a verifier
  // attestation, jwt_audience_mismatch, oid4vp_request_expired, jwt_*, oid4vp_wallet_nonce_mismatch,
  // oid4vp_invalid_request, oid4vp_response_mode_not_supported, oid4vp_transaction_data_not_supported, dcql_*,
  // dcql_unsupported_format (the verifier takes no SD-JWT VC with ES256), oid4vp_registration_invalid (missing,
  // several, another client's, or what VerifiedRegistration::verify refuses), oid4vp_claim_not_registered,
  // oid4vp_response_uri_not_owned. `over_asking`, where given, receives who it is at oid4vp_claim_not_registered: the
  // person may want to tell somebody.
  static Result<VerifiedRequest> verify(std::string_view text, const RequestPolicy& policy, Instant now,
                                        std::optional<Asker>* over_asking = nullptr);

  // Of the prefix redirect_uri, whose requests nobody signs: `parameters` as the link has them, `text` for the history.
  // It is answered for ten minutes from now. Errors: as above, without those of signatures and claims of JWTs.
  static Result<VerifiedRequest> verify_unsigned(const json::Object& parameters, std::string_view text,
                                                 const VerifierTrust& trust, Instant now,
                                                 std::optional<Asker>* over_asking = nullptr);

  // Of the Digital Credentials API: appendix A. Of several signatures the first that is good here counts. Where nobody
  // signed, the registration must name the page's origin. Errors: as above without those of the link and of
  // response_uri, and oid4vp_origin_mismatch.
  static Result<VerifiedRequest> verify_dc_api(const BrowserRequest& request, const VerifierTrust& trust, Instant now,
                                               std::optional<Asker>* over_asking = nullptr);

  const std::string& client_id() const { return client_id_; }  // "origin:..." of a page that did not sign
  Identified identified() const { return identified_; }
  const std::optional<crypto::Certificate>& certificate() const { return certificate_; }  // as of Asker
  // For whom the holder signs: the client id, or "origin:..." when a browser asked.
  const std::string& audience() const { return audience_; }
  const std::string& nonce() const { return nonce_; }
  const std::optional<std::string>& state() const { return state_; }
  ResponseMode mode() const { return mode_; }
  // Where the answer goes: response_uri or, of fragment, redirect_uri; empty when a browser asked.
  const std::string& response_uri() const { return response_uri_; }
  Instant expires_at() const { return expires_at_; }
  const dcql::Query& query() const { return query_; }
  const std::optional<ResponseKey>& response_key() const { return response_key_; }  // where the mode encrypts
  const Registration& registration() const { return registration_.content(); }
  const std::optional<PairingDemand>& pairing() const { return pairing_; }
  const std::vector<TransactionData>& transaction_data() const { return transaction_data_; }
  const std::string& text() const { return text_; }  // as it arrived, for the holder's history

 private:
  struct Draft;
  explicit VerifiedRequest(Draft&& draft);
  static Result<VerifiedRequest> read_linked(const RequestClient& client, const json::Object& payload,
                                             std::string_view text, Instant expires_at, const VerifierTrust& trust,
                                             Instant now, std::optional<Asker>* over_asking);
  static Result<VerifiedRequest> verify_several(const BrowserRequest& request, const VerifierTrust& trust, Instant now,
                                                std::optional<Asker>* over_asking);
  static Result<VerifiedRequest> read_signed_browsers(const RequestClient& client, const json::Object& payload,
                                                      const BrowserRequest& request, const VerifierTrust& trust,
                                                      Instant now, std::optional<Asker>* over_asking);
  // `signer`: null where nobody signed.
  static Result<VerifiedRequest> read_browsers(const json::Object& payload, const RequestClient* signer,
                                               const BrowserRequest& request, Instant expires_at,
                                               const VerifierTrust& trust, Instant now,
                                               std::optional<Asker>* over_asking);
  std::string text_, client_id_, audience_, nonce_, response_uri_;
  ResponseMode mode_;
  Identified identified_;
  std::optional<crypto::Certificate> certificate_;
  std::optional<std::string> state_;
  Instant expires_at_;
  dcql::Query query_;
  std::optional<ResponseKey> response_key_;
  VerifiedRegistration registration_;
  std::optional<PairingDemand> pairing_;
  std::vector<TransactionData> transaction_data_;
};

}  // namespace mibun::oid4vp
