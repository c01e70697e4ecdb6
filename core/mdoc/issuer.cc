#include "core/mdoc/issuer.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "core/codecs/cbor.h"
#include "core/cose/key.h"
#include "core/cose/sign1.h"
#include "core/crypto/hash.h"
#include "core/mdoc/doc_types.h"
#include "core/mdoc/element_value.h"
#include "core/mdoc/members.h"

namespace mibun::mdoc {
namespace {

constexpr std::size_t kSaltSize = 32, kOrderSize = 8;

// A name and its end as a number, by which most names differ: for finding twins any order will do.
struct SortedName {
  explicit SortedName(std::string_view text) : name(text) {
    const std::size_t size = std::min(text.size(), sizeof tail);
    std::memcpy(&tail, text.data() + text.size() - size, size);
  }
  friend auto operator<=>(const SortedName&, const SortedName&) = default;
  std::uint64_t tail = 0;
  std::string_view name;
};

bool has_twins(std::vector<SortedName>& names) {
  std::ranges::sort(names);
  return std::ranges::adjacent_find(names) != names.end();
}

Status check_name_space(const NewNameSpace& name_space) {
  MIBUN_CHECK(checked_name(name_space.name, "nameSpaces"));
  if (name_space.elements.empty()) return fail(ErrorCode::mdoc_malformed, name_space.name, "no elements");
  if (name_space.elements.size() > kElementsMax) return fail(ErrorCode::mdoc_too_large, name_space.name);
  std::vector<SortedName> names;
  names.reserve(name_space.elements.size());
  for (const NewElement& element : name_space.elements) {
    MIBUN_CHECK(checked_name(element.identifier, name_space.name));
    if (!cbor::check_well_formed(element.value, cbor::Form::well_formed, kCborLimits)) {
      return fail(ErrorCode::mdoc_malformed, element.identifier, "the value is not one CBOR item");
    }
    names.emplace_back(element.identifier);
  }
  if (has_twins(names)) return fail(ErrorCode::mdoc_duplicate_element, name_space.name);
  return {};
}

Status check_name_spaces(const IssueRequest& request) {
  if (request.name_spaces.empty()) return fail(ErrorCode::mdoc_malformed, "nameSpaces", "no elements");
  if (request.name_spaces.size() > kNameSpacesMax) return fail(ErrorCode::mdoc_too_large, "nameSpaces");
  std::vector<SortedName> names;
  for (const NewNameSpace& name_space : request.name_spaces) {
    MIBUN_CHECK(check_name_space(name_space));
    names.emplace_back(name_space.name);
  }
  if (has_twins(names)) return fail(ErrorCode::mdoc_duplicate_element, "nameSpaces");
  return {};
}

bool has_element(const IssueRequest& request, const ElementRule& rule) {
  const auto in = std::ranges::find(request.name_spaces, rule.name_space, &NewNameSpace::name);
  return in != request.name_spaces.end() &&
         std::ranges::find(in->elements, rule.identifier, &NewElement::identifier) != in->elements.end();
}

Status check_against_table(const IssueRequest& request) {
  const DocType* doc_type = find_doc_type(request.doc_type);
  if (doc_type == nullptr) return {};
  for (const ElementRule& rule : doc_type->elements) {
    if (rule.mandatory && !has_element(request, rule)) {
      return fail(ErrorCode::mdoc_element_missing, std::string(rule.identifier));
    }
  }
  for (const NewNameSpace& name_space : request.name_spaces) {
    for (const NewElement& element : name_space.elements) {
      const ElementRule* rule = find_element(*doc_type, name_space.name, element.identifier);
      if (rule != nullptr && !check_element_type(rule->type, element.value)) {
        return fail(ErrorCode::mdoc_element_wrong_type, element.identifier);
      }
    }
  }
  return {};
}

// What the parser would refuse later is refused here: ISO/IEC 18013-5, 9.1.2.4.
Status check_key_authorizations(const NewKeyAuthorizations& authorizations) {
  const auto malformed = [](const char* detail) {
    return fail(ErrorCode::mdoc_key_authorizations_malformed, "keyAuthorizations", detail);
  };
  std::vector<std::string_view> all(authorizations.name_spaces.begin(), authorizations.name_spaces.end());
  for (const auto& [name_space, identifiers] : authorizations.elements) {
    all.emplace_back(name_space);
    std::vector<std::string_view> names(identifiers.begin(), identifiers.end());
    std::ranges::sort(names);
    if (names.empty() || names.front().empty()) return malformed("an empty name or list");
    if (std::ranges::adjacent_find(names) != names.end()) return malformed("an element twice");
  }
  std::ranges::sort(all);
  if (!all.empty() && all.front().empty()) return malformed("an empty name");
  if (std::ranges::adjacent_find(all) != all.end()) return malformed("a name space twice");
  return {};
}

Status check(const IssueRequest& request) {
  MIBUN_CHECK(checked_name(request.doc_type, "docType"));
  MIBUN_CHECK(check_name_spaces(request));
  if (request.valid_from < request.signed_at ||
      request.valid_until.unix_seconds() <= request.valid_from.unix_seconds()) {
    return fail(ErrorCode::mdoc_validity_inconsistent, "validity");
  }
  MIBUN_CHECK(check_key_authorizations(request.key_authorizations));
  if (request.elements == IssuedElements::check) MIBUN_CHECK(check_against_table(request));
  return {};
}

// 64 random bits for a bound of at most kElementsMax: the bias is far below anything one could see.
std::size_t below(std::size_t bound, BytesView random) {
  std::uint64_t number = 0;
  for (const std::uint8_t byte : random) number = number << 8 | byte;
  return static_cast<std::size_t>(number % bound);
}

// Which element gets which digest id: order[id] is an index into the elements. `random`: kOrderSize bytes for each.
std::vector<std::size_t> random_order(std::size_t size, BytesView random) {
  std::vector<std::size_t> order(size);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = size; i > 1; --i) {
    std::swap(order[i - 1], order[below(i, random.subspan((i - 1) * kOrderSize, kOrderSize))]);
  }
  return order;
}

// IssuerSignedItem, its keys in order, each written together with its head, since neither ever changes: as letters, "f"
// is the head of a text of 6 bytes, "h" of 8, "l" of 12, "q" of 17, and "X " that of 32 bytes.
//   {"random": salt, "digestID": id, "elementValue": value, "elementIdentifier": identifier}
void write_item(cbor::Writer& into, BytesView salt, std::size_t id, const NewElement& element) {
  constexpr std::string_view kSalt = "frandomX ", kId = "hdigestID", kValue = "lelementValue",
                             kIdentifier = "qelementIdentifier";
  static_assert(kSaltSize == kSalt.back());
  into.map(4).raw(as_bytes(kSalt)).raw(salt);
  into.raw(as_bytes(kId)).unsigned_integer(id);
  into.raw(as_bytes(kValue)).raw(element.value);
  into.raw(as_bytes(kIdentifier)).text(element.identifier);
}

void write_digest(cbor::Writer& into, DigestAlgorithm algorithm, BytesView item) {
  switch (algorithm) {
    case DigestAlgorithm::sha256:
      into.bytes(crypto::sha256(item));
      return;
    case DigestAlgorithm::sha384:
      into.bytes(crypto::sha384(item));
      return;
    case DigestAlgorithm::sha512:
      into.bytes(crypto::sha512(item));
      return;
  }
}

// Keys in bytewise order of their encodings: the shorter name first.
bool comes_first(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

std::vector<const NewNameSpace*> in_order(const std::vector<NewNameSpace>& name_spaces) {
  std::vector<const NewNameSpace*> out;
  for (const NewNameSpace& name_space : name_spaces) out.push_back(&name_space);
  std::ranges::sort(out, comes_first, [](const NewNameSpace* one) { return std::string_view(one->name); });
  return out;
}

// The two places where a name space appears, written side by side.
struct Encodings {
  cbor::Writer items;    // IssuerNameSpaces
  cbor::Writer digests;  // ValueDigests
};

void write_name_space(const NewNameSpace& name_space, DigestAlgorithm algorithm, Rng& rng, Encodings& out) {
  const std::size_t count = name_space.elements.size();
  const Bytes random = rng.bytes(count * (kSaltSize + kOrderSize));  // one call: each costs about as much as a digest
  const BytesView salts = BytesView(random).first(count * kSaltSize);
  const std::vector<std::size_t> order = random_order(count, BytesView(random).subspan(salts.size()));
  out.items.text(name_space.name).array(count);
  out.digests.text(name_space.name).map(count);
  cbor::Writer item;
  item.reserve(256);  // for most of them
  for (std::size_t id = 0; id < count; ++id) {
    item.clear();
    write_item(item, salts.subspan(id * kSaltSize, kSaltSize), id, name_space.elements[order[id]]);
    const std::size_t begin = out.items.view().size();
    out.items.embedded(item.view());
    out.digests.unsigned_integer(id);
    write_digest(out.digests, algorithm, BytesView(out.items.view()).subspan(begin));
  }
}

Bytes encode_names(const std::vector<std::string>& names) {
  cbor::Writer writer;
  writer.array(names.size());
  for (const std::string& name : names) writer.text(name);
  return writer.take();
}

Bytes encode(const NewKeyAuthorizations& authorizations) {
  std::vector<std::pair<std::string, Bytes>> members, elements;
  if (!authorizations.name_spaces.empty()) members.emplace_back("nameSpaces", encode_names(authorizations.name_spaces));
  for (const auto& [name_space, identifiers] : authorizations.elements) {
    elements.emplace_back(name_space, encode_names(identifiers));
  }
  if (!elements.empty()) members.emplace_back("dataElements", value::map(elements));
  return value::map(members);
}

void write_device_key_info(cbor::Writer& into, const IssueRequest& request) {
  const bool authorized =
      !request.key_authorizations.name_spaces.empty() || !request.key_authorizations.elements.empty();
  into.map(authorized ? 2 : 1).text("deviceKey").raw(cose::CoseKey(request.device_key).to_cbor());
  if (authorized) into.text("keyAuthorizations").raw(encode(request.key_authorizations));
}

void write_validity(cbor::Writer& into, const IssueRequest& request) {
  into.map(request.expected_update ? 4 : 3);
  into.text("signed").raw(value::tdate(request.signed_at));
  into.text("validFrom").raw(value::tdate(request.valid_from));
  into.text("validUntil").raw(value::tdate(request.valid_until));
  if (request.expected_update) into.text("expectedUpdate").raw(value::tdate(*request.expected_update));
}

// About what the items will take: enough that the buffer seldom grows.
std::size_t bytes_expected(const IssueRequest& request) {
  std::size_t sum = 128;
  for (const NewNameSpace& name_space : request.name_spaces) {
    for (const NewElement& element : name_space.elements) sum += 104 + element.identifier.size() + element.value.size();
  }
  return sum;
}

// MobileSecurityObject, its keys in order: status, docType, version, validityInfo, valueDigests, deviceKeyInfo,
// digestAlgorithm.
Bytes encode_mso(const IssueRequest& request, BytesView value_digests) {
  cbor::Writer mso;
  mso.reserve(value_digests.size() + 512);
  mso.map(request.status ? 7 : 6);
  if (request.status) {
    mso.text("status").map(1).text("status_list").map(2);
    mso.text("idx").unsigned_integer(request.status->index).text("uri").text(request.status->uri);
  }
  mso.text("docType").text(request.doc_type).text("version").text("1.0");
  mso.text("validityInfo");
  write_validity(mso, request);
  mso.text("valueDigests").raw(value_digests);
  mso.text("deviceKeyInfo");
  write_device_key_info(mso, request);
  mso.text("digestAlgorithm").text(to_string(request.digest_algorithm));
  return mso.take();
}

}  // namespace

Result<Bytes> issue(const IssueRequest& request, const crypto::Signer& signer, std::span<const Bytes> x5chain,
                    Rng& rng) {
  if (x5chain.empty()) return fail(ErrorCode::mdoc_x5chain_missing, "x5chain");
  MIBUN_CHECK(check(request));
  Encodings encodings;
  encodings.items.reserve(bytes_expected(request));
  encodings.digests.reserve(bytes_expected(request) / 2);
  encodings.items.map(request.name_spaces.size());
  encodings.digests.map(request.name_spaces.size());
  for (const NewNameSpace* name_space : in_order(request.name_spaces)) {
    write_name_space(*name_space, request.digest_algorithm, rng, encodings);
  }
  const Bytes mso = encode_mso(request, encodings.digests.view());
  cbor::Writer payload;
  payload.reserve(mso.size() + 16);
  payload.embedded(mso);
  MIBUN_TRY(const Bytes issuer_auth, cose::sign1(payload.view(), signer, {.x5chain = x5chain}));
  cbor::Writer out;
  out.reserve(encodings.items.view().size() + issuer_auth.size() + 64);
  out.map(2).text("issuerAuth").raw(issuer_auth).text("nameSpaces").raw(encodings.items.view());
  return out.take();
}

}  // namespace mibun::mdoc
