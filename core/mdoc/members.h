#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/codecs/cbor.h"
#include "core/mdoc/limits.h"

// Reading maps whose keys are names. For files of core/mdoc only.
namespace mibun::mdoc {

// Calls on_member(name) for each pair; it must read exactly the value. A key twice was found on entering.
template <class OnMember>
Status read_members(cbor::Reader& reader, OnMember&& on_member) {
  MIBUN_TRY(cbor::Items pairs, reader.enter_map());
  while (reader.next(pairs)) {
    MIBUN_TRY(const std::string_view name, reader.read_text());
    MIBUN_CHECK(on_member(name));
  }
  return {};
}

// [+ T] with at most `max` elements: what read_one() returns, one after another, into `into`.
template <class T, class ReadOne>
Status read_elements(cbor::Reader& reader, std::string_view where, std::vector<T>& into, std::size_t max,
                     ReadOne&& read_one) {
  MIBUN_TRY(cbor::Items elements, reader.enter_array());
  into.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(elements.announced(), max)));
  while (reader.next(elements)) {
    if (into.size() == max) return fail(ErrorCode::mdoc_too_large, std::string(where));
    MIBUN_TRY(T one, read_one());
    into.push_back(std::move(one));
  }
  if (into.empty()) return fail(ErrorCode::mdoc_malformed, std::string(where), "empty");
  return {};
}

// A member that ISO/IEC 18013-5 may define later: skipped, and its name kept for whoever wants to know.
inline Status skip_unknown(cbor::Reader& reader, std::string_view name, std::vector<std::string_view>& unknown) {
  MIBUN_CHECK(reader.skip());
  unknown.push_back(name);
  return {};
}

template <class T>
Status require(const std::optional<T>& member, const char* name) {
  if (!member) return fail(ErrorCode::mdoc_missing_member, name);
  return {};
}

// A doctype, a name space or an element identifier. Errors: mdoc_malformed (empty), mdoc_too_large.
inline Result<std::string_view> checked_name(std::string_view name, std::string_view where) {
  if (name.empty()) return fail(ErrorCode::mdoc_malformed, std::string(where), "empty name");
  if (name.size() > kNameBytesMax) return fail(ErrorCode::mdoc_too_large, std::string(where), "long name");
  return name;
}
inline Result<std::string_view> read_name(cbor::Reader& reader, std::string_view where) {
  MIBUN_TRY(const std::string_view name, reader.read_text());
  return checked_name(name, where);
}

inline cbor::Reader reader_of(BytesView item, cbor::ChunkStore& chunks) {
  return {item, cbor::Form::well_formed, kCborLimits, &chunks};
}

}  // namespace mibun::mdoc
