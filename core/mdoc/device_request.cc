#include "core/mdoc/device_request.h"

#include "core/codecs/cbor.h"
#include "core/mdoc/cbor_members.h"
#include "core/mdoc/structure_version.h"

namespace mibun::mdoc {
namespace {

constexpr ErrorCode kMalformed = ErrorCode::mdoc_request_malformed;
constexpr std::string_view kVersion = "version", kDocRequests = "docRequests", kItemsRequest = "itemsRequest",
                           kReaderAuth = "readerAuth";
constexpr cbor::Limits kLimits{.depth_max = 16, .items_max = 4096, .bytes_max = kDeviceRequestBytesMax};

Result<DocRequest> read_doc_request(cbor::Reader& reader) {
  MIBUN_TRY(cbor::Items pairs, typed(reader.enter_map(), kMalformed, kDocRequests));
  std::optional<ItemsRequest> items;
  std::optional<Bytes> reader_auth;
  while (reader.next(pairs)) {
    MIBUN_TRY(const std::string_view name, typed(reader.read_text(), kMalformed, kDocRequests));
    MIBUN_TRY(const BytesView value, reader.skip());
    if (name == kItemsRequest) {
      MIBUN_TRY(items, ItemsRequest::parse(value));
    } else if (name == kReaderAuth) {
      reader_auth = to_bytes(value);
    }
  }
  if (!items) return fail(kMalformed, std::string(kItemsRequest), "a member is missing");
  return DocRequest(std::move(*items), std::move(reader_auth));
}

Result<std::vector<DocRequest>> read_doc_requests(cbor::Reader& reader) {
  MIBUN_TRY(cbor::Items elements, typed(reader.enter_array(), kMalformed, kDocRequests));
  std::vector<DocRequest> requests;
  while (reader.next(elements)) {
    if (requests.size() == kDocRequestsMax) return fail(ErrorCode::mdoc_request_too_large, std::string(kDocRequests));
    MIBUN_TRY(DocRequest request, read_doc_request(reader));
    requests.push_back(std::move(request));
  }
  if (requests.empty()) return fail(kMalformed, std::string(kDocRequests), "no documents are asked for");
  return requests;
}

}  // namespace

Result<DeviceRequest> DeviceRequest::make(std::vector<DocRequest> doc_requests) {
  if (doc_requests.empty()) return fail(kMalformed, std::string(kDocRequests), "no documents are asked for");
  if (doc_requests.size() > kDocRequestsMax) return fail(ErrorCode::mdoc_request_too_large, std::string(kDocRequests));
  cbor::Writer writer;
  writer.map(2).text(kVersion).text("1.0").text(kDocRequests).array(doc_requests.size());
  for (const DocRequest& request : doc_requests) {
    writer.map(request.reader_auth() ? 2 : 1).text(kItemsRequest).raw(request.unverified_items().item());
    if (request.reader_auth()) writer.text(kReaderAuth).raw(*request.reader_auth());
  }
  if (writer.view().size() > kDeviceRequestBytesMax) return fail(ErrorCode::mdoc_request_too_large);
  DeviceRequest made;
  made.encoded_ = writer.take();
  made.version_ = "1.0";
  made.doc_requests_ = std::move(doc_requests);
  return made;
}

Result<DeviceRequest> DeviceRequest::parse(BytesView encoded) {
  if (encoded.size() > kDeviceRequestBytesMax) return fail(ErrorCode::mdoc_request_too_large);
  cbor::ChunkStore chunks;
  cbor::Reader reader(encoded, cbor::Form::well_formed, kLimits, &chunks);
  MIBUN_TRY(cbor::Items pairs, typed(reader.enter_map(), kMalformed, ""));
  DeviceRequest request;
  while (reader.next(pairs)) {
    MIBUN_TRY(const std::string_view name, typed(reader.read_text(), kMalformed, "member"));
    if (name == kVersion) {
      MIBUN_TRY(const std::string_view version, typed(reader.read_text(), kMalformed, kVersion));
      MIBUN_CHECK(check_structure_version(version, ErrorCode::mdoc_request_version_not_supported));
      request.version_ = version;
    } else if (name == kDocRequests) {
      MIBUN_TRY(request.doc_requests_, read_doc_requests(reader));
    } else {
      MIBUN_CHECK(reader.skip());
    }
  }
  MIBUN_CHECK(reader.finish());
  if (request.version_.empty() || request.doc_requests_.empty()) {
    return fail(kMalformed, std::string(request.version_.empty() ? kVersion : kDocRequests), "a member is missing");
  }
  request.encoded_ = to_bytes(encoded);
  return request;
}

}  // namespace mibun::mdoc
