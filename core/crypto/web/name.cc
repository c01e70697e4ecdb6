#include "core/crypto/web/name.h"

#include <algorithm>
#include <iterator>

#include "core/base/sort.h"
#include "core/codecs/utf8.h"
#include "core/crypto/web/asn1.h"
#include "core/crypto/web/attribute_types.h"

namespace mibun::crypto::web {
namespace {

std::unexpected<Error> malformed(const char* where) {
  return fail(ErrorCode::certificate_malformed, where);
}

// DirectoryString and whatever else names have been seen with; no times, no octet strings, nothing tagged.
bool may_be_attribute(std::uint8_t tag) {
  constexpr std::uint8_t kNever[] = {der::kBoolean,
                                     der::kInteger,
                                     der::kOctetString,
                                     der::kNull,
                                     der::kObjectId,
                                     der::kEnumerated,
                                     der::kSet,
                                     asn1::kVideotexString,
                                     der::kUtcTime,
                                     der::kGeneralizedTime,
                                     asn1::kGraphicString,
                                     asn1::kVisibleString,
                                     asn1::kGeneralString};
  const bool universal = (tag & 0xc0) == 0;
  return universal && std::ranges::find(kNever, tag) == std::end(kNever);
}

bool has_text_type(std::uint8_t tag) {
  return tag == der::kUtf8String || tag == der::kBmpString || tag == der::kUniversalString ||
         tag == asn1::kPrintableString || tag == asn1::kT61String || tag == asn1::kIa5String;
}

// X.690, 8.14: false for surrogates and beyond the last plane.
bool append_utf8(std::string& out, std::uint32_t c) {
  if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) return false;
  const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  const auto put_rest = [&](std::uint32_t shift) { put(0x80 | (c >> shift & 0x3f)); };
  if (c < 0x80) {
    put(c);
    return true;
  }
  if (c < 0x800) {
    put(0xc0 | c >> 6);
  } else {
    if (c < 0x10000) {
      put(0xe0 | c >> 12);
    } else {
      put(0xf0 | c >> 18);
      put_rest(12);
    }
    put_rest(6);
  }
  put_rest(0);
  return true;
}

// Characters of `width` bytes, most significant first.
std::optional<std::string> widened(BytesView value, std::size_t width) {
  if (value.size() % width != 0) return std::nullopt;
  std::string out;
  for (std::size_t at = 0; at < value.size(); at += width) {
    std::uint32_t c = 0;
    for (std::size_t i = 0; i < width; ++i) c = c << 8 | value[at + i];
    if (!append_utf8(out, c)) return std::nullopt;
  }
  return out;
}

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

std::string folded(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  std::string out;
  for (const char c : text) {
    if (is_space(c)) {
      if (out.back() != ' ') out.push_back(' ');
    } else {
      out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
    }
  }
  return out;
}

Bytes canonical_attribute(const NameAttribute& attribute) {
  Bytes value = to_bytes(attribute.value);
  if (has_text_type(attribute.value[0])) {
    value = tlv::write(der::kUtf8String, as_bytes(folded(*attribute_text(attribute.value))));
  }
  return tlv::write(der::kSequence, tlv::concat({tlv::write(der::kObjectId, attribute.oid), value}));
}

// RFC 2253, section 2.4.
std::string escaped(std::string_view text) {
  constexpr std::string_view kSpecial = ",+\"\\<>;";
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool last = i + 1 == text.size();
    const bool edge = text[i] == ' ' ? i == 0 || last : text[i] == '#' && i == 0 && !last;
    if (c < 0x20 || c == 0x7f) {
      out.append({'\\', kHex[c >> 4], kHex[c & 15]});
      continue;
    }
    if (edge || kSpecial.find(text[i]) != kSpecial.npos) out.push_back('\\');
    out.push_back(text[i]);
  }
  return out;
}

std::string in_hex(BytesView der) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out = "#";
  for (const std::uint8_t byte : der) out.append({kHex[byte >> 4], kHex[byte & 15]});
  return out;
}

}  // namespace

Status read_name_set(BytesView contents, std::size_t set, const char* where, std::vector<NameAttribute>& out) {
  for (der::Reader rest(contents, ErrorCode::certificate_malformed, where); !rest.empty();) {
    MIBUN_TRY(const BytesView sequence, rest.value(der::kSequence));
    der::Reader fields(sequence, ErrorCode::certificate_malformed, where);
    MIBUN_TRY(const BytesView oid, fields.value(der::kObjectId));
    MIBUN_TRY(const BytesView value, fields.whole());
    MIBUN_CHECK(fields.end());
    const std::uint8_t tag = value[0];
    if (!may_be_attribute(tag) || (has_text_type(tag) && !attribute_text(value))) return malformed(where);
    out.push_back({oid, value, set});
  }
  return {};
}

Result<std::vector<NameAttribute>> read_name(BytesView name, const char* where) {
  MIBUN_TRY(const BytesView sets, der::Reader(name, ErrorCode::certificate_malformed, where).value(der::kSequence));
  std::vector<NameAttribute> out;
  std::size_t set = 0;
  for (der::Reader rest(sets, ErrorCode::certificate_malformed, where); !rest.empty(); ++set) {
    MIBUN_TRY(const BytesView contents, rest.value(der::kSet));
    MIBUN_CHECK(read_name_set(contents, set, where, out));
  }
  return out;
}

std::optional<std::string> attribute_text(BytesView value) {
  const auto node = tlv::read(value);
  switch (node->tag) {
    case der::kUtf8String:
      if (!utf8::is_valid(as_text(node->value))) return std::nullopt;
      return std::string(as_text(node->value));
    case asn1::kNumericString:
    case asn1::kPrintableString:
    case asn1::kT61String:
    case asn1::kIa5String:
      return widened(node->value, 1);
    case der::kBmpString:
      return widened(node->value, 2);
    case der::kUniversalString:
      return widened(node->value, 4);
    default:
      return std::nullopt;
  }
}

std::string name_text(const std::vector<NameAttribute>& name) {
  std::string out;
  for (std::size_t i = name.size(); i-- > 0;) {
    const NameAttribute& attribute = name[i];
    if (i + 1 < name.size()) out.push_back(name[i + 1].set == attribute.set ? '+' : ',');
    const std::string_view known = attribute_type(attribute.oid);
    out += known.empty() ? dotted(attribute.oid) : std::string(known);
    out.push_back('=');
    const auto text = known.empty() ? std::nullopt : attribute_text(attribute.value);
    out += text ? escaped(*text) : in_hex(attribute.value);
  }
  return out;
}

Bytes canonical_name(const std::vector<NameAttribute>& name) {
  Bytes out;
  for (auto from = name.begin(); from != name.end();) {
    const auto until = std::find_if(from, name.end(), [&](const NameAttribute& one) { return one.set != from->set; });
    std::vector<Bytes> encoded;
    std::transform(from, until, std::back_inserter(encoded), canonical_attribute);
    sort(encoded);
    Bytes contents;
    for (const Bytes& one : encoded) contents.insert(contents.end(), one.begin(), one.end());
    const Bytes set = tlv::write(der::kSet, contents);
    out.insert(out.end(), set.begin(), set.end());
    from = until;
  }
  return out;
}

}  // namespace mibun::crypto::web
