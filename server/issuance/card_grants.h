#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/oid4vci/metadata.h"
#include "platform/database/database.h"
#include "platform/keyd/keyd.h"

namespace mibun::server {

// What the authorization room asks of the issuance room.
class CardGrants {
 public:
  virtual ~CardGrants() = default;
  // The cards there are, with their scopes and names.
  virtual oid4vci::IssuerMetadata metadata() const = 0;

  // Whether there is something to give this person, now or when a review is done. Errors: oid4vci_issuance_pending (no
  // case).
  virtual Status check_entitled(const keyd::PersonId& person) = 0;
  // The offer that `issuer_state` stands for; it is used up, with its code. The value comes from whoever began (a
  // wallet, or a stranger's link), so it only narrows: to an open offer of this very person. Errors:
  // oauth_invalid_request_uri.
  virtual Result<std::string> use_offer(database::Transaction& transaction, const keyd::PersonId& person,
                                        std::string_view issuer_state) = 0;
};

}  // namespace mibun::server
