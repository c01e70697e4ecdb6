#include "core/mdoc/items_request.h"

#include <algorithm>

#include "core/codecs/cbor.h"
#include "core/mdoc/age_over.h"
#include "core/mdoc/cbor_members.h"

namespace mibun::mdoc {
namespace {

constexpr ErrorCode kMalformed = ErrorCode::mdoc_request_malformed;
constexpr std::string_view kDocType = "docType", kNameSpaces = "nameSpaces", kRequestInfo = "requestInfo";
constexpr cbor::Limits kLimits{.depth_max = 16, .items_max = 4096, .bytes_max = kItemsRequestBytesMax};

Status check_name(std::string_view name, std::string_view where) {
  if (name.empty()) return fail(kMalformed, std::string(where), "a name is empty");
  if (name.size() > kNameBytesMax) return fail(ErrorCode::mdoc_request_too_large, std::string(where));
  return {};
}

Result<std::vector<RequestedElement>> read_elements(cbor::Reader& reader, std::size_t& left) {
  MIBUN_TRY(cbor::Items pairs, typed(reader.enter_map(), kMalformed, kNameSpaces));
  std::vector<RequestedElement> elements;
  while (reader.next(pairs)) {
    if (left == 0) return fail(ErrorCode::mdoc_request_too_large, std::string(kNameSpaces));
    --left;
    MIBUN_TRY(const std::string_view identifier, typed(reader.read_text(), kMalformed, "element"));
    MIBUN_CHECK(check_name(identifier, "element"));
    MIBUN_TRY(const bool retain, typed(reader.read_bool(), kMalformed, "intentToRetain"));
    elements.push_back({std::string(identifier), retain});
  }
  if (elements.empty()) return fail(kMalformed, std::string(kNameSpaces), "a name space without elements");
  return elements;
}

Result<std::vector<RequestedNameSpace>> read_name_spaces(cbor::Reader& reader) {
  MIBUN_TRY(cbor::Items pairs, typed(reader.enter_map(), kMalformed, kNameSpaces));
  std::vector<RequestedNameSpace> name_spaces;
  std::size_t left = kRequestedElementsMax;
  while (reader.next(pairs)) {
    if (name_spaces.size() == kNameSpacesMax) return fail(ErrorCode::mdoc_request_too_large, std::string(kNameSpaces));
    MIBUN_TRY(const std::string_view name, typed(reader.read_text(), kMalformed, kNameSpaces));
    MIBUN_CHECK(check_name(name, kNameSpaces));
    RequestedNameSpace name_space{.name = std::string(name)};
    MIBUN_TRY(name_space.elements, read_elements(reader, left));
    name_spaces.push_back(std::move(name_space));
  }
  if (name_spaces.empty()) return fail(kMalformed, std::string(kNameSpaces), "no name spaces");
  return name_spaces;
}

Bytes encode(std::string_view doc_type, std::span<const RequestedNameSpace> name_spaces,
             const std::optional<Bytes>& request_info) {
  cbor::Writer writer;
  writer.map(request_info ? 3 : 2).text(kDocType).text(doc_type).text(kNameSpaces).map(name_spaces.size());
  for (const RequestedNameSpace& name_space : name_spaces) {
    writer.text(name_space.name).map(name_space.elements.size());
    for (const RequestedElement& element : name_space.elements) {
      writer.text(element.identifier).boolean(element.intent_to_retain);
    }
  }
  if (request_info) writer.text(kRequestInfo).raw(*request_info);
  cbor::Writer item;
  item.embedded(writer.view());
  return item.take();
}

}  // namespace

Result<ItemsRequest> ItemsRequest::make(std::string_view doc_type, std::span<const RequestedNameSpace> name_spaces,
                                        const std::optional<Bytes>& request_info) {
  // What we make goes through the door for what others made, so that both follow one set of rules.
  Result<ItemsRequest> request = parse(encode(doc_type, name_spaces, request_info));
  if (!request) {
    const bool twice = request.error().code == ErrorCode::cbor_duplicate_key;
    if (twice) return fail(kMalformed, std::string(kNameSpaces), "a name is there twice");
    return pass_error(request);
  }
  MIBUN_CHECK(check_age_requests(*request));
  return request;
}

Result<ItemsRequest> ItemsRequest::parse(BytesView item) {
  if (item.size() > kItemsRequestBytesMax) return fail(ErrorCode::mdoc_request_too_large);
  cbor::ChunkStore chunks;
  cbor::Reader outer(item, cbor::Form::well_formed, kLimits, &chunks);
  MIBUN_TRY(const cbor::Embedded embedded, typed(outer.read_embedded(), kMalformed, "itemsRequest"));
  MIBUN_CHECK(outer.finish());
  cbor::Reader reader(embedded.content, cbor::Form::well_formed, kLimits, &chunks);
  MIBUN_TRY(cbor::Items pairs, typed(reader.enter_map(), kMalformed, "itemsRequest"));
  ItemsRequest request;
  bool has_doc_type = false;
  while (reader.next(pairs)) {
    MIBUN_TRY(const std::string_view name, typed(reader.read_text(), kMalformed, "itemsRequest"));
    if (name == kDocType) {
      MIBUN_TRY(const std::string_view doc_type, typed(reader.read_text(), kMalformed, kDocType));
      MIBUN_CHECK(check_name(doc_type, kDocType));
      request.doc_type_ = doc_type;
      has_doc_type = true;
    } else if (name == kNameSpaces) {
      MIBUN_TRY(request.name_spaces_, read_name_spaces(reader));
    } else if (name == kRequestInfo) {
      if (!reader.next_is(cbor::Major::map)) return fail(kMalformed, std::string(kRequestInfo), "not a map");
      MIBUN_TRY(const BytesView info, reader.skip());
      request.request_info_ = to_bytes(info);
    } else {
      MIBUN_CHECK(reader.skip());
    }
  }
  MIBUN_CHECK(reader.finish());
  if (!has_doc_type || request.name_spaces_.empty()) {
    return fail(kMalformed, std::string(has_doc_type ? kNameSpaces : kDocType), "a member is missing");
  }
  request.item_ = to_bytes(item);
  return request;
}

Status check_age_requests(const ItemsRequest& request) {
  for (const RequestedNameSpace& name_space : request.name_spaces()) {
    if (!has_age_attestations(name_space.name)) continue;
    const auto is_age = [](const RequestedElement& e) { return AgeOver::parse(e.identifier).has_value(); };
    if (std::ranges::count_if(name_space.elements, is_age) > static_cast<std::ptrdiff_t>(kAgeRequestsMax)) {
      return fail(ErrorCode::mdoc_request_too_many_age_attestations, std::string(kNameSpaces),
                  "a reader asks for at most two age_over_NN");
    }
  }
  return {};
}

}  // namespace mibun::mdoc
