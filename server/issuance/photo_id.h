#pragma once

#include "core/codecs/json.h"
#include "core/crypto/public_key.h"
#include "core/mdoc/issuer.h"
#include "core/status_list/status_reference.h"
#include "server/issuance/card.h"

namespace mibun::server {

// The photo ID (ISO/IEC 23220-4, annex C) made from approved claims and the portrait of the evidence: the same ages and
// the same days as the identity card; docs/decisions says why this type. `claims` must have made `card`.
// Errors: json_missing_member, date_malformed.
Result<std::vector<mdoc::NewNameSpace>> make_photo_id(const CardContent& card, const json::Object& claims,
                                                      BytesView portrait);

// One copy, bound to one key and one index. Its elements are checked against the table of the type when it is issued.
mdoc::IssueRequest photo_id_copy(const CardContent& card, std::vector<mdoc::NewNameSpace> content,
                                 const crypto::PublicKey& holder, const status_list::StatusReference& status);

}  // namespace mibun::server
