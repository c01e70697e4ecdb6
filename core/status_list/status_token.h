#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/crypto/p256.h"
#include "core/crypto/x509.h"
#include "core/status_list/status_list.h"
#include "core/status_list/status_reference.h"

namespace mibun::status_list {

inline constexpr std::string_view kStatusTokenType = "statuslist+jwt";
inline constexpr std::string_view kStatusTokenMediaType = "application/statuslist+jwt";

// The signed list: Token Status List, section 5.1.
//   header  {"alg":"ES256","typ":"statuslist+jwt","x5c":[...]}
//   payload {"sub": uri, "iat": 1, "exp": 2, "ttl": 3600, "status_list": {...}}
struct StatusTokenTimes {
  Instant issued_at, expires_at;
  seconds time_to_live{0};
};
// `uri`: where the token is published, and what credentials refer to. `chain`: leaf first, without the anchor.
// Errors: invalid_argument (times that no verifier would take), those of the signer.
Result<std::string> issue_status_list_token(std::string_view uri, const StatusTokenTimes& times, const StatusList& list,
                                            const crypto::Signer& signer, std::span<const Bytes> chain);

struct StatusTokenPolicy {
  std::string_view expected_uri;
  const crypto::TrustAnchors& issuers;  // for CertificatePurpose::credential_issuer
};

// A list whose signature, signer, subject and times were checked.
class VerifiedStatusList {
 public:
  // Errors: jws_*, certificate_*, status_list_subject_mismatch, status_list_expired, jwt_issued_in_future,
  //         jwt_claim_missing, status_list_malformed and those of StatusList::parse.
  static Result<VerifiedStatusList> verify(std::string_view token, const StatusTokenPolicy& policy, Instant now);

  // Errors: status_list_subject_mismatch (the reference names another list), jwt_issuer_mismatch (the signer's
  //         certificate does not name the credential's issuer), status_list_index_out_of_range, status_revoked,
  //         status_suspended, status_unknown_value.
  Status check(const StatusReference& reference) const;

  const StatusList& list() const { return list_; }
  const std::string& uri() const { return uri_; }
  std::optional<Instant> expires_at() const { return expires_at_; }
  std::optional<seconds> time_to_live() const { return time_to_live_; }

 private:
  VerifiedStatusList(crypto::Certificate signer, StatusList list)
      : signer_(std::move(signer)), list_(std::move(list)) {}
  crypto::Certificate signer_;
  StatusList list_;
  std::string uri_;
  std::optional<Instant> expires_at_;
  std::optional<seconds> time_to_live_;
};

}  // namespace mibun::status_list
