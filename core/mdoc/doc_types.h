#pragma once

#include <span>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace mibun::mdoc {

// What the CBOR of a well-known element looks like.
enum class ElementType {
  text,
  text150,           // at most 150 characters
  unsigned_integer,  //
  boolean,
  bytes,
  full_date,     // #6.1004(tstr)
  date_time,     // #6.0(tstr)
  date_or_time,  // either of the two
  birth_date,    // full-date, or {"birth_date": full-date, ? "approximate_mask": tstr} (ISO/IEC 23220-2)
  array,
  map,
};

struct ElementRule {
  std::string_view name_space;
  std::string_view identifier;  // "..._NN" stands for two digits, "...*" for any ending
  ElementType type;
  bool mandatory;
};

struct DocType {
  std::string_view name;
  std::span<const ElementRule> elements;
};

inline constexpr std::string_view kMdlDocType = "org.iso.18013.5.1.mDL";
inline constexpr std::string_view kMdlNameSpace = "org.iso.18013.5.1";
inline constexpr std::string_view kPidDocType = "eu.europa.ec.eudi.pid.1";
inline constexpr std::string_view kPidNameSpace = "eu.europa.ec.eudi.pid.1";
inline constexpr std::string_view kPhotoIdDocType = "org.iso.23220.photoid.1";
inline constexpr std::string_view kPhotoIdNameSpace = "org.iso.23220.photoid.1";
inline constexpr std::string_view kMyNumberCardDocType = "org.iso.23220.1.jp.mnc";
inline constexpr std::string_view kMyNumberCardNameSpace = "org.iso.23220.1.jp";
inline constexpr std::string_view kIso23220NameSpace = "org.iso.23220.1";

// mDL (ISO/IEC 18013-5, table 5), PID (PID rulebook 1.4, section 3.1), photo ID (ISO/IEC 23220-4, annex C) and the My
// Number Card on a smartphone. Null for another type: nothing is known of its elements.
const DocType* find_doc_type(std::string_view name);
// Null when the type says nothing about this element: name spaces of countries, for example.
const ElementRule* find_element(const DocType& doc_type, std::string_view name_space, std::string_view identifier);

// `value`: one well-formed CBOR item. Only its own type is looked at, not what an array or a map holds.
// Errors: mdoc_element_wrong_type.
Status check_element_type(ElementType type, BytesView value);

}  // namespace mibun::mdoc
