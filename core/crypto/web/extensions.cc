#include "core/crypto/web/extensions.h"

#include <algorithm>

#include "core/crypto/web/asn1.h"
#include "core/crypto/web/name.h"

namespace mibun::crypto::web {
namespace {

constexpr std::uint8_t kTag0 = 0xa0, kTag1 = 0xa1, kTag2 = 0xa2;  // constructed
constexpr std::uint8_t kPrimitive0 = 0x80, kPrimitive1 = 0x81, kPrimitive2 = 0x82;

constexpr const char* kWhere = "extensions";

std::unexpected<Error> malformed() {
  return fail(ErrorCode::certificate_malformed, kWhere);
}

der::Reader reader(BytesView value) {
  return {value, ErrorCode::certificate_malformed, kWhere};
}

// A value of one object with this tag.
Result<BytesView> only(BytesView value, std::uint8_t tag) {
  der::Reader outer = reader(value);
  MIBUN_TRY(const BytesView out, outer.value(tag));
  MIBUN_CHECK(outer.end());
  return out;
}

// The next field when it has this (implicit) tag and holds a primitive of `type`; nullopt when another tag is next.
Result<std::optional<BytesView>> optional_primitive(der::Reader& fields, std::uint8_t tag, std::uint8_t type) {
  if (!fields.next_is(tag)) return std::nullopt;
  MIBUN_TRY(const BytesView value, fields.value(tag));
  if (!der::is_primitive_value(type, value)) return malformed();
  return value;
}

Status check_directory_string(BytesView value) {
  der::Reader outer = reader(value);
  MIBUN_TRY(const tlv::Node text, outer.any());
  MIBUN_CHECK(outer.end());
  const bool good = text.tag == der::kUtf8String || text.tag == asn1::kPrintableString ||
                    text.tag == asn1::kT61String || text.tag == der::kBmpString || text.tag == der::kUniversalString;
  return good && der::is_any(text) ? Status{} : Status(malformed());
}

// OtherName and EDIPartyName stand under implicit tags: `value` is what is inside.
Status check_other_name(BytesView value) {
  der::Reader fields = reader(value);
  MIBUN_CHECK(fields.value(der::kObjectId));
  MIBUN_TRY(const BytesView wrapped, fields.value(kTag0));
  MIBUN_CHECK(fields.end());
  der::Reader inner = reader(wrapped);
  MIBUN_TRY(const tlv::Node any, inner.any());
  MIBUN_CHECK(inner.end());
  return der::is_any(any) ? Status{} : Status(malformed());
}
Status check_edi_party(BytesView value) {
  der::Reader fields = reader(value);
  if (fields.next_is(kTag0)) {
    MIBUN_TRY(const BytesView assigner, fields.value(kTag0));
    MIBUN_CHECK(check_directory_string(assigner));
  }
  MIBUN_TRY(const BytesView party, fields.value(kTag1));
  MIBUN_CHECK(check_directory_string(party));
  return fields.end();
}

Status check_general_name(const GeneralName& name) {
  constexpr std::uint8_t kOther = 0xa0, kX400 = 0xa3, kDirectory = 0xa4, kEdiParty = 0xa5, kRegisteredId = 0x88;
  switch (name.tag) {
    case kOther:
      return check_other_name(name.value);
    case kMailTag:
    case kDnsTag:
    case kX400:
    case kUriTag:
    case kIpTag:
      return {};
    case kDirectory: {
      der::Reader inner = reader(name.value);
      MIBUN_TRY(const BytesView directory, inner.whole(der::kSequence));
      MIBUN_CHECK(inner.end());
      MIBUN_CHECK(read_name(directory, kWhere));
      return {};
    }
    case kEdiParty:
      return check_edi_party(name.value);
    case kRegisteredId:
      return der::is_primitive_value(der::kObjectId, name.value) ? Status{} : Status(malformed());
    default:
      return malformed();
  }
}

Result<GeneralName> next_general_name(der::Reader& names) {
  GeneralName out{};
  MIBUN_TRY(out.der, names.whole());
  out.tag = out.der[0];
  out.value = tlv::read(out.der)->value;
  MIBUN_CHECK(check_general_name(out));
  return out;
}

// `contents`: of a SEQUENCE OF GeneralName, under whatever tag.
Result<std::vector<GeneralName>> names_in(BytesView contents) {
  std::vector<GeneralName> out;
  for (der::Reader rest = reader(contents); !rest.empty();) {
    MIBUN_TRY(const GeneralName name, next_general_name(rest));
    out.push_back(name);
  }
  return out;
}

// X.690, 11.6. `contents`: of a SET OF.
bool is_sorted_set(BytesView contents) {
  BytesView before;
  for (der::Reader rest = reader(contents); !rest.empty();) {
    const BytesView one = *rest.whole();
    if (std::ranges::lexicographical_compare(one, before)) return false;
    before = one;
  }
  return true;
}

// DistributionPointName, with its explicit tag taken off. The full names; nullopt for a name relative to the issuer.
Result<std::optional<std::vector<GeneralName>>> read_point_name(BytesView wrapped) {
  der::Reader choice = reader(wrapped);
  if (choice.next_is(kTag1)) {
    MIBUN_TRY(const BytesView relative, choice.value(kTag1));
    MIBUN_CHECK(choice.end());
    std::vector<NameAttribute> attributes;
    MIBUN_CHECK(read_name_set(relative, 0, kWhere, attributes));
    return is_sorted_set(relative) ? Result<std::optional<std::vector<GeneralName>>>(std::nullopt) : malformed();
  }
  MIBUN_TRY(const BytesView full, choice.value(kTag0));
  MIBUN_CHECK(choice.end());
  return names_in(full);
}

Status read_point(BytesView point, std::vector<GeneralName>& out) {
  der::Reader fields = reader(point);
  std::optional<std::vector<GeneralName>> full;
  const bool named = fields.next_is(kTag0);
  if (named) {
    MIBUN_TRY(const BytesView wrapped, fields.value(kTag0));
    MIBUN_TRY(full, read_point_name(wrapped));
  }
  MIBUN_TRY(const auto reasons, optional_primitive(fields, kPrimitive1, der::kBitString));
  const bool other_issuer = fields.next_is(kTag2);
  std::size_t issuers = 0;
  if (other_issuer) {
    MIBUN_TRY(const BytesView contents, fields.value(kTag2));
    MIBUN_TRY(const auto names, names_in(contents));
    issuers = names.size();
  }
  MIBUN_CHECK(fields.end());
  if (!named && issuers == 0) return malformed();
  if (full && !reasons && !other_issuer) out.insert(out.end(), full->begin(), full->end());
  return {};
}

Status check_subtrees(BytesView contents) {
  for (der::Reader rest = reader(contents); !rest.empty();) {
    MIBUN_TRY(const BytesView subtree, rest.value(der::kSequence));
    der::Reader fields = reader(subtree);
    MIBUN_CHECK(next_general_name(fields));
    MIBUN_CHECK(optional_primitive(fields, kPrimitive0, der::kInteger));
    MIBUN_CHECK(optional_primitive(fields, kPrimitive1, der::kInteger));
    MIBUN_CHECK(fields.end());
  }
  return {};
}

// CHOICE { inherit NULL, SEQUENCE OF CHOICE { one, SEQUENCE { min, max } } }, all of one primitive type: RFC 3779.
Status check_ranges(BytesView choice, std::uint8_t type) {
  der::Reader outer = reader(choice);
  if (outer.next_is(der::kNull)) {
    MIBUN_CHECK(outer.any());
    return outer.end();
  }
  MIBUN_TRY(const BytesView list, outer.value(der::kSequence));
  MIBUN_CHECK(outer.end());
  for (der::Reader rest = reader(list); !rest.empty();) {
    if (rest.next_is(type)) {
      MIBUN_CHECK(rest.value(type));
      continue;
    }
    MIBUN_TRY(const BytesView range, rest.value(der::kSequence));
    der::Reader ends = reader(range);
    MIBUN_CHECK(ends.value(type));
    MIBUN_CHECK(ends.value(type));
    MIBUN_CHECK(ends.end());
  }
  return {};
}

}  // namespace

Result<std::vector<GeneralName>> read_general_names(BytesView value) {
  MIBUN_TRY(const BytesView contents, only(value, der::kSequence));
  return names_in(contents);
}

Result<std::vector<GeneralName>> read_distribution_points(BytesView value) {
  MIBUN_TRY(const BytesView points, only(value, der::kSequence));
  if (points.empty()) return fail(ErrorCode::certificate_malformed, "cRLDistributionPoints");
  std::vector<GeneralName> out;
  for (der::Reader rest = reader(points); !rest.empty();) {
    MIBUN_TRY(const BytesView point, rest.value(der::kSequence));
    MIBUN_CHECK(read_point(point, out));
  }
  return out;
}

Result<BasicConstraints> read_basic_constraints(BytesView value) {
  MIBUN_TRY(const BytesView contents, only(value, der::kSequence));
  der::Reader fields = reader(contents);
  BasicConstraints out;
  if (fields.next_is(der::kBoolean)) {
    MIBUN_TRY(const BytesView ca, fields.value(der::kBoolean));
    out.ca = ca[0] != 0;
  }
  if (!fields.empty()) {
    MIBUN_TRY(const BytesView length, fields.value(der::kInteger));
    if (length[0] >= 0x80) return malformed();
    if (length.size() <= sizeof(std::uint64_t)) {
      out.path_length = 0;
      for (const std::uint8_t byte : length) *out.path_length = *out.path_length << 8 | byte;
    }
  }
  MIBUN_CHECK(fields.end());
  return out;
}

Result<std::uint16_t> read_key_usage(BytesView value) {
  MIBUN_TRY(const BytesView bits, only(value, der::kBitString));
  std::uint16_t out = 0;
  if (bits.size() > 1) out = bits[1];
  if (bits.size() > 2) out = static_cast<std::uint16_t>(out | bits[2] << 8);
  if (out == 0) return malformed();
  return out;
}

Result<std::vector<Bytes>> read_extended_key_usages(BytesView value) {
  MIBUN_TRY(const BytesView contents, only(value, der::kSequence));
  std::vector<Bytes> out;
  for (der::Reader rest = reader(contents); !rest.empty();) {
    MIBUN_TRY(const BytesView usage, rest.value(der::kObjectId));
    out.push_back(to_bytes(usage));
  }
  return out;
}

Result<std::optional<Bytes>> read_authority_key_id(BytesView value) {
  MIBUN_TRY(const BytesView contents, only(value, der::kSequence));
  der::Reader fields = reader(contents);
  std::optional<Bytes> out;
  if (fields.next_is(kPrimitive0)) {
    MIBUN_TRY(const BytesView id, fields.value(kPrimitive0));
    out = to_bytes(id);
  }
  if (fields.next_is(kTag1)) {
    MIBUN_TRY(const BytesView issuer, fields.value(kTag1));
    MIBUN_CHECK(names_in(issuer));
  }
  MIBUN_CHECK(optional_primitive(fields, kPrimitive2, der::kInteger));
  MIBUN_CHECK(fields.end());
  return out;
}

Result<Bytes> read_subject_key_id(BytesView value) {
  MIBUN_TRY(const BytesView id, only(value, der::kOctetString));
  return to_bytes(id);
}

Status check_name_constraints(BytesView value) {
  MIBUN_TRY(const BytesView contents, only(value, der::kSequence));
  der::Reader fields = reader(contents);
  for (const std::uint8_t tag : {kTag0, kTag1}) {  // permitted, excluded
    if (!fields.next_is(tag)) continue;
    MIBUN_TRY(const BytesView subtrees, fields.value(tag));
    MIBUN_CHECK(check_subtrees(subtrees));
  }
  return fields.end();
}

Status check_netscape_type(BytesView value) {
  MIBUN_CHECK(only(value, der::kBitString));
  return {};
}

Status check_proxy_info(BytesView value) {
  MIBUN_TRY(const BytesView contents, only(value, der::kSequence));
  der::Reader fields = reader(contents);
  if (fields.next_is(der::kInteger)) MIBUN_CHECK(fields.any());
  MIBUN_TRY(const BytesView policy, fields.value(der::kSequence));
  MIBUN_CHECK(fields.end());
  der::Reader parts = reader(policy);
  MIBUN_CHECK(parts.value(der::kObjectId));
  if (!parts.empty()) MIBUN_CHECK(parts.value(der::kOctetString));
  return parts.end();
}

Status check_address_blocks(BytesView value) {
  MIBUN_TRY(const BytesView families, only(value, der::kSequence));
  for (der::Reader rest = reader(families); !rest.empty();) {
    MIBUN_TRY(const BytesView family, rest.value(der::kSequence));
    der::Reader fields = reader(family);
    MIBUN_CHECK(fields.value(der::kOctetString));
    MIBUN_TRY(const BytesView choice, fields.whole());
    MIBUN_CHECK(fields.end());
    MIBUN_CHECK(check_ranges(choice, der::kBitString));
  }
  return {};
}

Status check_as_identifiers(BytesView value) {
  MIBUN_TRY(const BytesView contents, only(value, der::kSequence));
  der::Reader fields = reader(contents);
  for (const std::uint8_t tag : {kTag0, kTag1}) {  // numbers, routing domains
    if (!fields.next_is(tag)) continue;
    MIBUN_TRY(const BytesView choice, fields.value(tag));
    MIBUN_CHECK(check_ranges(choice, der::kInteger));
  }
  return fields.end();
}

}  // namespace mibun::crypto::web
