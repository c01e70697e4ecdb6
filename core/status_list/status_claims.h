#pragma once

#include <string_view>

#include "core/status_list/status_token.h"

// For the files of this folder: the claims of a Status List Token, in both formats.
namespace mibun::status_list {

// Labels of CWT claims: RFC 8392, section 3.1, and Token Status List, section 5.2.
namespace cwt {
inline constexpr std::int64_t subject = 2, expires_at = 4, not_before = 5, issued_at = 6, status_list = 65533,
                              time_to_live = 65534;
}

// Claims whose signature was checked, and nothing else.
struct TokenContents {
  StatusTokenClaims claims;
  std::optional<Instant> not_before;
  StatusList list;

  static Result<TokenContents> from_jwt(const json::Object& payload);
  static Result<TokenContents> from_cwt(BytesView payload);

  // Subject and times: section 8.3. `exp` has no leeway: a list that may be replayed after its end would undo a
  // revocation. Errors: status_list_subject_mismatch, jwt_issued_in_future, jwt_not_yet_valid, status_list_expired.
  Status check(std::string_view expected_uri, Instant now) const;
};

}  // namespace mibun::status_list
