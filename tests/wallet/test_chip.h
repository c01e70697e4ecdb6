#pragma once

#include <map>
#include <string>

#include "core/codecs/tlv.h"
#include "core/emrtd/data_groups.h"
#include "core/emrtd/sod.h"
#include "tests/support/test_pki.h"

// The files of an invented passport's chip, as far as a wallet reads them.
namespace mibun::wallet {

using ChipFiles = std::map<std::string, Bytes>;

// EF.SOD over these files; nobody signs it, for nobody here looks.
inline Bytes sod_of(const std::map<int, Bytes>& data_groups) {
  emrtd::SecurityObject object{0, emrtd::DigestAlgorithm::sha256, {}};
  for (const auto& [number, file] : data_groups) object.digests[number] = emrtd::digest(object.algorithm, file);
  const Bytes oid = tlv::write(0x06, Bytes{0x2A, 0x03});
  const Bytes content =
      tlv::write(0x30, tlv::concat({oid, tlv::write(0xA0, tlv::write(0x04, emrtd::write_security_object(object)))}));
  const Bytes signed_data =
      tlv::write(0x30, tlv::concat({tlv::write(0x02, Bytes{3}), tlv::write(0x31, {}), content, tlv::write(0x31, {})}));
  return emrtd::write_ef_sod(tlv::write(0x30, tlv::concat({oid, tlv::write(0xA0, signed_data)})));
}

inline Bytes dg1(CalendarDate expiry = {2030, 1, 2}) {
  const emrtd::Mrz mrz{.document_code = "P",
                       .issuing_state = "JPN",
                       .family_name = "MIHON",
                       .given_name = "HANAKO",
                       .document_number = "TK1234567",
                       .nationality = "JPN",
                       .birthdate = {1990, 4, 15},
                       .sex = emrtd::Sex::female,
                       .expiry = expiry};
  return emrtd::write_dg1(must(emrtd::write_td3(mrz)));
}

inline ChipFiles chip_files(const Bytes& first = dg1()) {
  const Bytes portrait = emrtd::write_dg2({.image = {0xFF, 0xD8, 0xFF, 0xD9}});
  return {{"EF.SOD", sod_of({{1, first}, {2, portrait}})}, {"EF.DG1", first}, {"EF.DG2", portrait}};
}

}  // namespace mibun::wallet
