#include "core/crypto/to_be_certified.h"

#include <algorithm>
#include <array>

#include "core/codecs/tlv.h"
#include "core/crypto/certificate_parts.h"
#include "core/crypto/crl.h"
#include "core/crypto/der.h"

namespace mibun::crypto {
namespace {

// ecdsa-with-SHA256 and a signature of the right shape, which nobody verifies: what is asked for has none yet, and the
// parsers want a whole object.
constexpr std::array<std::uint8_t, 23> kAlgorithmAndShape{0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
                                                          0x3d, 0x04, 0x03, 0x02, 0x03, 0x09, 0x00, 0x30,
                                                          0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01};

Bytes whole(BytesView to_be_signed) {
  return tlv::write(der::kSequence, tlv::concat({to_be_signed, kAlgorithmAndShape}));
}

bool is_for(const Certificate::Parts& leaf, CertificatePurpose purpose) {
  const Bytes wanted = object_identifier(extended_key_usage_oid(purpose));
  return leaf.extended_key_usages.size() == 1 && leaf.extended_key_usages.front() == wanted;
}

bool is_leaf_for_one_of(const Certificate::Parts& leaf, std::span<const CertificatePurpose> purposes) {
  return !leaf.is_ca_flagged() && leaf.key_usage == kDigitalSignatureBit &&
         std::ranges::any_of(purposes, [&](CertificatePurpose purpose) { return is_for(leaf, purpose); });
}

}  // namespace

Status check_to_be_certified(BytesView to_be_signed, std::span<const PublicKey> own,
                             std::span<const CertificatePurpose> purposes) {
  const Bytes object = whole(to_be_signed);
  if (const auto certificate = Certificate::parse(object)) {
    const bool is_itself =
        certificate->is_self_issued() && std::ranges::find(own, certificate->public_key()) != own.end();
    if (is_itself || is_leaf_for_one_of(certificate->parts(), purposes)) return {};
    return fail(ErrorCode::certificate_wrong_purpose, "certificate", "not what this authority is there for");
  }
  if (Crl::parse(object)) return {};
  return fail(ErrorCode::certificate_wrong_purpose, "to_be_signed", "neither a certificate nor a revocation list");
}

}  // namespace mibun::crypto
