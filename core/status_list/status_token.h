#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/crypto/public_key.h"
#include "core/crypto/x509.h"
#include "core/status_list/status_list.h"
#include "core/status_list/status_reference.h"

namespace mibun::status_list {

inline constexpr std::string_view kStatusTokenType = "statuslist+jwt";
inline constexpr std::string_view kStatusTokenMediaType = "application/statuslist+jwt";
inline constexpr std::string_view kStatusCwtMediaType = "application/statuslist+cwt";

// How a Status List Token is written; the answer's media type says which (section 8.2).
enum class StatusTokenFormat { jwt, cwt };
// Errors: status_list_malformed (neither of the two).
Result<StatusTokenFormat> status_token_format(std::string_view media_type);

// The signed list: Token Status List, section 5.
//   JWT: header  {"alg":"ES256","typ":"statuslist+jwt","x5c":[...]}
//        payload {"sub": uri, "iat": 1, "exp": 2, "ttl": 3600, "status_list": {...}}
//   CWT: COSE_Sign1, tag 18, protected {1: alg, 16: "application/statuslist+cwt"}, unprotected {33: x5chain}
//        payload {2: uri, 6: iat, 4: exp, 65534: ttl, 65533: {"bits": ..., "lst": ...}}
struct StatusTokenTimes {
  Instant issued_at, expires_at;
  seconds time_to_live{0};
};
// `uri`: where the token is published, and what credentials refer to. `chain`: leaf first, without the anchor.
// Errors: invalid_argument (times that no verifier would take), those of the signer.
Result<std::string> issue_status_list_token(std::string_view uri, const StatusTokenTimes& times,
                                            const CompressedStatusList& list, const crypto::Signer& signer,
                                            std::span<const Bytes> chain);
inline Result<std::string> issue_status_list_token(std::string_view uri, const StatusTokenTimes& times,
                                                   const StatusList& list, const crypto::Signer& signer,
                                                   std::span<const Bytes> chain) {
  return issue_status_list_token(uri, times, list.compress(), signer, chain);
}
// The same as a CWT.
Result<Bytes> issue_status_list_cwt(std::string_view uri, const StatusTokenTimes& times,
                                    const CompressedStatusList& list, const crypto::Signer& signer,
                                    std::span<const Bytes> chain);

// Whom to believe, when the token brings its signer's certificates.
struct StatusTokenPolicy {
  std::string_view expected_uri;
  // For credential_issuer, mdoc_document_signer, status_list_signer, or wallet_provider (of its attestations). Where
  // credentials name no issuer (mdoc), these must be the anchors of that credential's issuing authority: nothing else
  // ties the list to it.
  const crypto::TrustAnchors& issuers;
};
// Whom to believe, when the list is signed with the key that signed the credential (section 11.3).
struct StatusTokenKeyPolicy {
  std::string_view expected_uri;
  const crypto::PublicKey& key;
  std::string_view issuer;  // whose key it is; what a reference must name, if it names an issuer
};

// What both formats say, before anything of it is believed. Internal to the verification.
struct StatusTokenClaims {
  std::string uri;
  Instant issued_at;
  std::optional<Instant> expires_at;
  std::optional<seconds> time_to_live;
};

// A list whose signature, signer, subject and times were checked.
class VerifiedStatusList {
 public:
  // A token as it arrived, in the format that its media type named.
  // Errors: jws_* or cose_*, cbor_*, certificate_*, status_list_subject_mismatch, status_list_expired,
  //         jwt_issued_in_future, jwt_not_yet_valid, jwt_claim_missing, jwt_claim_wrong_type, status_list_malformed and
  //         those of StatusList::parse.
  static Result<VerifiedStatusList> verify(StatusTokenFormat format, BytesView token, const StatusTokenPolicy& policy,
                                           Instant now);
  static Result<VerifiedStatusList> verify(StatusTokenFormat format, BytesView token,
                                           const StatusTokenKeyPolicy& policy, Instant now);
  static Result<VerifiedStatusList> verify(std::string_view jwt, const StatusTokenPolicy& policy, Instant now) {
    return verify(StatusTokenFormat::jwt, as_bytes(jwt), policy, now);
  }

  // Errors: status_list_subject_mismatch (the reference names another list), jwt_issuer_mismatch (the signer is not
  //         the credential's issuer), status_list_index_out_of_range, status_revoked, status_suspended,
  //         status_unknown_value.
  Status check(const StatusReference& reference) const;

  const StatusList& list() const { return list_; }
  const std::string& uri() const { return claims_.uri; }
  Instant issued_at() const { return claims_.issued_at; }
  std::optional<Instant> expires_at() const { return claims_.expires_at; }
  std::optional<seconds> time_to_live() const { return claims_.time_to_live; }

 private:
  VerifiedStatusList(std::optional<crypto::Certificate> signer, std::string issuer, StatusTokenClaims claims,
                     StatusList list)
      : signer_(std::move(signer)), issuer_(std::move(issuer)), claims_(std::move(claims)), list_(std::move(list)) {}
  Status check_issuer(std::string_view issuer) const;
  std::optional<crypto::Certificate> signer_;  // when it was found by its certificate
  std::string issuer_;                         // when it was found by its key
  StatusTokenClaims claims_;
  StatusList list_;
};

}  // namespace mibun::status_list
