#pragma once

#include <span>

#include "core/base/bytes.h"
#include "core/crypto/signer.h"

namespace mibun::oid4vci {

// Who signs for a wallet provider: `chain` leaf first, without the anchor.
struct ProviderSigner {
  const crypto::Signer& signer;
  std::span<const Bytes> chain;
};

}  // namespace mibun::oid4vci
