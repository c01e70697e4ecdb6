#pragma once

#include <cstdint>
#include <map>
#include <mutex>

#include "core/base/time.h"
#include "core/codecs/url.h"
#include "core/crypto/crl.h"
#include "server/trust/signing_pair.h"

namespace mibun::server {

// The root that vouches for document signers, and our document signer: profiles of ISO/IEC 18013-5, annex B. A document
// signer lives for 457 days at most, so its successor, with a new key, comes when it could not outlive a card any more.
PairSpec document_signer_spec(const HttpsUrl& origin);

// A revocation list of `root` as of now, good for a week. Errors: those of crypto::make_crl.
Result<Bytes> current_crl(const crypto::Certificate& root, const crypto::CaKey& key,
                          std::vector<crypto::CrlRequest::Entry> entries, Instant now);

// The revocation lists of our IACA roots: nothing is on them, and they are signed anew each day. Safe from several
// threads.
class IacaCrls {
 public:
  // DER, of a root that signs. Errors: those of crypto::make_crl.
  Result<Bytes> current(const Root& root, Instant now);

 private:
  struct Kept {
    Bytes der;
    Instant good_until;
  };
  std::mutex mutex_;
  std::map<std::uint32_t, Kept> kept_;  // by generation
};

}  // namespace mibun::server
