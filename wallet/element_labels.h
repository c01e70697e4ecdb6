#pragma once

#include <optional>
#include <string_view>

#include "core/base/bytes.h"
#include "core/codecs/json.h"
#include "wallet/labels.h"

// Words for the data elements of mdocs (ISO/IEC 18013-5, table 5, and the doctypes that borrow its names).
namespace mibun::wallet {

// "family_name" of ["org.iso.18013.5.1","family_name"]; null for what is no mdoc's.
const std::string* mdoc_element(const dcql::ClaimPath& path);
// Whether this element is a picture: ISO/IEC 18013-5, table 5; ISO/IEC 23220-4, annex C.
bool is_picture(std::string_view identifier);
// 姓 / Family name; "age_over_20": 20歳以上 / Aged 20 or over. nullopt: nobody described it.
std::optional<Label> element_label(std::string_view identifier);
// `value`: one CBOR item. A picture is told by its size, what cannot be said in text as "…".
Label element_value(std::string_view identifier, BytesView value);
// The same of a value that became JSON, where a picture is its base64url. nullopt: nothing special about this element.
std::optional<Label> element_value(std::string_view identifier, const json::Value& value);

}  // namespace mibun::wallet
