#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/codecs/json.h"

namespace mibun::oid4vci {

// One card asked for or granted: RFC 9396 with the type of OpenID4VCI 1.0, section 5.1.1.
//   {"type":"openid_credential","credential_configuration_id":"identity","locations"?:[..]}
// and in a token response (section 6.2) with "credential_identifiers":[..]. Its other members are ignored, as that
// section demands.
struct AuthorizationDetail {
  std::string configuration_id;
  std::vector<std::string> locations;
  std::vector<std::string> credential_identifiers;  // of a response; empty in a request
  friend bool operator==(const AuthorizationDetail&, const AuthorizationDetail&) = default;
};

// The parameter of a request: a JSON array of at most kConfigurationsMax of them, no configuration twice. Another type
// is refused, since nobody here could grant it (RFC 9396, section 5). Errors: oauth_invalid_authorization_details.
Result<std::vector<AuthorizationDetail>> parse_authorization_details(std::string_view text);

// The member of a token response; details of other types are passed over. Errors: oid4vci_response_malformed.
Result<std::vector<AuthorizationDetail>> read_authorization_details(const json::Array& array);

json::Array to_json(const std::vector<AuthorizationDetail>& details);

}  // namespace mibun::oid4vci
