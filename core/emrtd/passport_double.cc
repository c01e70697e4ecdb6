#include "core/emrtd/passport_double.h"

#include "core/codecs/tlv.h"
#include "core/emrtd/data_groups.h"
#include "core/emrtd/sod.h"

namespace mibun::emrtd {
namespace {

constexpr auto kDay = std::chrono::hours(24);
constexpr auto kYear = kDay * 365;

// EF.COM: 60 { 5F01: LDS version, 5F36: Unicode version, 5C: tags of the data groups }.
Bytes write_com() {
  static constexpr std::uint8_t kTags[] = {0x61, 0x75, 0x6e, 0x6f};
  return tlv::write(0x60, tlv::concat({tlv::write(0x5f01, as_bytes("0107")), tlv::write(0x5f36, as_bytes("040000")),
                                       tlv::write(0x5c, kTags)}));
}

Mrz zone_of(const PassportHolder& holder) {
  Mrz mrz;
  mrz.format = MrzFormat::td3;
  mrz.document_code = "P";
  mrz.issuing_state = holder.issuing_state;
  mrz.family_name = holder.family_name;
  mrz.given_name = holder.given_name;
  mrz.document_number = holder.document_number;
  mrz.nationality = holder.nationality;
  mrz.birthdate = holder.birthdate;
  mrz.sex = holder.sex;
  mrz.expiry = holder.expiry;
  return mrz;
}

Result<Bytes> write_signed_object(const std::map<int, Bytes>& data_groups, const crypto::DocumentSigner& signer,
                                  Instant now) {
  SecurityObject object;
  for (const auto& [number, file] : data_groups) object.digests[number] = digest(object.algorithm, file);
  MIBUN_TRY(const Bytes cms, signer.sign_data(kSecurityObjectOid, write_security_object(object), now));
  return write_ef_sod(cms);
}

}  // namespace

Result<IssuingStateDouble> IssuingStateDouble::make(Instant now, const std::string& country) {
  crypto::DocumentCertificateRequest request;
  request.country = country;
  request.organization = "Simulated State";
  request.common_name = "Simulated CSCA";
  request.not_before = now - kDay;
  request.not_after = now + 15 * kYear;
  request.key = crypto::DocumentKey::p384;
  MIBUN_TRY(crypto::Csca csca, crypto::Csca::make(request));
  request.common_name = "Simulated Document Signer 1";
  request.not_after = now + 11 * kYear;
  request.key = crypto::DocumentKey::p256;
  MIBUN_TRY(crypto::DocumentSigner signer, csca.make_document_signer(request));
  return IssuingStateDouble{std::move(csca), std::move(signer)};
}

Result<PassportDouble> PassportDouble::make(const PassportHolder& holder, const Portrait& portrait,
                                            const crypto::DocumentSigner& signer, Instant now) {
  MIBUN_TRY(const std::string zone, write_td3(zone_of(holder)));
  crypto::P256PrivateKey key = crypto::P256PrivateKey::generate();
  Files files;
  files.data_groups[1] = write_dg1(zone);
  files.data_groups[2] = write_dg2(portrait);
  MIBUN_CHECK(parse_dg2(files.data_groups[2]));
  files.data_groups[14] = write_dg14();
  files.data_groups[15] = write_dg15(key.public_key());
  files.com = write_com();
  MIBUN_TRY(files.sod, write_signed_object(files.data_groups, signer, now));
  return PassportDouble(std::move(files), std::move(key));
}

Result<PassportDouble> PassportDouble::restore(Files files, BytesView chip_key_pkcs8) {
  MIBUN_TRY(crypto::P256PrivateKey key, crypto::P256PrivateKey::from_pkcs8(chip_key_pkcs8));
  const auto dg15 = files.data_groups.find(15);
  if (dg15 == files.data_groups.end() || dg15->second != write_dg15(key.public_key())) {
    return fail(ErrorCode::emrtd_file_malformed, "dg15", "another key");
  }
  return PassportDouble(std::move(files), std::move(key));
}

Result<Bytes> PassportDouble::active_authentication(const ActiveAuthenticationChallenge& challenge) const {
  MIBUN_TRY(const crypto::P256Signature signature, key_.sign(challenge));
  return to_bytes(signature);
}

}  // namespace mibun::emrtd
