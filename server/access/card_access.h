#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/oid4vci/authorization_details.h"

namespace mibun::server {

// Which cards a token may be used for: by configuration, or by credential identifier where the wallet asked with
// authorization_details (OpenID4VCI 1.0, sections 6.2 and 8.2).
struct CardAccess {
  std::vector<std::string> configuration_ids;
  std::vector<oid4vci::AuthorizationDetail> details;  // with credential_identifiers
};

// Cuts `allowed` down to what the token request asks for; nothing asked: all of it. Each detail gets its identifier.
// Errors: oauth_invalid_authorization_details (a card that was not allowed).
Result<CardAccess> narrow(CardAccess allowed, const std::vector<oid4vci::AuthorizationDetail>& wanted);

// One data set a card: what its configuration names, of the person the token stands for.
std::string credential_identifier(std::string_view configuration_id);

}  // namespace mibun::server
