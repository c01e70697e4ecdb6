#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/codecs/cbor.h"
#include "core/cose/mac0.h"
#include "core/cose/sign1.h"
#include "core/mdoc/encoded.h"
#include "core/mdoc/issuer_signed.h"

// What a wallet answers: ISO/IEC 18013-5, 8.3.2.1.2.2. Only the grammar is checked here; views into the bytes parsed.
namespace mibun::mdoc {

struct DeviceElement {
  std::string_view identifier;
  BytesView value;  // one CBOR item
};
struct DeviceNameSpace {
  std::string_view name;
  std::vector<DeviceElement> elements;
};

//   DeviceSigned = {"nameSpaces": #6.24(bstr .cbor {* tstr => {+ tstr => any}}),
//                   "deviceAuth": {"deviceSignature": COSE_Sign1 // "deviceMac": COSE_Mac0}}
struct DeviceSigned {
  BytesView name_spaces_bytes;  // DeviceNameSpacesBytes, tag and all, as they arrived: the device signed over them
  std::vector<DeviceNameSpace> name_spaces;
  std::variant<cose::Sign1, cose::Mac0> auth;  // deviceSignature or deviceMac
  std::vector<std::string_view> unknown_members;
};

// Why an element was asked for and not returned. 0: no reason given.
struct ElementError {
  std::string_view name_space, identifier;
  std::int64_t code = 0;
};
struct DocumentError {
  std::string_view doc_type;
  std::int64_t code = 0;
};

//   Document = {"docType": tstr, "issuerSigned": IssuerSigned, "deviceSigned": DeviceSigned,
//               ? "errors": {+ tstr => {+ tstr => int}}}
struct Document {
  std::string_view doc_type;
  IssuerSigned issuer_signed;
  DeviceSigned device_signed;
  std::vector<ElementError> errors;
  std::vector<std::string_view> unknown_members;
};

//   DeviceResponse = {"version": "1.0", ? "documents": [+ Document], ? "documentErrors": [+ {tstr => int}],
//                     "status": uint}
struct DeviceResponse {
  std::vector<Document> documents;
  std::vector<DocumentError> document_errors;
  std::uint64_t status = 0;  // 0: OK; 10 general error, 11 decoding error, 12 validation error
  std::vector<std::string_view> unknown_members;

  // `item`: DeviceResponse, nothing after it.
  // Errors: those of IssuerSigned::read, mdoc_version_not_supported, mdoc_device_auth_malformed (neither or both of
  //   signature and MAC).
  static Result<DeviceResponse> parse(BytesView item, cbor::ChunkStore& chunks);
};

}  // namespace mibun::mdoc
