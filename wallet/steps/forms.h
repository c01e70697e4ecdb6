#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/codecs/json.h"
#include "core/oid4vp/registration.h"
#include "wallet/devices.h"
#include "wallet/grants.h"
#include "wallet/labels.h"
#include "wallet/partner_deletion.h"
#include "wallet/proofing.h"
#include "wallet/provenance.h"
#include "wallet/receiving.h"

// The values of a step's answer, in JSON. Inside wallet/steps.
namespace mibun::wallet::forms {

// {"ja","en"}
json::Object text(std::string_view ja, std::string_view en);
json::Object text(const Label& label);
json::Object text(const oid4vp::LocalizedText& text);

// {"ms","ja","en"}: milliseconds since 1970, and the words for it in Japanese time.
json::Object time(Instant instant);

// {"code","where","detail"}: of what ended something, where that is an answer.
json::Object error(const Error& error);

// {"path","label","value","picture"?:{"media_type","image"}}: a picture that may be drawn, in base64url.
json::Object claim(const dcql::ClaimPath& path, const json::Value& value);
// Those that the person decides over; a group is left out where its parts are there. With a provenance, each has
// "source" as well: text, or null where the issuer does not say.
json::Array claims(const std::vector<sd_jwt::HeldClaim>& claims, const Provenance* provenance = nullptr);

// {"id","format","name","issuer_name","issuer","received_at","expires_at","copies","copies_left","state","renewable",
//  "status_at","status_failure"}
//   state: valid, expires_soon, expired, used_up, revoked, suspended
//   status_at: when its issuer's list was read last; null: never; status_failure: why the last try says nothing, or
//   null
Result<json::Object> card(const Host& host, const Card& card);

// {"id","name","issuer_name","ask_again_at"}
json::Object waiting(const PendingCard& pending);

// {"case_id","state","label","findings":[{"check","outcome","result","detail"}],"reason","photos_needed",
// "appeal_until","appealed"}
json::Object proofing_case(const CaseState& now);

// {"kind","ways","backup","since","last_used","moved_at"}; null where it is not known
json::Object device(const AccountDevice& device);

// {"state","label","asked_at","due_at","done_at"}
json::Object deletion(const PartnerDeletion& deletion);

}  // namespace mibun::wallet::forms
