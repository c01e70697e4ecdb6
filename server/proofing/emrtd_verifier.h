#pragma once

#include <string>
#include <vector>

#include "core/crypto/cms.h"
#include "server/proofing/evidence.h"

namespace mibun::server {

// Passport chips, uploaded as raw files with a proof that the chip itself answered (ICAO Doc 9303-11: passive and
// active authentication). Files: EF.COM, EF.SOD, EF.DG1, EF.DG2, EF.DG14, EF.DG15.
class EmrtdVerifier final : public EvidenceVerifier {
 public:
  // `csca_pem`: the country signing certificates that are trusted. Errors: those of CscaCertificate.
  static Result<EmrtdVerifier> make(const std::vector<std::string>& csca_pem);

  std::string_view method() const override { return "emrtd"; }
  bool takes_file(std::string_view name) const override;
  Result<Verdict> verify(const Evidence& evidence, Instant now) const override;
  Bytes challenge(BytesView server_nonce, std::string_view wallet_key_thumbprint) const override;

 private:
  explicit EmrtdVerifier(std::vector<crypto::CscaCertificate> trusted) : trusted_(std::move(trusted)) {}
  std::vector<crypto::CscaCertificate> trusted_;
};

}  // namespace mibun::server
