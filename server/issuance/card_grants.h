#pragma once

#include <optional>
#include <string>

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

  // Whether there is something to give this person. `issuer_state` comes from whoever began (a wallet, or a stranger's
  // link): it may only narrow. Errors: oid4vci_issuance_pending (no approved case).
  virtual Status check_entitled(database::Transaction& transaction, const keyd::PersonId& person,
                                const std::optional<std::string>& issuer_state) = 0;

  // In the transaction that makes an access token: one batch of the person's cards may be fetched with it. Returns
  // Grant::context. Errors: oid4vci_issuance_pending.
  virtual Result<std::string> open_batch(database::Transaction& transaction, const keyd::PersonId& person) = 0;
};

}  // namespace mibun::server
