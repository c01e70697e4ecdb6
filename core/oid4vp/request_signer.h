#pragma once

#include <memory>
#include <span>
#include <string>

#include "core/base/result.h"
#include "core/codecs/json.h"
#include "core/crypto/signer.h"
#include "core/crypto/x509.h"

namespace mibun::oid4vp {

// A verifier's key with its certificate, read once: decoding one costs as much as signing four requests.
class RequestSigner {
 public:
  // `chain`: DER, leaf first, without the anchor; the leaf's key must be the signer's. Errors: invalid_argument (empty,
  // or another key), certificate_malformed.
  static Result<RequestSigner> make(std::shared_ptr<const crypto::Signer> signer, std::span<const Bytes> chain);

  const crypto::Signer& signer() const { return *signer_; }
  const crypto::Certificate& leaf() const { return leaf_; }
  const std::string& client_id() const { return client_id_; }  // x509_hash:...
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
