#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/crypto/cms.h"

// The issuing state's side of EF.SOD, for simulated passports: a CSCA, the document signers below it, and what they
// sign. Real keys of this kind live in a state's hardware; these live in memory and are never stored.
namespace mibun::crypto {

enum class DocumentKey { p256, p384, brainpool_p256r1, brainpool_p384r1, rsa_2048, rsa_2048_pss };

struct DocumentCertificateRequest {
  std::string country = "JP";
  std::string organization;
  std::string common_name;
  Instant not_before, not_after;
  DocumentKey key = DocumentKey::p256;
  // Writes EC parameters out instead of naming the curve, as many real CSCAs and DSCs do.
  bool explicit_parameters = false;
};

// A document signer: its key and its certificate.
class DocumentSigner {
 public:
  DocumentSigner(DocumentSigner&&) noexcept;
  DocumentSigner& operator=(DocumentSigner&&) noexcept;
  ~DocumentSigner();

  const Bytes& certificate_der() const;
  // ContentInfo of signed data over `content`, with this signer's certificate inside. `content_type`: dotted OID.
  // Errors: invalid_argument, crypto_failure.
  Result<Bytes> sign_data(std::string_view content_type, BytesView content, Instant signing_time) const;

  struct Impl;

 private:
  friend class Csca;
  explicit DocumentSigner(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

class Csca {
 public:
  // Self-signed. Errors: invalid_argument.
  static Result<Csca> make(const DocumentCertificateRequest& request);
  Csca(Csca&&) noexcept;
  Csca& operator=(Csca&&) noexcept;
  ~Csca();

  const CscaCertificate& certificate() const;
  Result<DocumentSigner> make_document_signer(const DocumentCertificateRequest& request) const;

  struct Impl;

 private:
  explicit Csca(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mibun::crypto
