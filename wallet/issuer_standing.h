#pragma once

#include <string>

#include "core/oid4vci/metadata.h"
#include "wallet/trust.h"

namespace mibun::wallet {

// What the trust list says of who offers a card, before anything of it is fetched. What the card itself must hold to is
// verify_copies' to check, whatever this says.
enum class IssuerStanding {
  own,       // the server of this wallet
  listed,    // named on the list for this kind of card
  by_card,   // somebody may issue this kind; whether it is this one, only a card can show
  unlisted,  // nobody is on the list for it: what comes will not be taken
};
std::string_view to_string(IssuerStanding standing);

// `own_server`: the origin of this wallet's.
IssuerStanding issuer_standing(const TrustList& trust, const std::string& own_server,
                               const std::string& credential_issuer,
                               const oid4vci::CredentialConfiguration& configuration);

}  // namespace mibun::wallet
