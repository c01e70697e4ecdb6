#pragma once

#include <string>
#include <vector>

#include "core/crypto/x509.h"
#include "core/oid4vci/metadata.h"
#include "core/oid4vci/proof.h"

namespace mibun::server {

// What this issuer demands of the keys that cards are bound to: attested by a wallet provider that is trusted here, who
// says where they are kept. Metadata and the credential endpoint are both made of this, so they say the same.
class KeyDemand {
 public:
  // `providers`: for wallet_provider; outlives this. `software_storage`: what our own provider calls keys in sealed
  // files. `unattested_cards`: configurations whose keys need no attestation.
  KeyDemand(const crypto::TrustAnchors& providers, std::string software_storage,
            std::vector<std::string> unattested_cards);

  // For the metadata of one card; nothing: not demanded.
  std::optional<oid4vci::KeyAttestationsRequired> of_card(const std::string& configuration_id) const;
  // For the credential endpoint, of every card but `unattested_cards()`.
  oid4vci::KeyAttestationRequired policy() const;
  const std::vector<std::string>& unattested_cards() const { return unattested_cards_; }

 private:
  const crypto::TrustAnchors& providers_;
  std::vector<std::string> key_storage_, unattested_cards_;
};

}  // namespace mibun::server
