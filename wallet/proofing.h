#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/codecs/json.h"
#include "core/emrtd/active_authentication.h"
#include "wallet/host.h"
#include "wallet/profile.h"
#include "wallet/server_api.h"

namespace mibun::wallet {

// A passport's chip in the reader.
class Chip {
 public:
  virtual ~Chip() = default;
  // Raw elementary files by name: EF.COM, EF.SOD, EF.DG1, EF.DG2, EF.DG14, EF.DG15.
  virtual Result<std::map<std::string, Bytes>> files() = 0;
  // INTERNAL AUTHENTICATE: plain r || s.
  virtual Result<Bytes> active_authentication(const emrtd::ActiveAuthenticationChallenge& challenge) = 0;
};

// One check of the evidence and how it ended.
struct Finding {
  std::string check, outcome, detail;
};
// Errors: json_*. An absent list is empty.
Result<std::vector<Finding>> read_findings(const json::Object& body);

struct Proof {
  std::string case_id;
  std::string state;
  std::vector<Finding> findings;
};

struct OpenedCase {
  std::string case_id;
  emrtd::ActiveAuthenticationChallenge challenge;  // what the chip is to sign
};
// Opens a case. Its challenge binds it to this wallet's key and is computed here too: a server that asks the chip to
// sign something else is refused before anything leaves the chip. Errors: webauthn_challenge_mismatch, http_*, json_*,
// wallet_server_refused.
Result<OpenedCase> open_case(ServerApi& api, Profile& profile);

using Photos = std::map<std::string, Bytes>;  // JPEG: photo.document, photo.selfie

// What the chip gave: its files by name, and its signature (plain r || s) over the challenge. Photos are for the
// reviewers; without them they may ask.
struct ChipEvidence {
  std::map<std::string, Bytes> files;
  Bytes signature;
  Photos photos;
};
// Hands everything in. Errors: wallet_server_refused (evidence_refused: its findings are in api.refusal()),
// json_bad_value (not a case's id), http_*.
Result<Proof> submit_case(const Host& host, ServerApi& api, Profile& profile, const std::string& case_id,
                          const ChipEvidence& evidence);

// The photos that a reviewer asked for. Errors: invalid_argument (a name of another file), wallet_server_refused
// (case_wrong_state, photo_malformed), json_bad_value (not a case's id), http_*.
Status resubmit_photos(const Host& host, ServerApi& api, Profile& profile, const std::string& case_id,
                       const Photos& photos);
// Against a rejection, once. Errors: wallet_server_refused (appeal_used, case_wrong_state, case_expired),
// json_bad_value, http_*.
Status appeal(const Host& host, ServerApi& api, Profile& profile, const std::string& case_id, std::string_view text);

// Both, with a chip in the reader. Errors: theirs, and those of the chip.
Result<Proof> prove(const Host& host, ServerApi& api, Profile& profile, Chip& chip);

// The case that this wallet's cards come from. Errors: json_bad_value (not a case's id), those of the store.
Status remember_case(Store& store, const std::string& case_id);

// A card that waits to be fetched.
struct OpenOffer {
  std::string credential_offer, by_reference;  // links to the same offer; the second one is short
  std::string tx_code;
};
struct CaseState {
  std::string case_id;
  std::string state;  // open, in_review, more_needed, approved, rejected, expired
  std::vector<Finding> findings;
  std::string reason;  // a code, of more_needed and rejected
  std::vector<std::string> photos_needed;
  std::optional<Instant> appeal_until;  // while it may be appealed
  bool appealed = false;
  std::optional<OpenOffer> offer;
};

// The latest case. Errors: wallet_no_offer (nothing was handed in yet), those of account_request.
Result<CaseState> case_state(const Host& host, ServerApi& api, Profile& profile);
// The offer of an approved case; a new one when the last has expired or was used. Errors: wallet_no_offer.
// `before_decision`: also of a case under review; its cards come later.
Result<OpenOffer> open_offer(const Host& host, ServerApi& api, Profile& profile, bool before_decision = false);

}  // namespace mibun::wallet
