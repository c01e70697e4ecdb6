#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/codecs/json.h"

namespace mibun::server {

// What an applicant handed in for one case, and what it must be bound to.
struct Evidence {
  std::map<std::string, Bytes> files;     // "EF.DG1" -> raw bytes
  Bytes active_authentication_signature;  // empty when none was given
  Bytes server_nonce;                     // 32 bytes, made for this case
  std::string wallet_key_thumbprint;      // RFC 7638, base64url: the key that the evidence is bound to
};

// One check and how it ended; never a value of the person's.
struct Finding {
  std::string check;    // "passive_authentication", "mrz_check_digits" ...
  std::string outcome;  // "passed", "failed", "not_done"
  std::string detail;   // one sentence for the reviewer and, when failed, for the applicant
};

// One claim and where it comes from: a field without provenance does not exist.
struct ProvenClaim {
  std::string name;
  json::Value value;
  std::string source;               // "emrtd:DG1"
  std::vector<std::string> checks;  // the findings that it rests on
};

struct Verdict {
  std::vector<Finding> findings;
  std::vector<ProvenClaim> claims;  // empty when the evidence was refused
  bool genuine() const { return !claims.empty(); }
};

// A way to prove identity: a pure function of evidence, trust and time. Refused evidence is a Verdict with a failed
// finding and no claims; an Error is trouble of our own.
class EvidenceVerifier {
 public:
  virtual ~EvidenceVerifier() = default;
  virtual std::string_view method() const = 0;  // "emrtd"
  // The names of the files it takes, and the largest size of each.
  virtual bool takes_file(std::string_view name) const = 0;
  virtual Result<Verdict> verify(const Evidence& evidence, Instant now) const = 0;
  // What the chip must sign; the wallet computes the same and refuses another. 8 bytes.
  virtual Bytes challenge(BytesView server_nonce, std::string_view wallet_key_thumbprint) const = 0;
};

json::Value to_json(const std::vector<Finding>& findings);
json::Value to_json(const std::vector<ProvenClaim>& claims);
// Errors: json_* (a stored record that is not ours).
Result<std::vector<ProvenClaim>> claims_from_json(const json::Value& value);

}  // namespace mibun::server
