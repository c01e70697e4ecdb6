#pragma once

// For files in core/crypto only: distinguished names (RFC 5280, section 4.1.2.4) without a library.

#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/crypto/der.h"

namespace mibun::crypto::web {

struct NameAttribute {
  BytesView oid;    // contents
  BytesView value;  // DER
  std::size_t set;  // index of the RelativeDistinguishedName
};

// The attributes of a Name that der::check() has passed, in its order; texts are known to convert. `name`: DER.
// Errors: certificate_malformed at `where`.
Result<std::vector<NameAttribute>> read_name(BytesView name, const char* where);
// Those of one RelativeDistinguishedName, numbered `set`; `contents`: of the SET. Appends to `out`. Errors: as above.
Status read_name_set(BytesView contents, std::size_t set, const char* where, std::vector<NameAttribute>& out);

// UTF-8 of a text; nullopt when `value` (DER) is of another type. PrintableString, IA5String and T61String are read as
// Latin-1, whatever characters they have.
std::optional<std::string> attribute_text(BytesView value);
// RFC 2253: ST=Tokyo,C=JP. What has no known type, or is no text, is shown in hex.
std::string name_text(const std::vector<NameAttribute>& name);
// Equal for names that are the same by RFC 5280, section 7.1: texts in UTF-8, ASCII letters small, spaces collapsed.
Bytes canonical_name(const std::vector<NameAttribute>& name);

}  // namespace mibun::crypto::web
