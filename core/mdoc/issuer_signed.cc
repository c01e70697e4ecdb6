#include "core/mdoc/issuer_signed.h"

#include <algorithm>

#include "core/base/sort.h"
#include "core/mdoc/members.h"

namespace mibun::mdoc {
namespace {

// The four members of an item in the order our own and most issuers write them, or in any other.
struct ItemMembers {
  std::optional<std::uint64_t> digest_id;
  std::optional<BytesView> random, value;
  std::optional<std::string_view> identifier;
};

Result<ItemMembers> read_item_members(BytesView content, cbor::ChunkStore& chunks) {
  ItemMembers out;
  cbor::Reader reader = reader_of(content, chunks);
  MIBUN_CHECK(read_members(reader, [&](std::string_view name) -> Status {
    if (name == "digestID") {
      MIBUN_TRY(out.digest_id, reader.read_unsigned());
    } else if (name == "random") {
      MIBUN_TRY(out.random, reader.read_bytes());
    } else if (name == "elementIdentifier") {
      MIBUN_TRY(out.identifier, read_name(reader, "elementIdentifier"));
    } else if (name == "elementValue") {
      MIBUN_TRY(out.value, reader.skip());
    } else {
      MIBUN_CHECK(reader.skip());
    }
    return {};
  }));
  MIBUN_CHECK(reader.finish());
  return out;
}

constexpr std::size_t kFewItems = 24;  // up to here comparing all pairs beats a sorted copy

template <class Key>
bool has_twice(const std::vector<IssuerSignedItem>& items, Key IssuerSignedItem::* member) {
  if (items.size() <= kFewItems) {
    for (auto item = items.begin(); item != items.end(); ++item) {
      if (std::ranges::find(items.begin(), item, (*item).*member, member) != item) return true;
    }
    return false;
  }
  std::vector<Key> keys;
  keys.reserve(items.size());
  for (const IssuerSignedItem& item : items) keys.push_back(item.*member);
  sort(keys);
  return std::ranges::adjacent_find(keys) != keys.end();
}

Status check_no_twins(const IssuerNameSpace& name_space) {
  if (has_twice(name_space.items, &IssuerSignedItem::identifier)) {
    return fail(ErrorCode::mdoc_duplicate_element, "nameSpaces");
  }
  if (has_twice(name_space.items, &IssuerSignedItem::digest_id)) {
    return fail(ErrorCode::mdoc_duplicate_digest_id, "nameSpaces");
  }
  return {};
}

Result<IssuerNameSpace> read_name_space(cbor::Reader& reader, std::string_view name, cbor::ChunkStore& chunks) {
  IssuerNameSpace out;
  MIBUN_TRY(out.name, checked_name(name, "nameSpaces"));
  MIBUN_CHECK(read_elements(reader, "nameSpaces", out.items, kElementsMax,
                            [&] { return read_issuer_signed_item(reader, chunks); }));
  MIBUN_CHECK(check_no_twins(out));
  return out;
}

Result<std::vector<IssuerNameSpace>> read_name_spaces(cbor::Reader& reader, cbor::ChunkStore& chunks) {
  std::vector<IssuerNameSpace> out;
  MIBUN_CHECK(read_members(reader, [&](std::string_view name) -> Status {
    if (out.size() == kNameSpacesMax) return fail(ErrorCode::mdoc_too_large, "nameSpaces");
    MIBUN_TRY(IssuerNameSpace name_space, read_name_space(reader, name, chunks));
    out.push_back(std::move(name_space));
    return {};
  }));
  if (out.empty()) return fail(ErrorCode::mdoc_malformed, "nameSpaces", "empty");
  return out;
}

// MobileSecurityObjectBytes.
Result<Mso> read_mso(const cose::Sign1& issuer_auth, cbor::ChunkStore& chunks) {
  const auto malformed = [](const char* detail) {
    return fail(ErrorCode::mdoc_issuer_auth_malformed, "issuerAuth", detail);
  };
  if (issuer_auth.is_detached()) return malformed("no payload");
  cbor::Reader reader = reader_of(*issuer_auth.unverified_payload(), chunks);
  const auto embedded = reader.read_embedded();
  if (!embedded || !reader.at_end()) return malformed("the payload is not one item in tag 24");
  return Mso::parse(embedded->content, chunks);
}

}  // namespace

const IssuerSignedItem* IssuerSigned::find(std::string_view name_space, std::string_view identifier) const {
  const auto in = std::ranges::find(name_spaces, name_space, &IssuerNameSpace::name);
  if (in == name_spaces.end()) return nullptr;
  const auto item = std::ranges::find(in->items, identifier, &IssuerSignedItem::identifier);
  return item != in->items.end() ? &*item : nullptr;
}

Result<IssuerSignedItem> read_issuer_signed_item(cbor::Reader& reader, cbor::ChunkStore& chunks) {
  MIBUN_TRY(const cbor::Embedded embedded, reader.read_embedded());
  MIBUN_TRY(const ItemMembers members, read_item_members(embedded.content, chunks));
  MIBUN_CHECK(require(members.digest_id, "digestID"));
  MIBUN_CHECK(require(members.random, "random"));
  MIBUN_CHECK(require(members.identifier, "elementIdentifier"));
  MIBUN_CHECK(require(members.value, "elementValue"));
  if (*members.digest_id > kDigestIdMax) return fail(ErrorCode::mdoc_digest_id_out_of_range, "digestID");
  if (members.random->size() < kRandomBytesMin) return fail(ErrorCode::mdoc_random_too_short, "random");
  return IssuerSignedItem{.bytes = embedded.item,
                          .digest_id = static_cast<std::uint32_t>(*members.digest_id),
                          .random = *members.random,
                          .identifier = *members.identifier,
                          .value = *members.value};
}

Result<IssuerSigned> IssuerSigned::read(cbor::Reader& reader, cbor::ChunkStore& chunks) {
  std::vector<IssuerNameSpace> name_spaces;
  std::optional<cose::Sign1> issuer_auth;
  BytesView issuer_auth_bytes;
  std::vector<std::string_view> unknown;
  MIBUN_CHECK(read_members(reader, [&](std::string_view name) -> Status {
    if (name == "nameSpaces") {
      MIBUN_TRY(name_spaces, read_name_spaces(reader, chunks));
    } else if (name == "issuerAuth") {
      const std::size_t begin = reader.position();
      MIBUN_TRY(issuer_auth, cose::Sign1::read(reader, cose::Tagging::tolerated));
      issuer_auth_bytes = reader.since(begin);
    } else {
      return skip_unknown(reader, name, unknown);
    }
    return {};
  }));
  MIBUN_CHECK(require(issuer_auth, "issuerAuth"));
  MIBUN_TRY(Mso mso, read_mso(*issuer_auth, chunks));
  return IssuerSigned{.name_spaces = std::move(name_spaces),
                      .issuer_auth = std::move(*issuer_auth),
                      .issuer_auth_bytes = issuer_auth_bytes,
                      .mso = std::move(mso),
                      .unknown_members = std::move(unknown)};
}

Result<IssuerSigned> IssuerSigned::parse(BytesView item, cbor::ChunkStore& chunks) {
  cbor::Reader reader = reader_of(item, chunks);
  MIBUN_TRY(IssuerSigned out, read(reader, chunks));
  MIBUN_CHECK(reader.finish());
  return out;
}

}  // namespace mibun::mdoc
