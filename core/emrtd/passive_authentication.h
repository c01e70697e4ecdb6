#pragma once

#include <map>
#include <span>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/crypto/cms.h"
#include "core/emrtd/findings.h"
#include "core/emrtd/sod.h"

// ICAO Doc 9303-11, section 5.1: the files are those that the issuing state signed. It does not show that the chip
// they came from is the original one: SOD and data groups can be copied.
namespace mibun::emrtd {

// Raw elementary files, each at most kFileBytesMax.
struct Files {
  Bytes sod;
  std::map<int, Bytes> data_groups;  // by number, 1..16; DG1 and DG2 are needed
  Bytes com;                         // EF.COM; may be empty, is not signed and decides nothing
};

struct PassiveRules {
  std::span<const crypto::CscaCertificate> trusted;
  Instant now;
  crypto::ChainTime chain_time = crypto::ChainTime::now;
};

// Files whose every data group has its digest in the signed security object. Only authenticate_passively makes one.
class AuthenticFiles {
 public:
  // Null when the file was not supplied.
  const Bytes* data_group(int number) const;
  const SecurityObject& security_object() const { return object_; }
  const crypto::VerifiedSignedData& signer() const { return signer_; }
  const Findings& findings() const { return findings_; }

 private:
  friend Result<AuthenticFiles> authenticate_passively(Files files, const PassiveRules& rules);
  AuthenticFiles() = default;
  std::map<int, Bytes> data_groups_;
  SecurityObject object_;
  crypto::VerifiedSignedData signer_;
  Findings findings_;
};

// A supplied data group without a digest in the security object is refused; digests of groups that were not supplied
// (fingerprints are not readable) are noted.
// Errors: emrtd_file_missing, emrtd_file_malformed, emrtd_file_too_large, emrtd_sod_malformed,
// emrtd_sod_signature_invalid, emrtd_signer_untrusted, emrtd_digest_mismatch, emrtd_duplicate_data_group,
// emrtd_explicit_curve_unknown, digest_not_allowed, algorithm_not_allowed, certificate_expired,
// certificate_not_yet_valid.
Result<AuthenticFiles> authenticate_passively(Files files, const PassiveRules& rules);

}  // namespace mibun::emrtd
