#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/mdoc/items_request.h"

namespace mibun::mdoc {

inline constexpr std::size_t kDeviceRequestBytesMax = std::size_t{256} * 1024;
inline constexpr std::size_t kDocRequestsMax = 16;

// What a reader asks of one document, with who it says it is. Nobody has looked at the signature yet: see
// core/mdoc/reader_auth.h for what to do with one.
class DocRequest {
 public:
  // `reader_auth`: from sign_reader_auth; none for a reader that does not authenticate.
  explicit DocRequest(ItemsRequest items, std::optional<Bytes> reader_auth = std::nullopt)
      : items_(std::move(items)), reader_auth_(std::move(reader_auth)) {}

  const ItemsRequest& unverified_items() const& { return items_; }
  ItemsRequest unverified_items() && { return std::move(items_); }
  const std::optional<Bytes>& reader_auth() const { return reader_auth_; }  // COSE_Sign1 as it arrived

 private:
  ItemsRequest items_;
  std::optional<Bytes> reader_auth_;
};

// ISO/IEC 18013-5, 8.3.2.1.2.1.
//   DeviceRequest = {"version": tstr, "docRequests": [+ {"itemsRequest": ItemsRequestBytes, ? "readerAuth":
//   COSE_Sign1}]}
// Members of edition 2 ("readerAuthAll", "deviceRequestInfo") and others we do not know are passed over: what they sign
// or add has no effect here.
class DeviceRequest {
 public:
  // Errors: mdoc_request_malformed (no documents), mdoc_request_too_large.
  static Result<DeviceRequest> make(std::vector<DocRequest> doc_requests);
  // `encoded`: one CBOR item and nothing after it. Errors: mdoc_request_malformed, mdoc_request_version_not_supported,
  // mdoc_request_too_large, those of ItemsRequest::parse and cbor::Reader.
  static Result<DeviceRequest> parse(BytesView encoded);

  const std::string& version() const { return version_; }
  const std::vector<DocRequest>& doc_requests() const& { return doc_requests_; }
  std::vector<DocRequest> doc_requests() && { return std::move(doc_requests_); }
  BytesView encoded() const { return encoded_; }

 private:
  DeviceRequest() = default;
  Bytes encoded_;
  std::string version_;
  std::vector<DocRequest> doc_requests_;
};

}  // namespace mibun::mdoc
