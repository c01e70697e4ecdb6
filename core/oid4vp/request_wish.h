#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/codecs/json.h"
#include "core/codecs/shape_errors.h"
#include "core/oid4vp/request.h"

// For files in core/oid4vp only: what is asked for, and to whom the answer is encrypted: the same however the request
// travels.
namespace mibun::oid4vp {

struct Wish {
  dcql::Query query;
  std::vector<TransactionData> transaction_data;
  std::optional<ResponseKey> response_key;  // where the mode encrypts
  VerifiedRegistration registration;
};

struct WishFor {
  std::string_view client_id;
  std::optional<std::string> unsigned_origin;  // where nobody signed: what the registration may name instead
  ResponseMode mode;
  const crypto::TrustAnchors& registrars;
};

// Errors: dcql_*, oid4vp_transaction_data_not_supported, oid4vp_invalid_request, dcql_unsupported_format,
// oid4vp_registration_invalid, oid4vp_claim_not_registered (then `exceeded` receives the registration, verified).
Result<Wish> read_wish(const json::Object& payload, const WishFor& whom, Instant now,
                       std::optional<Registration>& exceeded);

inline constexpr ShapeErrors request_shape{ErrorCode::oid4vp_invalid_request};

}  // namespace mibun::oid4vp
