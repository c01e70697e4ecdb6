#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/codecs/cbor.h"
#include "core/cose/sign1.h"
#include "core/mdoc/encoded.h"
#include "core/mdoc/mso.h"

namespace mibun::mdoc {

// One data element that the holder may reveal or keep: ISO/IEC 18013-5, 8.3.2.1.2.2. Views into the bytes parsed.
//   IssuerSignedItemBytes = #6.24(bstr .cbor {"digestID": uint, "random": bstr, "elementIdentifier": tstr,
//                                             "elementValue": any})
struct IssuerSignedItem {
  BytesView bytes;  // IssuerSignedItemBytes, tag and all, as they arrived: what the digest covers
  std::uint32_t digest_id = 0;
  BytesView random;
  std::string_view identifier;
  BytesView value;  // one CBOR item
};

struct IssuerNameSpace {
  std::string_view name;
  std::vector<IssuerSignedItem> items;
};

// What an issuer hands to a wallet, and what a wallet shows parts of. Only the grammar has been checked.
//   IssuerSigned = {? "nameSpaces": {+ tstr => [+ IssuerSignedItemBytes]}, "issuerAuth": COSE_Sign1}
//   the payload of issuerAuth: MobileSecurityObjectBytes = #6.24(bstr .cbor MobileSecurityObject)
struct IssuerSigned {
  std::vector<IssuerNameSpace> name_spaces;
  cose::Sign1 issuer_auth;
  BytesView issuer_auth_bytes;  // as they arrived
  Mso mso;
  std::vector<std::string_view> unknown_members;

  // Null when it is not there.
  const IssuerSignedItem* find(std::string_view name_space, std::string_view identifier) const;

  // `item`: IssuerSigned, nothing after it.
  // Errors: those of read.
  static Result<IssuerSigned> parse(BytesView item, cbor::ChunkStore& chunks);
  // The next item of `reader`, a part of a DeviceResponse.
  // Errors: cbor_*, cose_*, those of Mso::parse, mdoc_missing_member, mdoc_malformed, mdoc_too_large,
  //   mdoc_duplicate_element, mdoc_duplicate_digest_id, mdoc_digest_id_out_of_range, mdoc_random_too_short,
  //   mdoc_issuer_auth_malformed (no payload, or not in tag 24).
  static Result<IssuerSigned> read(cbor::Reader& reader, cbor::ChunkStore& chunks);
};

// Errors: those of IssuerSigned::read for one item.
Result<IssuerSignedItem> read_issuer_signed_item(cbor::Reader& reader, cbor::ChunkStore& chunks);

}  // namespace mibun::mdoc
