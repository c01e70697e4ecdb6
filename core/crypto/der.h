#pragma once

// For files in core/crypto only.

#include <cstdint>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/codecs/tlv.h"

// Distinguished Encoding Rules (X.690, clauses 8 to 11) as X.509 uses them. The library's decoder takes more than DER;
// what is signed and hashed here has one form only.
namespace mibun::crypto::der {

inline constexpr std::uint8_t kBoolean = 0x01, kInteger = 0x02, kBitString = 0x03, kOctetString = 0x04, kNull = 0x05,
                              kObjectId = 0x06, kEnumerated = 0x0a, kUtf8String = 0x0c, kUtcTime = 0x17,
                              kGeneralizedTime = 0x18, kUniversalString = 0x1c, kBmpString = 0x1e, kSequence = 0x30,
                              kSet = 0x31, kContext0 = 0x80, kConstructed = 0x20;
inline constexpr std::size_t kDepthMax = 16;

// One object and nothing after it, all the way down: one-byte tags, shortest definite lengths, strings in one piece,
// shortest integers and object identifiers, 00 or FF for truth, unused bits zero, UTF-8 in UTF8Strings. What stands
// inside an octet string is not looked at. Iterative. `what` is the code of a refusal, `where` its place.
Status check(BytesView object, ErrorCode what, const char* where);

// The same for the value of one primitive type, for those that stand under a tag of their own (implicit): shortest
// integers and object identifiers, 00 or FF for truth, unused bits zero. `tag`: the type's.
bool is_primitive_value(std::uint8_t tag, BytesView value);

// May `node`, which check() has passed, stand where ASN.1 says ANY? Only characters cut in two are refused.
bool is_any(const tlv::Node& node);

// The objects side by side in a value that check() has passed, one after another. Errors: `what` at `where`.
class Reader {
 public:
  Reader(BytesView value, ErrorCode what, const char* where) : rest_(value), what_(what), where_(where) {}

  bool empty() const { return rest_.empty(); }
  bool next_is(std::uint8_t tag) const { return !rest_.empty() && rest_[0] == tag; }
  Result<tlv::Node> any();
  // The value of the next object, which must have `tag`.
  Result<BytesView> value(std::uint8_t tag);
  // The next object with its tag and length; the second form asks for a tag.
  Result<BytesView> whole();
  Result<BytesView> whole(std::uint8_t tag);
  Status end() const;

 private:
  BytesView rest_;
  ErrorCode what_;
  const char* where_;
};

// RFC 5280, section 4.1.2.5: UTCTime or GeneralizedTime with seconds and Z. Errors: `what` at `where`.
Result<Instant> instant(const tlv::Node& node, ErrorCode what, const char* where);

// An extension of a certificate, a CRL or a CRL's entry: RFC 5280, section 4.1. Views.
struct Extension {
  BytesView oid;  // contents, without tag and length
  bool critical = false;
  BytesView value;  // inside the octet string
};
// Reads the next extension. The value of a standard one (2.5.29) is checked to be DER; others hold what they like.
// Errors: `what` at `where`.
Result<Extension> next_extension(Reader& reader, ErrorCode what, const char* where);

}  // namespace mibun::crypto::der
