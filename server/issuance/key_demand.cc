#include "server/issuance/key_demand.h"

#include <algorithm>

namespace mibun::server {

// Software, if the provider says so, or any resistance that it claims (appendix D.2); who says nothing is refused.
KeyDemand::KeyDemand(const crypto::TrustAnchors& providers, std::string software_storage,
                     std::vector<std::string> unattested_cards)
    : providers_(providers),
      key_storage_{std::move(software_storage), "iso_18045_basic", "iso_18045_enhanced-basic", "iso_18045_moderate",
                   "iso_18045_high"},
      unattested_cards_(std::move(unattested_cards)) {}

std::optional<oid4vci::KeyAttestationsRequired> KeyDemand::of_card(const std::string& configuration_id) const {
  if (std::ranges::find(unattested_cards_, configuration_id) != unattested_cards_.end()) return std::nullopt;
  return oid4vci::KeyAttestationsRequired{key_storage_, {}};
}

// What unlocks a key is not asked for: our own provider never sees it (docs/decisions/0030).
oid4vci::KeyAttestationRequired KeyDemand::policy() const {
  return {.providers = &providers_, .key_storage = key_storage_, .user_authentication = {}};
}

}  // namespace mibun::server
