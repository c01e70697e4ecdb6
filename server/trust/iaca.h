#pragma once

#include <mutex>

#include "core/base/time.h"
#include "core/codecs/url.h"
#include "core/crypto/crl.h"
#include "server/trust/key_directory.h"

namespace mibun::server {

// The root that vouches for document signers, and our document signer: profiles of ISO/IEC 18013-5, annex B. A document
// signer lives for 457 days at most, so its certificate is made anew, with a new key, at the first start at which the
// one before could not outlive a card any more; the ones before stay in the directory ("document-signer",
// "document-signer-2", ...). Errors: io_error, certificate_*.
Result<StoredPair> open_document_signer(const KeyDirectory& keys, const HttpsUrl& origin, Instant now);

// A revocation list of `root` as of now, good for a week. Errors: those of crypto::make_crl.
Result<Bytes> current_crl(const crypto::Certificate& root, const crypto::CaKey& key,
                          std::vector<crypto::CrlRequest::Entry> entries, Instant now);

// The revocation list of our IACA: nothing is on it, and it is signed anew each day. Safe from several threads.
class IacaCrl {
 public:
  // DER. Errors: those of crypto::make_crl.
  Result<Bytes> current(const StoredIdentity& root, Instant now);

 private:
  std::mutex mutex_;
  Bytes der_;
  Instant good_until_;
};

}  // namespace mibun::server
