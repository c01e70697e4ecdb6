#pragma once

#include <map>

#include "core/base/bytes.h"
#include "core/base/result.h"

// EF.SOD: 77 { CMS signed data over an LDSSecurityObject }, ICAO Doc 9303-10, section 4.6.2, and -12.
namespace mibun::emrtd {

inline constexpr const char* kSecurityObjectOid = "2.23.136.1.1.1";

enum class DigestAlgorithm { sha256, sha384, sha512 };

Bytes digest(DigestAlgorithm algorithm, BytesView data);

//   LDSSecurityObject ::= SEQUENCE { version INTEGER, hashAlgorithm AlgorithmIdentifier,
//     dataGroupHashValues SEQUENCE OF SEQUENCE { dataGroupNumber INTEGER (1..16), dataGroupHashValue OCTET STRING },
//     ldsVersionInfo SEQUENCE { PrintableString, PrintableString } OPTIONAL }  -- with version 1
struct SecurityObject {
  int version = 0;
  DigestAlgorithm algorithm = DigestAlgorithm::sha256;
  std::map<int, Bytes> digests;  // by data group number; 1 and 2 are always there
};

// Errors: emrtd_sod_malformed (also: no digest of DG1 or DG2), emrtd_duplicate_data_group, digest_not_allowed (weaker
// than SHA-256).
Result<SecurityObject> parse_security_object(BytesView der);
Bytes write_security_object(const SecurityObject& object);

// The CMS inside the file. Errors: emrtd_sod_malformed, emrtd_file_too_large.
Result<BytesView> parse_ef_sod(BytesView file);
Bytes write_ef_sod(BytesView cms);

// What stands in the file, whoever signed it, if anybody: to tell a person that a file was damaged before it is handed
// in, and never a reason to believe one. authenticate_passively verifies.
// Errors: those of parse_ef_sod and parse_security_object.
Result<SecurityObject> read_unverified_security_object(BytesView ef_sod);

}  // namespace mibun::emrtd
