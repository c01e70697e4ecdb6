#pragma once

#include "core/codecs/url.h"
#include "server/trust/signing_pair.h"

namespace mibun::server {

// The root that vouches for document signers, and our document signer: profiles of ISO/IEC 18013-5, annex B. A document
// signer lives for 457 days at most, so its successor, with a new key, comes when it could not outlive a card any more.
PairSpec document_signer_spec(const HttpsUrl& origin);

}  // namespace mibun::server
