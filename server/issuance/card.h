#pragma once

#include "core/base/time.h"
#include "core/codecs/json.h"
#include "core/crypto/p256.h"
#include "core/sd_jwt/issuer.h"
#include "core/status_list/status_reference.h"
#include "server/issuance/offers.h"

namespace mibun::server {

// The identity card (vct kIdentityVct) made from approved claims: what is in it, what can be kept back, and until when.
// Every claim about the person can be disclosed on its own; "age_equal_or_over" has a yes or no for 18, 20 and 65, so
// that a birth date need not be shown for an age. "provenance" says where each claim comes from and since when it is
// confirmed: {"checked_on":"YYYY-MM-DD" (Japan),"sources":{"given_name":"emrtd:DG1","age_equal_or_over":"derived",
// ...}}.
struct CardContent {
  json::Object disclosable;        // given_name, family_name, birthdate, sex, nationality, ... and "provenance"
  json::Object age_equal_or_over;  // {"18":true,"20":true,"65":false}
  Instant issued_at, expires_at;   // whole days, so that copies and batches look alike (threat I3)
};

// Errors: json_missing_member, date_malformed, emrtd_document_expired.
Result<CardContent> make_card(const Approved& approved, Instant now);

// One copy, bound to one key and one index.
sd_jwt::IssueRequest copy_of(const CardContent& card, std::string_view issuer, const crypto::P256PublicKey& holder,
                             const status_list::StatusReference& status);

}  // namespace mibun::server
