#include "tests/core/crypto/openssl_certificates.h"
#include "tests/core/crypto/web_readers.h"

using namespace web_readers;

namespace {

// The certificate with another key in the place of its own.
Bytes with_key(BytesView certificate, const Bytes& spki) {
  Pieces pieces(certificate);
  pieces.tbs[kKey] = spki;
  return pieces.der();
}

Bytes spki_of(const std::string& algorithm_hex, const Bytes& key) {
  Bytes bits = {0};
  bits.insert(bits.end(), key.begin(), key.end());
  return tlv::write(der::kSequence, tlv::concat({bytes_of(algorithm_hex), tlv::write(der::kBitString, bits)}));
}

}  // namespace

TEST_CASE("both readers take the same points on a curve") {
  const OpensslCertificates openssl;
  for (const char* curve : {"prime256v1", "secp384r1", "secp521r1", "brainpoolP256r1", "brainpoolP320r1",
                            "brainpoolP384r1", "brainpoolP512r1"}) {
    INFO(std::string(curve));
    const Bytes der = openssl.on_curve(curve);
    check_alike("uncompressed", der, true);
    const Bytes spki = Pieces(der).tbs[kKey];
    const Parts fields = parts_of(inside(spki));
    const Bytes point = to_bytes(inside(fields[1]).subspan(1));
    const auto with_point = [&](const Bytes& other) { return with_key(der, spki_of(hex::encode(fields[0]), other)); };
    const std::size_t half = (point.size() - 1) / 2;
    const auto odd = static_cast<std::uint8_t>(point.back() & 1);
    Bytes hybrid = point, other_sign = point;
    hybrid[0] = 6 + odd;
    other_sign[0] = 7 - odd;
    check_alike("hybrid", with_point(hybrid), true);
    check_alike("hybrid with the other sign", with_point(other_sign), false);
    Tally tally;
    for (std::uint8_t i = 0; i < 4; ++i) {  // about half of them are the x of a point
      Bytes compressed(point.begin(), point.begin() + 1 + static_cast<std::ptrdiff_t>(half));
      compressed[0] = 2 + odd;
      compressed.back() ^= i;
      tally.add("compressed", with_point(compressed));
    }
    CHECK(tally.accepted() > 0);
    Bytes beyond(point.size(), 0xff), longer = point, off = point;
    beyond[0] = 4;
    longer.push_back(0);
    off.back() ^= 1;
    check_alike("not below p", with_point(beyond), false);
    check_alike("too long", with_point(longer), false);
    check_alike("off the curve", with_point(off), false);
    check_alike("no point", with_point({}), false);
    check_alike("the point at infinity", with_point({0}), false);
  }
}

TEST_CASE("both readers take the same keys of other kinds") {
  const OpensslCertificates openssl;
  const std::string rsa_size = "rsa_keygen_bits:1024";
  const Bytes rsa = openssl.make({"-newkey", "rsa", "-pkeyopt", rsa_size});
  const Bytes pss = openssl.make({"-newkey", "rsa-pss", "-pkeyopt", rsa_size, "-sigopt", "rsa_pss_saltlen:32"});
  const Bytes bound = openssl.make({"-newkey", "rsa-pss", "-pkeyopt", rsa_size, "-pkeyopt", "rsa_pss_keygen_md:sha384",
                                    "-pkeyopt", "rsa_pss_keygen_mgf1_md:sha384", "-sha384"});
  check_alike("RSA", rsa, true);
  check_alike("RSA-PSS", pss, true);
  check_alike("RSA-PSS with parameters", bound, true);
  check_alike("Ed25519", openssl.make({"-newkey", "ed25519"}), true);
  check_alike("Ed448", openssl.make({"-newkey", "ed448"}), true);
  const std::string rsa_algorithm = "300d06092a864886f70d0101010500", pss_algorithm = "300b06092a864886f70d01010a";
  struct Row {
    std::string why, algorithm, key;
    bool accepted;
  };
  const Row rows[] = {
      {"small numbers", rsa_algorithm, "3006020103020103", true},
      {"without NULL", "300b06092a864886f70d010101", "3006020103020103", true},
      {"zero", rsa_algorithm, "3006020100020103", true},
      {"a negative modulus", rsa_algorithm, "3006020183020103", false},
      {"a negative exponent", rsa_algorithm, "3006020103020183", false},
      {"a long length", rsa_algorithm, "30810602010302 0103", false},
      {"a number behind", rsa_algorithm, "3009020103020103020103", false},
      {"something behind", rsa_algorithm, "30060201030201030500", false},
      {"one number", rsa_algorithm, "3003020103", false},
      {"no sequence", rsa_algorithm, "020103", false},
      {"PSS", pss_algorithm, "3006020103020103", true},
      {"PSS with NULL", "300d06092a864886f70d01010a0500", "3006020103020103", false},
      {"PSS with the defaults", "300d06092a864886f70d01010a3000", "3006020103020103", true},
      {"Ed25519", "300506032b6570", std::string(64, '1'), true},
      {"Ed25519, 31 bytes", "300506032b6570", std::string(62, '1'), false},
      {"Ed25519 with NULL", "300706032b65700500", std::string(64, '1'), false},
      {"X25519", "300506032b656e", std::string(64, '1'), true},
      {"X448", "300506032b656f", std::string(112, '1'), true},
      {"Ed448, 56 bytes", "300506032b6571", std::string(112, '1'), false},
      {"an unknown kind", "300406022a03", std::string(64, '1'), false},
      {"EC without a curve", "300906072a8648ce3d0201", "04", false},
      {"parameters that are no value", "300e06092a864886f70d0101011e0141", "3006020103020103", false},
      {"parameters that are no time", "300d06092a864886f70d0101011800", "3006020103020103", true},
      {"two parameters", "300f06092a864886f70d01010105000500", "3006020103020103", false},
      {"DSA without numbers", "300906072a8648ce380401", "020103", false},
  };
  for (const Row& row : rows) {
    check_alike(row.why, with_key(rsa, spki_of(row.algorithm, bytes_of(row.key))), row.accepted);
  }
}

TEST_CASE("keys that no rule takes are where the readers may differ") {
  const OpensslCertificates openssl;
  const Bytes koblitz = openssl.on_curve("secp256k1");
  const Bytes written_out =
      openssl.make({"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-pkeyopt", "ec_param_enc:explicit"});
  for (const Bytes& der : {koblitz, written_out}) {
    CHECK(compare_readers(der).verdict == Readers::key_only_native_reads);
  }
  const Named suite = pkits();
  Tally tally;
  for (const auto& [name, der] : suite) {
    if (name.find("DSA") != name.npos) tally.add(name, der);
  }
  CHECK(tally.accepted() > 0);
}
