#include "tests/core/crypto/web_readers.h"

using namespace web_readers;

TEST_CASE("both readers see the same fields") {
  const TestAuthority authority("root");
  struct Row {
    std::size_t field;
    std::string_view value;
    bool accepted;
  };
  const Row rows[] = {
      {kVersion, "a003020102", true},
      {kVersion, "a003020103", false},
      {kVersion, "a003040102", false},
      {kVersion, "a00402020002", false},
      {kVersion, "a006020102020102", false},
      {kSubject, "3000", true},
      {kSubject, "30023100", true},
      {kSubject, "300a3100310630040601550500", false},
      {kSubject, "300d310b3009060355040a13024142", true},
      {kSubject, "300f310d300b060355040a130241420500", false},
      {kSubject, "3009310730050603550403", false},
      {kSubject, "300d310b30090603550403040 24142", false},  // an octet string
      {kSubject, "300d310b3009060355040a15 024142", false},  // a VideotexString
      {kSubject, "300d310b3009060355040302 024142", false},
      {kSubject, "300d310b30090603550403820 24142", false},
      {kSubject, "300d310b3009060355040303020041", false},  // of a type that has no text
      {kSubject, "300d310b3009060355040d03020041", true},   // shown in hex
      {kSubject, "300d310b3009060355040d30020500", true},
      {kSubject, "300d310b3009060355040c0c02c3a9", true},
      {kSubject, "300d310b300906035504030c02c328", false},
      {kSubject, "300d310b3009060355040314 02e9e8", true},  // T61String: Latin-1
      {kSubject, "300d310b300906035504031e02004 1", true},
      {kSubject, "300c310a300806035504031e0141", false},
      {kSubject, "300d310b300906035504031e02d800", false},  // half a pair
      {kSubject, "300f310d300b06035504031c0400010348", true},
      {kSubject, "300f310d300b06035504031c0400110000", false},
      {kSubject, "300d310b300906035504031c024142", false},
      {kSubject, "300d310b3009060355040313020a41", false},  // a control character
      {kSubject, "300c310a3008060355040313017f", false},
      {kSubject, "301631143008060355040313014230080603550403130141", true},
      {kSubject, "300d310b300906032a0304130241 42", true},  // an unknown type
      {kSubject, "301131 0f300d06072a8380808080011302 4142", true},
      {kSubject, "300c310a30080602 88371302 4142", true},
      {kAlgorithm, "300a06082a8648ce3d040302", true},
      {kAlgorithm, "300c06082a8648ce3d0403020500", true},
      {kAlgorithm, "300d06082a8648ce3d0403021e0141", false},
      {kAlgorithm, "300e06082a8648ce3d04030205000500", false},
      {kAlgorithm, "300506032b6570", true},
      {kAlgorithm, "3007060 32b65700500", true},
      {kAlgorithm, "300d06092a864886f70d01010a3000", true},
      {kAlgorithm, "300d06092a864886f70d01010b0500", true},
      {kAlgorithm, "300406022a03", true},
      {kAlgorithm, "3002 0500", false},
      // RSASSA-PSS: SHA-256 and MGF1 with SHA-256, 32 octets; then each of them changed.
      {kAlgorithm,
       "303d06092a864886f70d01010a3030a00d300b0609608648016503040201a11a301806092a864886f70d010108300b06096086480165030"
       "4"
       "0201a203020120",
       true},
      {kAlgorithm,
       "303d06092a864886f70d01010a3030a00d300b0609608648016503040202a11a301806092a864886f70d010108300b06096086480165030"
       "4"
       "0201a203020120",
       true},
      {kAlgorithm,
       "303d06092a864886f70d01010a3030a00d300b060960864801650304027fa11a301806092a864886f70d010108300b06096086480165030"
       "4"
       "0201a203020120",
       true},
      {kAlgorithm,
       "303d06092a864886f70d01010a3030a00d300b0609608648016503040201a11a301806092a864886f70d010109300b06096086480165030"
       "4"
       "0201a203020120",
       true},
      {kAlgorithm,
       "303d06092a864886f70d01010a3030a00d300b0609608648016503040201a11a301806092a864886f70d010108300b06096086480165 "
       "0304"
       "0201a2030201ff",
       true},
      {kAlgorithm,
       "303d06092a864886f70d01010a3030a00d300b0609608648016503040201a11a301806092a864886f70d010108300b06096086480165030"
       "4"
       "0201a303020102",
       true},
      {kAlgorithm, "301e06092a864886f70d01010a3011a00d300b0609608648016503040201a1003000", false},
      {kAlgorithm, "301c06092a864886f70d01010a300fa00d300b0609608648016503040201", true},
  };
  for (const Row& row : rows) {
    Pieces pieces(authority.root.der());
    pieces.tbs[row.field] = bytes_of(row.value);
    if (row.field == kAlgorithm) pieces.outer[1] = pieces.tbs[kAlgorithm];
    check_alike(std::to_string(row.field) + " " + std::string(row.value), pieces.der(), row.accepted);
  }
  for (const auto& [id, accepted] : std::map<std::string, bool>{
           {"810100", true}, {"8102070f", true}, {"8100", false}, {"820108", false}, {"8202ffff", false}}) {
    Pieces pieces(authority.root.der());
    pieces.tbs.insert(pieces.tbs.begin() + kExtensions, bytes_of(id));
    check_alike("unique identifier " + id, pieces.der(), accepted);
  }
  Pieces long_serial(authority.root.der());
  long_serial.tbs[1] = tlv::write(der::kInteger, Bytes(21, 0x41));
  check_alike("21 octets of serial number", long_serial.der(), false);
}
