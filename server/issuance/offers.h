#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/codecs/json.h"
#include "platform/database/database.h"
#include "platform/keyd/keyd.h"

namespace mibun::server {

// Where an offer can be fetched: OpenID4VCI 1.0, section 4.1.3.
inline constexpr std::string_view kOffersPath = "/oid4vci/offers/";

// What the proofing room asks of the issuance room when a case is approved.
class OfferMaker {
 public:
  virtual ~OfferMaker() = default;
  // Makes the offer for the claims of `case_id` (claims come through ApprovedClaims at issuing time). One offer per
  // case; of a case under review the cards come later.
  virtual Status make_offer(database::Transaction& transaction, const keyd::PersonId& person,
                            const std::string& case_id) = 0;
  // Asks the key holder what make_offer() will ask, for keyd::AskedAhead.
  virtual void ask_ahead(const keyd::PersonId& /*person*/, const std::string& /*case_id*/) {}

  // What the person is shown while the offer can be used: its links, and the code that travels another way than they
  // do (only through the person's authenticated read).
  struct ShownOffer {
    std::string by_value;      // openid-credential-offer://?credential_offer=...
    std::string by_reference;  // openid-credential-offer://?credential_offer_uri=...; short enough for any QR code
    std::string tx_code;
    Instant expires_at;
  };
  virtual Result<std::optional<ShownOffer>> show_offer(const keyd::PersonId& person, const std::string& case_id) = 0;
};

// How far a case is, for issuing.
enum class CaseOutcome { in_review, approved, rejected };

// What an approved case says of its person, and where each claim comes from.
struct Approved {
  json::Object claims;   // {"given_name":..,"family_name":..,"birthdate":"YYYY-MM-DD", ...}
  json::Object sources;  // {"given_name":"emrtd:DG1", ...}: the same members
  Instant at;            // when the last reviewer decided
};

// What the proofing room tells about a person's cases, for issuing.
class ApprovedClaims {
 public:
  virtual ~ApprovedClaims() = default;
  // Errors: case_not_found (nobody's, somebody else's, or not handed in).
  virtual Result<CaseOutcome> outcome(const keyd::PersonId& person, const std::string& case_id) = 0;
  // The newest case that was handed in and not rejected. Errors: case_not_found.
  virtual Result<std::string> newest_case(const keyd::PersonId& person) = 0;
  virtual Result<Approved> approved_claims(const keyd::PersonId& person, const std::string& case_id) = 0;
  // Of an approved case: the image as the evidence has it, JPEG or JPEG 2000. Errors: also emrtd_file_malformed.
  virtual Result<Bytes> approved_portrait(const keyd::PersonId& person, const std::string& case_id) = 0;
};

// Revoking: every copy of every card of a person, in one transaction.
class CredentialRevoker {
 public:
  virtual ~CredentialRevoker() = default;
  virtual Status revoke_all(database::Transaction& transaction, const keyd::PersonId& person) = 0;
};

// The status list tokens of our own lists, always current: what /status/{id} serves and the gateway checks.
class StatusListTokens {
 public:
  virtual ~StatusListTokens() = default;
  // `uri` as in a credential's status reference. Errors: status_list_unavailable (not one of ours).
  virtual Result<std::string> token_for(const std::string& uri) = 0;
};

}  // namespace mibun::server
