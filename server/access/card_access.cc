#include "server/access/card_access.h"

#include <algorithm>

namespace mibun::server {

std::string credential_identifier(std::string_view configuration_id) {
  return "card:" + std::string(configuration_id);
}

Result<CardAccess> narrow(CardAccess allowed, const std::vector<oid4vci::AuthorizationDetail>& wanted) {
  if (!wanted.empty()) {
    for (const oid4vci::AuthorizationDetail& detail : wanted) {
      const auto by_detail =
          std::ranges::find(allowed.details, detail.configuration_id, &oid4vci::AuthorizationDetail::configuration_id);
      const auto by_id = std::ranges::find(allowed.configuration_ids, detail.configuration_id);
      if (by_detail == allowed.details.end() && by_id == allowed.configuration_ids.end()) {
        return fail(ErrorCode::oauth_invalid_authorization_details, "authorization_details", "a card not allowed");
      }
    }
    allowed = {.configuration_ids = {}, .details = wanted};
  }
  for (oid4vci::AuthorizationDetail& detail : allowed.details) {
    detail.credential_identifiers = {credential_identifier(detail.configuration_id)};
  }
  return allowed;
}

}  // namespace mibun::server
