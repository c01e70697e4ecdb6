#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/crypto/p256.h"
#include "core/emrtd/mrz.h"

// The elementary files of the logical data structure: ICAO Doc 9303-10. Each `file` is the whole file as read from the
// chip, with its outer tag and nothing after it.
namespace mibun::emrtd {

inline constexpr std::size_t kFileBytesMax = 256 * 1024;

// EF.DG1: 61 { 5F1F: the MRZ }. Errors: emrtd_file_malformed, emrtd_file_too_large, emrtd_mrz_malformed,
// emrtd_mrz_check_digit.
Result<Mrz> parse_dg1(BytesView file, const CalendarDate& today);
Bytes write_dg1(std::string_view mrz);

enum class PortraitFormat { jpeg, jpeg2000 };

struct Portrait {
  PortraitFormat format = PortraitFormat::jpeg;
  Bytes image;  // begins with the format's magic; not decoded here (that belongs in a sandbox)
  std::string_view media_type() const;
};

// EF.DG2: the first face of the first template, ISO/IEC 19794-5:2005:
//   75 { 7F61 { 02: count, 7F60 { A1: header, 5F2E or 7F2E: "FAC" record } ... } }
// Errors: emrtd_file_malformed, emrtd_file_too_large.
Result<Portrait> parse_dg2(BytesView file);
Bytes write_dg2(const Portrait& portrait);

// How a chip's active authentication key signs: DG14's ActiveAuthenticationInfo (9303-11, section 9.2.4).
enum class ActiveAuthenticationAlgorithm { ecdsa_sha256, ecdsa_sha384, ecdsa_sha512, other };

struct SecurityInfos {
  std::optional<ActiveAuthenticationAlgorithm> active_authentication;
  bool offers_chip_authentication = false;  // noted; not performed here
};

// EF.DG14: 6E { SET OF SecurityInfo }; unknown entries are skipped, a second ActiveAuthenticationInfo is refused.
// Errors: emrtd_file_malformed, emrtd_file_too_large.
Result<SecurityInfos> parse_dg14(BytesView file);
Bytes write_dg14();  // active authentication with ecdsa-plain-SHA256

// EF.DG15: 6F { SubjectPublicKeyInfo }; returns the key's DER, whose kind active authentication judges.
// Errors: emrtd_file_malformed, emrtd_file_too_large.
Result<Bytes> parse_dg15(BytesView file);
Bytes write_dg15(const crypto::P256PublicKey& key);

// The only object of a file, which must have `tag`. Errors: emrtd_file_malformed, emrtd_file_too_large.
Result<BytesView> file_value(BytesView file, std::uint32_t tag, const char* where);

}  // namespace mibun::emrtd
