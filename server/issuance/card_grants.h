#pragma once

#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/oid4vci/metadata.h"
#include "platform/keyd/keyd.h"

namespace mibun::server {

// What the authorization room asks of the issuance room.
class CardGrants {
 public:
  virtual ~CardGrants() = default;
  // The cards there are, with their scopes and names.
  virtual oid4vci::IssuerMetadata metadata() const = 0;

  // Whether there is something to give this person, now or when a review is done. `issuer_state` comes from whoever
  // began (a wallet, or a stranger's link): it may only narrow. Errors: oid4vci_issuance_pending (no case).
  virtual Status check_entitled(const keyd::PersonId& person, const std::optional<std::string>& issuer_state) = 0;
};

}  // namespace mibun::server
