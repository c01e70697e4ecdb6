#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/crypto/hash.h"
#include "core/emrtd/active_authentication.h"
#include "core/emrtd/data_groups.h"
#include "core/emrtd/findings.h"
#include "core/emrtd/mrz.h"
#include "core/emrtd/passive_authentication.h"

// A travel document's files become claims: the one door from chip data to facts about a person.
namespace mibun::emrtd {

// Where a value comes from and which checks stand behind it.
struct Provenance {
  int data_group = 0;
  std::vector<std::string> checks;  // names as in the findings
};

template <class T>
struct Sourced {
  T value{};
  Provenance provenance;
};

// Names are as the state transliterated them into A-Z, cut off at the zone's width; no kanji and no address.
struct DocumentClaims {
  Sourced<std::string> given_name, family_name;
  Sourced<CalendarDate> birthdate;
  Sourced<Sex> sex;
  Sourced<std::string> nationality;  // as in the zone: "JPN"
  Sourced<std::string> document_number;
  Sourced<std::string> document_code;  // "P"
  Sourced<std::string> issuing_state;
  Sourced<CalendarDate> expiry;
  Sourced<Portrait> portrait;
  crypto::Sha256Digest portrait_sha256{};
};

// What shows that the data came from the original chip.
enum class ChipEvidence {
  none,                   // genuine data, which may be a copy
  active_authentication,  // the chip signed our challenge
};

enum class ChipProof { required, if_given };

struct DocumentRules {
  std::span<const crypto::CscaCertificate> trusted;
  Instant now;  // expiry is judged by the date in Japan
  ChipProof chip_proof = ChipProof::required;
  crypto::ChainTime chain_time = crypto::ChainTime::now;
};

struct ActiveAuthenticationProof {
  ActiveAuthenticationChallenge challenge;  // ours, never taken from the sender
  Bytes signature;
};

// Only verify_document makes one.
class VerifiedDocument {
 public:
  const DocumentClaims& claims() const { return claims_; }
  const Findings& findings() const { return findings_; }
  ChipEvidence chip_evidence() const { return chip_evidence_; }
  const crypto::VerifiedSignedData& signer() const { return signer_; }  // DSC and CSCA

 private:
  friend Result<VerifiedDocument> verify_document(Files files, const DocumentRules& rules,
                                                  const std::optional<ActiveAuthenticationProof>& proof);
  VerifiedDocument() = default;
  DocumentClaims claims_;
  Findings findings_;
  ChipEvidence chip_evidence_ = ChipEvidence::none;
  crypto::VerifiedSignedData signer_;
};

// Passive authentication, the zone with all its check digits, the issuing state against the CSCA's country, expiry,
// the portrait, and active authentication. A proof that is given must be right, whatever the rule.
// Errors: those of authenticate_passively, parse_dg1, parse_dg2 and verify_active_authentication;
// emrtd_signer_untrusted (another country's CSCA), emrtd_document_expired, emrtd_active_authentication_failed (required
// and not given).
Result<VerifiedDocument> verify_document(Files files, const DocumentRules& rules,
                                         const std::optional<ActiveAuthenticationProof>& proof);

}  // namespace mibun::emrtd
