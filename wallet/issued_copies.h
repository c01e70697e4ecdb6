#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/oid4vci/wallet_flow.h"
#include "core/oid4vp/held_card.h"
#include "wallet/host.h"

namespace mibun::wallet {

// The copies of one card as an issuer gave them, each verified against the trust list: signature and chain (an SD-JWT's
// credential issuer, who must be the one that offered; an mdoc's document signer below an IACA), the type offered, for
// which this issuer is believed, a key of ours of its own, and the same contents as the others.
struct VerifiedCopies {
  std::vector<oid4vp::HeldCard> held;  // in the order of `finished.copies`, not empty
  std::string issuer;                  // iss; of an mdoc, who its document signer's certificate is for
  std::optional<Instant> expires;
};

// Errors: those of sd_jwt::verify_issued and mdoc::verify_issued, certificate_untrusted_for_type,
// sd_jwt_issuer_mismatch, sd_jwt_holder_key_missing and mdoc_device_key_mismatch (a copy for a key that is not ours),
// sd_jwt_claim_collision (copies that differ or share a key), oid4vci_response_malformed (no copies).
Result<VerifiedCopies> verify_copies(const Host& host, const oid4vci::Finished& finished);

}  // namespace mibun::wallet
