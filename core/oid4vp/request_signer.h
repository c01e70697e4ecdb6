#pragma once

#include <memory>
#include <span>
#include <string>

#include "core/base/result.h"
#include "core/codecs/json.h"
#include "core/crypto/signer.h"
#include "core/crypto/x509.h"
#include "core/oid4vp/client_id.h"

namespace mibun::oid4vp {

// A verifier's key with its certificate, read once: decoding one costs as much as signing four requests.
class RequestSigner {
 public:
  // `chain`: DER, leaf first, without the anchor; the leaf's key must be the signer's. `prefix`: under which name it
  // asks; HAIP 1.0, section 5, has x509_hash alone. Errors: invalid_argument (empty, another key, no such name),
  // certificate_malformed.
  static Result<RequestSigner> make(std::shared_ptr<const crypto::Signer> signer, std::span<const Bytes> chain,
                                    ClientId::Prefix prefix = ClientId::Prefix::x509_hash);

  const crypto::Signer& signer() const { return *signer_; }
  const crypto::Certificate& leaf() const { return leaf_; }
  const std::string& client_id() const { return client_id_; }  // x509_hash:... or x509_san_dns:...
  const json::Object& header() const { return header_; }       // {"typ", "x5c"}

 private:
  RequestSigner(std::shared_ptr<const crypto::Signer> signer, crypto::Certificate leaf, std::string client_id,
                json::Object header)
      : signer_(std::move(signer)),
        leaf_(std::move(leaf)),
        client_id_(std::move(client_id)),
        header_(std::move(header)) {}
  std::shared_ptr<const crypto::Signer> signer_;
  crypto::Certificate leaf_;
  std::string client_id_;
  json::Object header_;
};

}  // namespace mibun::oid4vp
