#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/mdoc/limits.h"

namespace mibun::mdoc {

inline constexpr std::size_t kItemsRequestBytesMax = std::size_t{64} * 1024;
inline constexpr std::size_t kRequestedElementsMax = 256;  // of one document, over its name spaces

struct RequestedElement {
  std::string identifier;
  bool intent_to_retain = false;  // whether the verifier will keep the value: shown to the holder
  friend bool operator==(const RequestedElement&, const RequestedElement&) = default;
};

struct RequestedNameSpace {
  std::string name;
  std::vector<RequestedElement> elements;
  friend bool operator==(const RequestedNameSpace&, const RequestedNameSpace&) = default;
};

// What a reader asks of one document: ISO/IEC 18013-5, 8.3.2.1.2.1.
//   ItemsRequestBytes = #6.24(bstr .cbor {"docType": tstr,
//                                         "nameSpaces": {+ tstr => {+ tstr => bool}},
//                                         ? "requestInfo": {* tstr => any}})
class ItemsRequest {
 public:
  // Name spaces and elements are written in the order given. Errors: mdoc_request_malformed (nothing asked, a name that
  // is empty, too long or there twice), mdoc_request_too_large, mdoc_request_too_many_age_attestations.
  // `request_info`: one CBOR map; none: left out.
  static Result<ItemsRequest> make(std::string_view doc_type, std::span<const RequestedNameSpace> name_spaces,
                                   const std::optional<Bytes>& request_info = std::nullopt);
  // `item`: one tag 24 item and nothing after it; copied. Members we do not know are passed over.
  // Errors: mdoc_request_malformed, mdoc_request_too_large, those of cbor::Reader.
  static Result<ItemsRequest> parse(BytesView item);

  const std::string& doc_type() const { return doc_type_; }
  const std::vector<RequestedNameSpace>& name_spaces() const { return name_spaces_; }
  const std::optional<Bytes>& request_info() const { return request_info_; }  // one CBOR map, in no way checked
  BytesView item() const { return item_; }  // with tag 24, as it arrived: what reader authentication signs

 private:
  ItemsRequest() = default;
  Bytes item_;
  std::string doc_type_;
  std::vector<RequestedNameSpace> name_spaces_;
  std::optional<Bytes> request_info_;
};

// Errors: mdoc_request_too_many_age_attestations, when a name space with age attestations is asked for more than two.
Status check_age_requests(const ItemsRequest& request);

}  // namespace mibun::mdoc
