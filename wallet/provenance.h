#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/dcql/query.h"
#include "core/oid4vp/held_card.h"

namespace mibun::wallet {

// Where the claims of a card come from, as its issuer signed it in the claim "provenance":
// {"checked_on":"YYYY-MM-DD","sources":{"given_name":"emrtd:DG1", ...}}. A card of another issuer, or an mdoc, may say
// nothing, or something of another form, which is then not shown.
struct Provenance {
  std::optional<CalendarDate> checked_on;
  std::map<std::string, std::string, std::less<>> sources;  // by the claim's first step

  const std::string* source_of(const dcql::ClaimPath& path) const;  // null: not said
};

Provenance provenance_of(const oid4vp::HeldCard& card);
// The claim itself, or something in it.
bool is_provenance(const dcql::ClaimPath& path);

}  // namespace mibun::wallet
