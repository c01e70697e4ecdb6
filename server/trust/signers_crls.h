#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "core/crypto/crl.h"
#include "server/trust/signing_pair.h"

namespace mibun::server {

// A revocation list of `root` as of now, good for a week. Errors: those of crypto::make_crl.
Result<Bytes> current_crl(const crypto::Certificate& root, const crypto::CaKey& key,
                          std::vector<crypto::CrlRequest::Entry> entries, Instant now);

// The revocation lists of our roots that certify who signs cards, signed anew each day. On them stand the signers that
// the operator took back. Safe from several threads.
class SignersCrls {
 public:
  // `taken_back`: signers below any root; each stands on the list of its own.
  explicit SignersCrls(std::vector<crypto::CaCertificate> taken_back) : taken_back_(std::move(taken_back)) {}

  // DER, of a root that signs. Errors: those of crypto::make_crl.
  Result<Bytes> current(const Root& root, Instant now);
  // The same for this process: what is on it stays as it is until the next start, so it lasts as long as its root, and
  // neither a clock nor keys that are away for days take it from us. Errors: the same.
  Result<crypto::Crl> lasting(const Root& root) const;

 private:
  struct Kept {
    Bytes der;
    Instant made, good_until;
  };
  std::vector<crypto::CrlRequest::Entry> entries_of(const Root& root) const;
  const std::vector<crypto::CaCertificate> taken_back_;
  std::mutex mutex_;
  std::map<Bytes, Kept> kept_;  // by the root's key identifier
};

// Of certificates that the operator took back: below which of our pairs, and that none of them signs now. Errors:
// pem_malformed, certificate_malformed, invalid_argument.
Result<std::vector<crypto::CaCertificate>> read_taken_back(const std::vector<std::string>& pems,
                                                           const std::vector<const SigningPair*>& pairs);

}  // namespace mibun::server
