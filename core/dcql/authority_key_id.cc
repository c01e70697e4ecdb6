#include "core/dcql/authority_key_id.h"

#include <algorithm>
#include <array>

#include "core/codecs/base64url.h"
#include "core/codecs/tlv.h"

namespace mibun::dcql {
namespace {

constexpr std::uint32_t kSequence = 0x30, kOid = 0x06, kOctetString = 0x04;
constexpr std::uint32_t kExtensions = 0xA3, kKeyIdentifier = 0x80;
constexpr std::array<std::uint8_t, 3> kAuthorityKeyIdentifier = {0x55, 0x1D, 0x23};  // 2.5.29.35

// Certificate ::= SEQUENCE { TBSCertificate ::= SEQUENCE { ..., [3] { SEQUENCE OF Extension } }, ... }
Result<std::vector<tlv::Node>> extensions_of(BytesView certificate) {
  MIBUN_TRY(const tlv::Node outer, tlv::read_whole(certificate));
  MIBUN_TRY(const BytesView to_be_signed, tlv::find(outer.value, kSequence));
  MIBUN_TRY(const BytesView wrapped, tlv::find(to_be_signed, kExtensions));
  MIBUN_TRY(const BytesView list, tlv::find(wrapped, kSequence));
  return tlv::read_all(list);
}

// Extension ::= SEQUENCE { OID, BOOLEAN OPTIONAL, OCTET STRING { SEQUENCE { [0] KeyIdentifier OPTIONAL, ... } } }
Result<std::string> key_identifier_in(BytesView extension) {
  MIBUN_TRY(const BytesView oid, tlv::find(extension, kOid));
  if (!std::ranges::equal(oid, kAuthorityKeyIdentifier)) return fail(ErrorCode::not_found);
  MIBUN_TRY(const BytesView octets, tlv::find(extension, kOctetString));
  MIBUN_TRY(const BytesView sequence, tlv::find(octets, kSequence));
  MIBUN_TRY(const BytesView identifier, tlv::find(sequence, kKeyIdentifier));
  return base64url::encode(identifier);
}

}  // namespace

std::vector<std::string> authority_key_ids(std::span<const Bytes> chain) {
  std::vector<std::string> result;
  for (const Bytes& certificate : chain) {
    const auto extensions = extensions_of(certificate);
    if (!extensions) continue;
    for (const tlv::Node& extension : *extensions) {
      if (auto identifier = key_identifier_in(extension.value)) result.push_back(std::move(*identifier));
    }
  }
  return result;
}

}  // namespace mibun::dcql
