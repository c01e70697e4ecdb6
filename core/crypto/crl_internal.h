#pragma once

// For files in core/crypto only.

#include <vector>

#include "core/crypto/crl.h"
#include "core/crypto/x509_signature.h"

namespace mibun::crypto {

struct Crl::Parts {
  Bytes der;
  Sha256Digest sha256{};
  BytesView tbs, signature;  // into der, like the views below
  SignatureMethod method;
  BytesView issuer_der;
  std::string issuer;
  BytesView authority_key_id;                 // empty when absent
  std::vector<BytesView> distribution_point;  // names that a certificate must share; empty: any certificate
  Instant this_update, next_update;
  Scope scope = Scope::every_certificate;
  std::vector<BytesView> serials;  // sorted

  bool lists(BytesView serial) const;
};

}  // namespace mibun::crypto
