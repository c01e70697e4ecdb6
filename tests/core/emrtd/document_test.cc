#include "core/emrtd/document.h"

#include <doctest/doctest.h>

#include <boost/json.hpp>

#include "core/codecs/base64url.h"
#include "core/codecs/tlv.h"
#include "core/emrtd/country_codes.h"
#include "core/emrtd/passport_double.h"
#include "tests/support/code_of.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/vectors.h"

using namespace mibun;
using namespace mibun::emrtd;
using namespace std::chrono_literals;

namespace {

const Instant kNow = Instant::from_unix_seconds(1'795'402'800);  // 2026-11-23 in Japan
constexpr auto kDay = std::chrono::hours(24);

PassportHolder holder() {
  return {.family_name = "MIHON",
          .given_name = "HANAKO",
          .birthdate = {1990, 4, 15},
          .sex = Sex::female,
          .document_number = "TR1234567",
          .expiry = {2033, 1, 31}};
}

const Bytes kNonce(32, 0x11), kThumbprint(32, 0x22);
ActiveAuthenticationChallenge challenge(BytesView nonce = kNonce) {
  return make_active_authentication_challenge(nonce, kThumbprint).value();
}

struct World {
  IssuingStateDouble state;
  PassportDouble passport;
  std::vector<crypto::CscaCertificate> trusted;

  explicit World(const PassportHolder& person = holder(), const std::string& country = "JP")
      : state(IssuingStateDouble::make(kNow, country).value()),
        passport(PassportDouble::make(person, portrait_double(), state.document_signer, kNow).value()),
        trusted{state.csca.certificate()} {}

  Result<VerifiedDocument> verify(Files files, Instant now = kNow, ChipProof rule = ChipProof::if_given) const {
    return verify_document(std::move(files), {trusted, now, rule}, std::nullopt);
  }
  Result<VerifiedDocument> verify_chip(const Files& files, const ActiveAuthenticationProof& proof) const {
    return verify_document(files, {trusted, kNow}, proof);
  }
  ActiveAuthenticationProof proof() const { return {challenge(), passport.active_authentication(challenge()).value()}; }

  // The files with another security object, properly signed.
  Files resigned(const Files& files, const std::function<void(SecurityObject&)>& change = {}) const {
    Files out = files;
    SecurityObject object;
    for (const auto& [number, file] : files.data_groups) object.digests[number] = digest(object.algorithm, file);
    if (change) change(object);
    out.sod = sign(write_security_object(object));
    return out;
  }
  Bytes sign(BytesView object) const {
    return write_ef_sod(state.document_signer.sign_data(kSecurityObjectOid, object, kNow).value());
  }
};

}  // namespace

TEST_CASE("what a state signed can be read before anybody has verified it") {
  const World world;
  const Files& files = world.passport.files();
  const SecurityObject object = read_unverified_security_object(files.sod).value();
  for (const auto& [number, file] : files.data_groups) {
    CHECK(object.digests.at(number) == digest(object.algorithm, file));
  }
  CHECK(object.digests.size() == files.data_groups.size());
}

TEST_CASE("a passport becomes claims that say where they come from") {
  const World world;
  const auto document = world.verify_chip(world.passport.files(), world.proof());
  REQUIRE(document.has_value());
  const DocumentClaims& claims = document->claims();
  CHECK(claims.given_name.value == "HANAKO");
  CHECK(claims.family_name.value == "MIHON");
  CHECK(claims.birthdate.value == CalendarDate{1990, 4, 15});
  CHECK(claims.sex.value == Sex::female);
  CHECK(claims.nationality.value == "JPN");
  CHECK(claims.document_number.value == "TR1234567");
  CHECK(claims.issuing_state.value == "JPN");
  CHECK(claims.expiry.value == CalendarDate{2033, 1, 31});
  CHECK(claims.portrait.value.image == portrait_double().image);
  CHECK(claims.portrait_sha256 == crypto::sha256(portrait_double().image));
  CHECK(claims.given_name.provenance.data_group == 1);
  CHECK(claims.portrait.provenance.data_group == 2);
  CHECK(document->chip_evidence() == ChipEvidence::active_authentication);
  CHECK(document->signer().csca_country == "JP");

  const auto has = [](const std::vector<std::string>& checks, const char* name) {
    return std::find(checks.begin(), checks.end(), name) != checks.end();
  };
  for (const char* name : {"sod_signature", "signer_chain", "data_group_digests", "issuing_state", "document_expiry",
                           "active_authentication"}) {
    CHECK(has(claims.given_name.provenance.checks, name));
    CHECK(has(claims.portrait.provenance.checks, name));
  }
  CHECK(has(claims.birthdate.provenance.checks, "mrz_check_digits"));
  CHECK(!has(claims.given_name.provenance.checks, "mrz_check_digits"));
  CHECK(!has(claims.given_name.provenance.checks, "signer_revocation"));
}

TEST_CASE("without an answer from the chip the data may be a copy") {
  const World world;
  const auto document = world.verify(world.passport.files());
  REQUIRE(document.has_value());
  CHECK(document->chip_evidence() == ChipEvidence::none);
  CHECK(code_of(world.verify(world.passport.files(), kNow, ChipProof::required)) ==
        ErrorCode::emrtd_active_authentication_failed);
  Files files = world.passport.files();
  files.data_groups.erase(14);
  files.data_groups.erase(15);
  CHECK(world.verify(files)->chip_evidence() == ChipEvidence::none);
  CHECK(code_of(world.verify_chip(files, world.proof())) == ErrorCode::emrtd_active_authentication_unsupported);
  CHECK(code_of(world.verify(files, kNow, ChipProof::required)) == ErrorCode::emrtd_active_authentication_failed);
}

TEST_CASE("files that do not belong together are refused") {
  const World world;
  PassportHolder another = holder();
  another.given_name = "TARO";
  const PassportDouble other =
      PassportDouble::make(another, portrait_double(), world.state.document_signer, kNow).value();
  struct Row {
    const char* why;
    std::function<void(Files&)> change;
    ErrorCode want;
  };
  const Row rows[] = {
      {"another person's DG1", [&](Files& f) { f.data_groups[1] = other.files().data_groups.at(1); },
       ErrorCode::emrtd_digest_mismatch},
      {"another chip's DG15", [&](Files& f) { f.data_groups[15] = other.files().data_groups.at(15); },
       ErrorCode::emrtd_digest_mismatch},
      {"another SOD", [&](Files& f) { f.sod = other.files().sod; }, ErrorCode::emrtd_digest_mismatch},
      {"DG1 and DG2 swapped", [](Files& f) { std::swap(f.data_groups[1], f.data_groups[2]); },
       ErrorCode::emrtd_digest_mismatch},
      {"DG14 in place of DG15", [](Files& f) { f.data_groups[15] = f.data_groups[14]; },
       ErrorCode::emrtd_digest_mismatch},
      {"a data group that was not signed", [](Files& f) { f.data_groups[11] = {0x6b, 0x00}; },
       ErrorCode::emrtd_digest_mismatch},
      {"a byte of the portrait", [](Files& f) { f.data_groups[2].back() ^= 1; }, ErrorCode::emrtd_digest_mismatch},
      {"no DG2", [](Files& f) { f.data_groups.erase(2); }, ErrorCode::emrtd_file_missing},
      {"no DG1", [](Files& f) { f.data_groups.erase(1); }, ErrorCode::emrtd_file_missing},
      {"no SOD", [](Files& f) { f.sod.clear(); }, ErrorCode::emrtd_file_missing},
      {"DG0", [](Files& f) { f.data_groups[0] = {0x61, 0x00}; }, ErrorCode::emrtd_file_malformed},
      {"DG17", [](Files& f) { f.data_groups[17] = {0x61, 0x00}; }, ErrorCode::emrtd_file_malformed},
      {"an empty DG1", [](Files& f) { f.data_groups[1].clear(); }, ErrorCode::emrtd_digest_mismatch},
      {"a huge DG2", [](Files& f) { f.data_groups[2].resize(kFileBytesMax + 1); }, ErrorCode::emrtd_file_too_large},
      {"a huge SOD", [](Files& f) { f.sod.resize(kFileBytesMax + 1); }, ErrorCode::emrtd_file_too_large},
      {"a huge COM", [](Files& f) { f.com.resize(kFileBytesMax + 1); }, ErrorCode::emrtd_file_too_large},
      {"the bare CMS", [](Files& f) { f.sod = to_bytes(parse_ef_sod(f.sod).value()); }, ErrorCode::emrtd_sod_malformed},
      {"a byte after the SOD", [](Files& f) { f.sod.push_back(0); }, ErrorCode::emrtd_sod_malformed},
      {"a byte after the CMS",
       [](Files& f) {
         Bytes cms = to_bytes(parse_ef_sod(f.sod).value());
         cms.push_back(0);
         f.sod = write_ef_sod(cms);
       },
       ErrorCode::emrtd_sod_malformed},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    Files files = world.passport.files();
    row.change(files);
    CHECK(code_of(world.verify(files)) == row.want);
  }
}

TEST_CASE("a security object that is signed but wrong is refused") {
  const World world;
  const Files files = world.passport.files();
  REQUIRE(world.verify(world.resigned(files)).has_value());
  const auto signed_object = [&](const std::function<void(SecurityObject&)>& change) {
    return code_of(world.verify(world.resigned(files, change)));
  };
  CHECK(signed_object([](SecurityObject& o) { o.digests.erase(2); }) == ErrorCode::emrtd_sod_malformed);
  CHECK(signed_object([](SecurityObject& o) { o.digests.erase(15); }) == ErrorCode::emrtd_digest_mismatch);
  CHECK(signed_object([](SecurityObject& o) { o.digests[1][0] ^= 1; }) == ErrorCode::emrtd_digest_mismatch);
  CHECK(signed_object([](SecurityObject& o) { o.digests[16] = Bytes(31); }) == ErrorCode::emrtd_sod_malformed);

  // The same data group twice, the second time with another digest.
  SecurityObject object;
  for (const auto& [number, file] : files.data_groups) object.digests[number] = digest(object.algorithm, file);
  Bytes der = write_security_object(object);
  const Bytes dg2_entry = {0x30, 0x25, 0x02, 0x01, 0x02};
  const auto found = std::search(der.begin(), der.end(), dg2_entry.begin(), dg2_entry.end());
  REQUIRE(found != der.end());
  *(found + 4) = 1;
  Files twice = files;
  twice.sod = world.sign(der);
  CHECK(code_of(world.verify(twice)) == ErrorCode::emrtd_duplicate_data_group);

  Files other_type = files;
  other_type.sod = write_ef_sod(
      world.state.document_signer.sign_data("2.23.136.1.1.2", write_security_object(object), kNow).value());
  CHECK(code_of(world.verify(other_type)) == ErrorCode::emrtd_sod_malformed);

  // Fingerprints stay on the chip: their digest is there, their file is not.
  const auto partly = world.verify(world.resigned(files, [](SecurityObject& o) { o.digests[3] = Bytes(32, 1); }));
  REQUIRE(partly.has_value());
  CHECK(std::ranges::any_of(partly->findings(), [](const Finding& f) {
    return f.check == "data_groups_not_supplied" && f.outcome == Outcome::not_done && f.detail == "DG3";
  }));
}

TEST_CASE("only the issuing state's own CSCA counts") {
  const World world;
  const World stranger;  // the same names, other keys
  CHECK(code_of(stranger.verify(world.passport.files())) == ErrorCode::emrtd_signer_untrusted);
  CHECK(code_of(verify_document(world.passport.files(), {{}, kNow, ChipProof::if_given}, std::nullopt)) ==
        ErrorCode::emrtd_signer_untrusted);
  const std::vector<crypto::CscaCertificate> both = {stranger.trusted[0], world.trusted[0]};
  CHECK(verify_document(world.passport.files(), {both, kNow, ChipProof::if_given}, std::nullopt).has_value());

  // A trusted state that makes another state's passports.
  const World french(holder(), "FR");
  CHECK(code_of(french.verify(french.passport.files())) == ErrorCode::emrtd_signer_untrusted);
  PassportHolder unknown = holder();
  unknown.issuing_state = "XXX";
  const World nowhere(unknown);
  const auto document = nowhere.verify(nowhere.passport.files());
  REQUIRE(document.has_value());
  CHECK(std::ranges::any_of(document->findings(), [](const Finding& f) {
    return f.check == "issuing_state" && f.outcome == Outcome::not_done;
  }));
}

TEST_CASE("country codes of zones and certificates") {
  CHECK(certificate_country("JPN") == "JP");
  CHECK(certificate_country("ABW") == "AW");
  CHECK(certificate_country("ZWE") == "ZW");
  CHECK(certificate_country("D") == "DE");
  CHECK(certificate_country("EUE") == "EU");
  CHECK(!certificate_country("JP").has_value());
  CHECK(!certificate_country("PNK").has_value());
  CHECK(!certificate_country("").has_value());
}

TEST_CASE("documents and signers out of date are refused") {
  PassportHolder person = holder();
  person.expiry = {2026, 11, 23};
  const World world(person);
  // The last day of validity is a day in Japan: until 15:00 UTC.
  const Instant end_of_day = Instant::from_unix_seconds(1'795'446'000);
  CHECK(jst_date(end_of_day - 1s) == CalendarDate{2026, 11, 23});
  CHECK(jst_date(end_of_day) == CalendarDate{2026, 11, 24});
  CHECK(world.verify(world.passport.files(), end_of_day - 1ms).has_value());
  CHECK(code_of(world.verify(world.passport.files(), end_of_day)) == ErrorCode::emrtd_document_expired);

  const World lasting;
  const Files& files = lasting.passport.files();
  CHECK(code_of(lasting.verify(files, kNow - 2 * kDay)) == ErrorCode::certificate_not_yet_valid);
  CHECK(code_of(lasting.verify(files, kNow + 365 * 12 * kDay)) == ErrorCode::certificate_expired);
  // Judged at signing, the signer passes, and the document itself is what is out of date.
  const DocumentRules at_signing{lasting.trusted, kNow + 365 * 12 * kDay, ChipProof::if_given,
                                 crypto::ChainTime::signing_time};
  CHECK(code_of(verify_document(files, at_signing, std::nullopt)) == ErrorCode::emrtd_document_expired);
}

TEST_CASE("certificates with explicit parameters are taken when they are a known curve") {
  crypto::DocumentCertificateRequest request;
  request.common_name = "CSCA";
  request.not_before = kNow - kDay;
  request.not_after = kNow + kDay;
  request.key = crypto::DocumentKey::brainpool_p384r1;
  request.explicit_parameters = true;
  const crypto::Csca csca = crypto::Csca::make(request).value();
  request.key = crypto::DocumentKey::p256;
  const crypto::DocumentSigner signer = csca.make_document_signer(request).value();
  const PassportDouble passport = PassportDouble::make(holder(), portrait_double(), signer, kNow).value();
  const crypto::CscaCertificate trusted[] = {csca.certificate()};
  CHECK(verify_document(passport.files(), {trusted, kNow, ChipProof::if_given}, std::nullopt).has_value());
  // One bit of the prime of P-256 inside the signer's parameters.
  Files files = passport.files();
  const Bytes prime = {0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00};
  const auto found = std::search(files.sod.begin(), files.sod.end(), prime.begin(), prime.end());
  REQUIRE(found != files.sod.end());
  *(found + 7) = 3;
  CHECK(code_of(verify_document(files, {trusted, kNow, ChipProof::if_given}, std::nullopt)) ==
        ErrorCode::emrtd_explicit_curve_unknown);
}

TEST_CASE("a changed byte of EF.SOD never passes") {
  const World world;
  const Files files = world.passport.files();
  int tried = 0;
  for (std::size_t i = 0; i < files.sod.size(); ++i) {
    for (const int flip : {0x01, 0x80}) {
      Files changed = files;
      changed.sod[i] = static_cast<std::uint8_t>(changed.sod[i] ^ flip);
      const auto document = world.verify(std::move(changed));
      CHECK_MESSAGE(!document.has_value(), "byte " << i << " ^ " << flip);
      ++tried;
    }
    Files shorter = files;
    shorter.sod.resize(i);
    CHECK(!world.verify(std::move(shorter)).has_value());
  }
  CHECK(tried > 1200);
}

TEST_CASE("the chip must answer this session's challenge with its own key") {
  const World world;
  const Files& files = world.passport.files();
  CHECK(world.verify_chip(files, world.proof()).has_value());
  const auto refused = [&](const ActiveAuthenticationProof& proof) {
    return code_of(world.verify_chip(files, proof)) == ErrorCode::emrtd_active_authentication_failed;
  };
  const Bytes another_nonce(32, 0x12);
  CHECK(refused({challenge(another_nonce), world.proof().signature}));  // a recorded answer
  const World foreign;
  CHECK(refused({challenge(), foreign.passport.active_authentication(challenge()).value()}));  // another card
  CHECK(refused({challenge(), {}}));
  CHECK(refused({challenge(), Bytes(64)}));
  Bytes longer = world.proof().signature;
  longer.push_back(0);
  CHECK(refused({challenge(), longer}));
  for (std::size_t i = 0; i < 64; ++i) {
    ActiveAuthenticationProof proof = world.proof();
    proof.signature[i] ^= 1;
    CHECK(refused(proof));
  }
  // A wrong answer counts even where none is needed.
  CHECK(code_of(verify_document(files, {world.trusted, kNow, ChipProof::if_given},
                                ActiveAuthenticationProof{challenge(), Bytes(64)})) ==
        ErrorCode::emrtd_active_authentication_failed);
}

TEST_CASE("the challenge binds nonce and wallet key") {
  const auto digest = crypto::sha256({kNonce, kThumbprint});
  CHECK(std::equal(digest.begin(), digest.begin() + 8, challenge().begin()));
  CHECK(make_active_authentication_challenge(kNonce, Bytes(32, 0x23)).value() != challenge());
  CHECK(code_of(make_active_authentication_challenge(Bytes(15), kThumbprint)) == ErrorCode::invalid_argument);
  CHECK(code_of(make_active_authentication_challenge(kNonce, Bytes(31))) == ErrorCode::invalid_argument);
}

TEST_CASE("DG14's algorithm decides, and what we do not do is said") {
  const World world;
  const Bytes key =
      world.passport.chip_key_pkcs8().reveal().empty() ? Bytes{} : to_bytes(world.passport.chip_key_pkcs8().reveal());
  const crypto::P256PrivateKey chip = crypto::P256PrivateKey::from_pkcs8(key).value();
  const auto with_hash = [&](std::uint8_t hash) {
    Files files = world.passport.files();
    files.data_groups[14].back() = hash;
    return world.resigned(files);
  };
  const auto signed_with = [&](DigestAlgorithm algorithm) {
    const Bytes whole = digest(algorithm, challenge());
    return ActiveAuthenticationProof{challenge(), to_bytes(chip.sign_digest(BytesView(whole).first(32)).value())};
  };
  CHECK(world.verify_chip(with_hash(3), signed_with(DigestAlgorithm::sha256)).has_value());
  CHECK(world.verify_chip(with_hash(4), signed_with(DigestAlgorithm::sha384)).has_value());
  CHECK(world.verify_chip(with_hash(5), signed_with(DigestAlgorithm::sha512)).has_value());
  CHECK(code_of(world.verify_chip(with_hash(4), signed_with(DigestAlgorithm::sha256))) ==
        ErrorCode::emrtd_active_authentication_failed);
  CHECK(code_of(world.verify_chip(with_hash(1), signed_with(DigestAlgorithm::sha256))) ==
        ErrorCode::emrtd_active_authentication_unsupported);

  Files no_dg14 = world.passport.files();
  no_dg14.data_groups.erase(14);
  CHECK(code_of(world.verify_chip(no_dg14, world.proof())) == ErrorCode::emrtd_active_authentication_unsupported);
  Files no_algorithm = world.passport.files();
  no_algorithm.data_groups[14] = {0x6e, 0x02, 0x31, 0x00};
  CHECK(code_of(world.verify_chip(world.resigned(no_algorithm), world.proof())) ==
        ErrorCode::emrtd_active_authentication_unsupported);
  Files rsa = world.passport.files();
  rsa.data_groups[15] = {0x6f, 0x02, 0x30, 0x00};
  CHECK(code_of(world.verify_chip(world.resigned(rsa), world.proof())) ==
        ErrorCode::emrtd_active_authentication_unsupported);
}

TEST_CASE("a chip is kept and found again") {
  const World world;
  const SecretBytes key = world.passport.chip_key_pkcs8();
  const auto again = PassportDouble::restore(world.passport.files(), key.reveal());
  REQUIRE(again.has_value());
  CHECK(
      world.verify_chip(again->files(), {challenge(), again->active_authentication(challenge()).value()}).has_value());
  const World other;
  CHECK(code_of(PassportDouble::restore(other.passport.files(), key.reveal())) == ErrorCode::emrtd_file_malformed);
}

TEST_CASE("a holder who does not fit a passport is refused") {
  const auto state = IssuingStateDouble::make(kNow).value();
  const auto refused = [&](const std::function<void(PassportHolder&)>& change) {
    PassportHolder person = holder();
    change(person);
    return code_of(PassportDouble::make(person, portrait_double(), state.document_signer, kNow));
  };
  CHECK(refused([](PassportHolder& p) { p.family_name = "見本"; }) == ErrorCode::emrtd_mrz_malformed);
  CHECK(refused([](PassportHolder& p) { p.document_number = "TR12345678"; }) == ErrorCode::emrtd_mrz_malformed);
  CHECK(refused([](PassportHolder& p) { p.birthdate = {1990, 2, 30}; }) == ErrorCode::date_malformed);
  CHECK(code_of(PassportDouble::make(holder(), {PortraitFormat::jpeg, to_bytes("GIF89a")}, state.document_signer,
                                     kNow)) == ErrorCode::emrtd_file_malformed);
}

TEST_CASE("the openssl program verifies our EF.SOD and signs as a chip") {
  const World world;
  const TempDir directory;
  const Bytes cms = to_bytes(parse_ef_sod(world.passport.files().sod).value());
  const ProcessResult verified = run_process(
      {"openssl", "cms", "-verify", "-binary", "-purpose", "any", "-attime", std::to_string(kNow.unix_seconds()),
       "-inform", "DER", "-in", directory.write("sod.cms", as_text(cms)), "-CAfile",
       directory.write("csca.pem", world.trusted[0].pem()), "-out", directory.file("lds")});
  INFO(verified.err);
  CHECK(verified.exit_code == 0);
  const auto object = parse_security_object(as_bytes(directory.read("lds")));
  REQUIRE(object.has_value());
  CHECK(object->digests.size() == 4);

  // A chip whose key only the openssl program holds.
  const std::string key = directory.file("chip.key");
  REQUIRE(run_process({"openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key}).exit_code == 0);
  REQUIRE(run_process({"openssl", "pkey", "-in", key, "-pubout", "-outform", "DER", "-out", directory.file("chip.pub")})
              .exit_code == 0);
  Files files = world.passport.files();
  files.data_groups[15] = tlv::write(0x6f, as_bytes(directory.read("chip.pub")));
  files = world.resigned(files);
  const auto sent = challenge();
  REQUIRE(run_process({"openssl", "dgst", "-sha256", "-sign", key, "-out", directory.file("sig"),
                       directory.write("challenge", as_text(sent))})
              .exit_code == 0);
  const auto signature = crypto::p256_signature_from_der(as_bytes(directory.read("sig"))).value();
  CHECK(world.verify_chip(files, {sent, to_bytes(signature)}).has_value());
  CHECK(code_of(world.verify_chip(files, world.proof())) == ErrorCode::emrtd_active_authentication_failed);
}

TEST_CASE("the published reference passport is read as far as its data go") {
  const boost::json::value vector = boost::json::parse(read_vector("icao9303-passive-auth/bsi_etsi_reference.json"));
  const boost::json::value& document = vector.is_array() ? vector.at(0) : vector;
  const auto bytes = [&](const char* name) { return hex::decode(document.at(name).as_string()).value(); };
  const Bytes sod = bytes("sod");
  const World world;
  const auto refusal = [&](BytesView file, Instant now) {
    const auto cms = parse_ef_sod(file);
    REQUIRE(cms.has_value());
    return code_of(crypto::verify_signed_data(*cms, {kSecurityObjectOid, world.trusted, now}));
  };
  // RSA-PSS by a signer whose CSCA is not published with it: the signature is right, nobody vouches for the signer.
  const Instant then = Instant::from_unix_seconds(1'400'000'000);
  CHECK(refusal(sod, then) == ErrorCode::cms_signer_untrusted);
  Bytes content = sod;
  content[100] ^= 1;
  CHECK(refusal(content, then) == ErrorCode::cms_signature_invalid);
  Bytes signature = sod;
  signature.back() ^= 1;
  CHECK(refusal(signature, then) == ErrorCode::cms_signature_invalid);

  // What it signs: DG1 and DG14 belong to it, DG15 does not.
  const Bytes der = to_bytes(BytesView(sod).subspan(4 + 60, 219));
  const auto object = parse_security_object(der);
  REQUIRE(object.has_value());
  CHECK(digest(object->algorithm, bytes("dg1")) == object->digests.at(1));
  CHECK(digest(object->algorithm, bytes("dg14")) == object->digests.at(14));
  CHECK(!object->digests.contains(15));
  const auto dg1 = file_value(bytes("dg1"), 0x61, "dg1");
  REQUIRE(dg1.has_value());
  const auto infos = parse_dg14(bytes("dg14"));
  REQUIRE(infos.has_value());
  CHECK(infos->offers_chip_authentication);
  CHECK(!infos->active_authentication.has_value());
  const Mrz mrz = parse_dg1(bytes("dg1"), {2014, 1, 1}).value();
  CHECK(mrz.family_name == "MUSTERMANN");
  CHECK(mrz.given_name == "ERIKA");
  CHECK(mrz.issuing_state == "D");
  CHECK(mrz.document_number == "C11T002JM");
}
