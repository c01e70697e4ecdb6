#include "server/issuance/card_grants.h"

#include "server/issuance/service.h"

// Cards by the authorization code flow: of the newest case that the person handed in. While it is under review the
// cards come later.
namespace mibun::server {

Status IssuanceService::check_entitled(const keyd::PersonId& person) {
  const auto found = claims_->newest_case(person);
  if (found) return {};
  if (found.error().code != ErrorCode::case_not_found) return std::unexpected(found.error());
  return fail(ErrorCode::oid4vci_issuance_pending, "case", "none was handed in");
}

}  // namespace mibun::server
