#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/base/bytes.h"
#include "core/crypto/hash.h"

namespace mibun::crypto {

// Certificates as they came, leaf first, without the anchor: nothing is decoded. Their digest is made once, so whoever
// keeps a chain that comes again and again saves it. Copies share.
class CertificateChain {
 public:
  // `members`: DER.
  explicit CertificateChain(std::vector<Bytes> members);
  std::span<const Bytes> members() const { return content_->members; }

 private:
  friend class TrustAnchors;
  struct Content {
    std::vector<Bytes> members;
    Sha256Digest digest;
  };
  std::shared_ptr<const Content> content_;
};

}  // namespace mibun::crypto
