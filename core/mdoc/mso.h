#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/codecs/cbor.h"
#include "core/crypto/public_key.h"

namespace mibun::mdoc {

enum class DigestAlgorithm : std::uint8_t { sha256, sha384, sha512 };
std::string_view to_string(DigestAlgorithm algorithm);  // "SHA-256": ISO/IEC 18013-5, table 21
std::size_t digest_size(DigestAlgorithm algorithm);     // in bytes

struct ValueDigest {
  std::uint32_t id = 0;
  BytesView digest;
};

struct NameSpaceDigests {
  std::string_view name;
  std::vector<ValueDigest> digests;  // ascending ids
  // Null when there is none.
  const ValueDigest* find(std::uint32_t id) const;
};

// What the device may say on its own, in deviceSigned.
//   KeyAuthorizations = {? "nameSpaces": [+ tstr], ? "dataElements": {+ tstr => [+ tstr]}}
struct KeyAuthorizations {
  struct Elements {
    std::string_view name_space;
    std::vector<std::string_view> identifiers;
  };
  std::vector<std::string_view> name_spaces;  // whole ones
  std::vector<Elements> elements;
  bool allows(std::string_view name_space, std::string_view identifier) const;
};

struct ValidityInfo {
  Instant signed_at, valid_from, valid_until;
  std::optional<Instant> expected_update;
};

// Where the issuer says whether this mdoc still counts (edition 2 of ISO/IEC 18013-5, 12.3.6). Not resolved here.
//   Status = {? "status_list": {"idx": uint, "uri": tstr, ? "certificate": bstr},
//             ? "identifier_list": {"id": bstr, "uri": tstr, ? "certificate": bstr}}
struct StatusListEntry {
  std::uint64_t index = 0;
  std::string_view uri;
  std::optional<BytesView> certificate;
};
struct IdentifierListEntry {
  BytesView id;
  std::string_view uri;
  std::optional<BytesView> certificate;
};
// At least one of the two is there: a status that nobody here could resolve does not parse.
struct MsoStatus {
  std::optional<StatusListEntry> status_list;
  std::optional<IdentifierListEntry> identifier_list;
};

// The mobile security object (ISO/IEC 18013-5, 9.1.2.4): what the issuer signed. Views into the bytes parsed.
//   MobileSecurityObject = {"version": "1.0", "digestAlgorithm": tstr, "valueDigests": {+ tstr => {+ uint => bstr}},
//     "deviceKeyInfo": {"deviceKey": COSE_Key, ? "keyAuthorizations": KeyAuthorizations, ? "keyInfo": {* int => any}},
//     "docType": tstr, "validityInfo": {"signed": tdate, "validFrom": tdate, "validUntil": tdate,
//     ? "expectedUpdate": tdate}, ? "status": Status}
struct Mso {
  DigestAlgorithm digest_algorithm;
  std::vector<NameSpaceDigests> value_digests;
  crypto::PublicKey device_key;
  KeyAuthorizations key_authorizations;
  std::optional<BytesView> key_info;  // as it arrived
  std::string_view doc_type;
  ValidityInfo validity;
  std::optional<MsoStatus> status;
  std::vector<std::string_view> unknown_members;  // at any level; not understood, and ignored as the standard says

  const NameSpaceDigests* find(std::string_view name_space) const;

  // `item`: MobileSecurityObject without tag 24, nothing after it.
  // Errors: cbor_* (grammar, a member of another type), mdoc_missing_member, mdoc_malformed, mdoc_too_large,
  //   mdoc_mso_version_not_supported, mdoc_digest_algorithm_not_allowed (none of the three), mdoc_digest_malformed (a
  //   size that is not the algorithm's), mdoc_digest_id_out_of_range, mdoc_validity_malformed (no tdate),
  //   mdoc_validity_inconsistent, mdoc_device_key_malformed, mdoc_key_authorizations_malformed, mdoc_status_malformed.
  static Result<Mso> parse(BytesView item, cbor::ChunkStore& chunks);
};

}  // namespace mibun::mdoc
