#include <doctest/doctest.h>

#include <filesystem>
#include <set>
#include <string>

#include "core/codecs/base64url.h"
#include "core/codecs/json.h"
#include "core/cose/key.h"
#include "core/cose/mac0.h"
#include "core/cose/sign1.h"
#include "tests/support/test_pki.h"
#include "tests/support/vectors.h"

using namespace mibun;
using namespace mibun::cose;

namespace {

constexpr ErrorCode kPasses = ErrorCode::internal_error;  // what code_of says of a success

struct Vector {
  json::Object document;

  explicit Vector(std::string_view file)
      : document(must(json::parse_object(read_vector("cose-wg/" + std::string(file) + ".json")))) {}

  Bytes message() const {
    const json::Object& output = document.at("output").as_object();
    return must(hex::decode(output.at("cbor").as_string()));
  }
  const json::Object& input() const { return document.at("input").as_object(); }
  const json::Object& part(std::string_view name) const { return input().at(name).as_object(); }
  Bytes external(std::string_view part_name) const {
    const json::Value* external = part(part_name).if_contains("external");
    return external == nullptr ? Bytes() : must(hex::decode(external->as_string()));
  }
  // What the vector says is covered.
  Bytes covered(std::string_view name) const {
    return must(hex::decode(document.at("intermediates").as_object().at(name).as_string()));
  }
};

// A member of a key: "x": base64url, or "x_hex".
std::optional<Bytes> key_bytes(const json::Object& key, const std::string& name) {
  if (const json::Value* text = key.if_contains(name)) return must(base64url::decode(text->as_string()));
  if (const json::Value* text = key.if_contains(name + "_hex")) return must(hex::decode(text->as_string()));
  return std::nullopt;
}

crypto::PublicKey public_key(const json::Object& key) {
  const Bytes x = key_bytes(key, "x").value();
  if (key.at("crv").as_string() == "Ed25519") return must(crypto::Ed25519PublicKey::from_bytes(x));
  const Bytes y = key_bytes(key, "y").value();
  if (key.at("crv").as_string() == "P-384") return must(crypto::P384PublicKey::from_coordinates(x, y));
  return must(crypto::P256PublicKey::from_coordinates(x, y));
}

ErrorCode verify_sign1(const Vector& vector, const crypto::PublicKey& key, AlgorithmPlace place, BytesView external,
                       Tagging tagging = Tagging::tolerated) {
  const Bytes message = vector.message();
  const auto parsed = Sign1::parse(message, tagging);
  if (!parsed) return parsed.error().code;
  const auto verified = parsed->verify(key, {.place = place, .external_data = external});
  if (verified) {
    const auto plaintext = vector.input().if_contains("plaintext");
    if (plaintext != nullptr) CHECK(as_text(verified->payload()) == plaintext->as_string());
  }
  return code_of(verified);
}

ErrorCode verify_mac0(const Vector& vector, const SecretBytes& key, AlgorithmPlace place, BytesView external,
                      Tagging tagging = Tagging::tolerated) {
  const Bytes message = vector.message();
  const auto parsed = Mac0::parse(message, tagging);
  if (!parsed) return parsed.error().code;
  return code_of(parsed->verify(key, {.place = place, .external_data = external}));
}

SecretBytes mac_key(const Vector& vector) {
  const json::Value& recipient = vector.part("mac0").at("recipients").as_array().at(0);
  return SecretBytes::copy_of(key_bytes(recipient.as_object().at("key").as_object(), "k").value());
}

std::set<std::string> all_files() {
  namespace fs = std::filesystem;
  std::set<std::string> names;
  const fs::path root = std::string(MIBUN_VECTORS) + "/cose-wg";
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.path().extension() == ".json") {
      names.insert(entry.path().parent_path().filename().string() + "/" + entry.path().stem().string());
    }
  }
  return names;
}

struct Row {
  std::string_view file;
  ErrorCode want;
};

constexpr Row kSign1Rows[] = {
    {"sign1-tests/sign-pass-02", kPasses},
    {"sign1-tests/sign-pass-03", kPasses},
    {"sign1-tests/sign-fail-01", ErrorCode::cose_wrong_tag},
    {"sign1-tests/sign-fail-02", ErrorCode::cose_signature_invalid},
    {"sign1-tests/sign-fail-03", ErrorCode::cose_alg_not_allowed},
    {"sign1-tests/sign-fail-04", ErrorCode::cose_alg_not_allowed},
    {"sign1-tests/sign-fail-06", ErrorCode::cose_signature_invalid},
    {"sign1-tests/sign-fail-07", ErrorCode::cose_signature_invalid},
    {"ecdsa-examples/ecdsa-sig-01", kPasses},
    {"ecdsa-examples/ecdsa-sig-02", kPasses},
    {"ecdsa-examples/ecdsa-sig-04", ErrorCode::cose_alg_not_allowed},  // SHA-512 with P-256
    {"eddsa-examples/eddsa-sig-01", kPasses},
    {"RFC8152/Appendix_C_2_1", kPasses},
    {"CWT/A_3", kPasses},
};

constexpr Row kMac0Rows[] = {
    {"mac0-tests/HMac-01", kPasses},
    {"mac0-tests/mac-fail-01", ErrorCode::cose_wrong_tag},
    {"mac0-tests/mac-fail-02", ErrorCode::cose_mac_invalid},
    {"mac0-tests/mac-fail-03", ErrorCode::cose_alg_not_allowed},
    {"mac0-tests/mac-fail-04", ErrorCode::cose_alg_not_allowed},
    {"mac0-tests/mac-fail-06", ErrorCode::cose_mac_invalid},
    {"mac0-tests/mac-fail-07", ErrorCode::cose_mac_invalid},
    {"hmac-examples/HMac-enc-01", kPasses},
    {"hmac-examples/HMac-enc-02", ErrorCode::cose_alg_not_allowed},  // HMAC 384/384
    {"hmac-examples/HMac-enc-03", ErrorCode::cose_alg_not_allowed},  // HMAC 512/512
    {"hmac-examples/HMac-enc-04", ErrorCode::cose_mac_invalid},
    {"hmac-examples/HMac-enc-05", ErrorCode::cose_alg_not_allowed},  // HMAC 256/64
};

// The algorithm stands in the unprotected header: good for those who ask for it, refused otherwise.
constexpr std::string_view kUnprotectedSign1[] = {"sign1-tests/sign-pass-01"};
constexpr std::string_view kUnprotectedMac0[] = {"mac0-tests/mac-pass-01", "mac0-tests/mac-pass-02",
                                                 "mac0-tests/mac-pass-03"};

// What we do not offer: several signers, recipients, encryption, other curves and MACs.
constexpr Row kNotOfferedRows[] = {
    {"ecdsa-examples/ecdsa-sig-03", ErrorCode::cose_alg_not_allowed},  // P-521
    {"eddsa-examples/eddsa-sig-02", ErrorCode::cose_alg_not_allowed},  // Ed448, asked with a P-256 key
    {"CWT/A_4", ErrorCode::cose_wrong_tag},                            // COSE_Mac0
    {"CWT/A_5", ErrorCode::cose_wrong_tag},                            // COSE_Encrypt0
    {"CWT/A_6", ErrorCode::cose_wrong_tag},
    {"CWT/A_7", ErrorCode::cose_wrong_tag},
    {"RFC8152/Appendix_C_6_1", ErrorCode::cose_wrong_tag},
    {"sign-tests/sign-pass-03", ErrorCode::cose_malformed},  // COSE_Sign without its tag: the fourth is an array
    {"mac-tests/mac-pass-03", ErrorCode::cose_malformed},    // COSE_Mac without its tag: five elements
    {"mac-tests/mac-fail-01", ErrorCode::cose_wrong_tag},
};
constexpr std::string_view kNotOfferedFolders[] = {"ecdsa-examples/", "eddsa-examples/", "hmac-examples/", "RFC8152/",
                                                   "sign-tests/",     "mac-tests/",      "x509-examples/"};

}  // namespace

TEST_CASE("the COSE working group's COSE_Sign1 examples") {
  for (const Row& row : kSign1Rows) {
    INFO(std::string(row.file));
    const Vector vector(row.file);
    const crypto::PublicKey key = public_key(vector.part("sign0").at("key").as_object());
    CHECK(to_string(verify_sign1(vector, key, AlgorithmPlace::protected_header, vector.external("sign0"))) ==
          to_string(row.want));
    if (row.want != kPasses) continue;
    // Nobody else's key, and not with other external data.
    const Bytes message = vector.message();
    const auto parsed = must(Sign1::parse(message, Tagging::tolerated));
    const auto other = crypto::P256PrivateKey::generate().public_key();
    CHECK(!parsed.verify(other, {.external_data = vector.external("sign0")}).has_value());
    CHECK(code_of(parsed.verify(key, {.external_data = as_bytes("other")})) == ErrorCode::cose_signature_invalid);
    // What is covered is what the vector says.
    CHECK(internal::to_be_covered("Signature1", parsed.unverified_headers().protected_bytes, vector.external("sign0"),
                                  *parsed.unverified_payload()) == vector.covered("ToBeSign_hex"));
  }
}

TEST_CASE("the COSE working group's COSE_Mac0 examples") {
  for (const Row& row : kMac0Rows) {
    INFO(std::string(row.file));
    const Vector vector(row.file);
    CHECK(to_string(verify_mac0(vector, mac_key(vector), AlgorithmPlace::protected_header, vector.external("mac0"))) ==
          to_string(row.want));
    if (row.want != kPasses) continue;
    CHECK(verify_mac0(vector, SecretBytes(32), AlgorithmPlace::protected_header, {}) == ErrorCode::cose_mac_invalid);
    CHECK(verify_mac0(vector, mac_key(vector), AlgorithmPlace::protected_header, as_bytes("other")) ==
          ErrorCode::cose_mac_invalid);
  }
}

TEST_CASE("an algorithm outside the protected header passes only for those who ask for it") {
  for (const std::string_view file : kUnprotectedSign1) {
    INFO(std::string(file));
    const Vector vector(file);
    const crypto::PublicKey key = public_key(vector.part("sign0").at("key").as_object());
    CHECK(verify_sign1(vector, key, AlgorithmPlace::any_header, vector.external("sign0")) == kPasses);
    CHECK(verify_sign1(vector, key, AlgorithmPlace::protected_header, vector.external("sign0")) ==
          ErrorCode::cose_alg_missing);
  }
  for (const std::string_view file : kUnprotectedMac0) {
    INFO(std::string(file));
    const Vector vector(file);
    CHECK(verify_mac0(vector, mac_key(vector), AlgorithmPlace::any_header, vector.external("mac0")) == kPasses);
    CHECK(verify_mac0(vector, mac_key(vector), AlgorithmPlace::protected_header, vector.external("mac0")) ==
          ErrorCode::cose_alg_missing);
  }
}

TEST_CASE("a tag is required, forbidden or tolerated") {
  const Vector tagged("sign1-tests/sign-pass-02"), untagged("sign1-tests/sign-pass-03");
  const crypto::PublicKey key = public_key(tagged.part("sign0").at("key").as_object());
  const auto verify = [&](const Vector& vector, Tagging tagging) {
    return verify_sign1(vector, key, AlgorithmPlace::protected_header, vector.external("sign0"), tagging);
  };
  CHECK(verify(tagged, Tagging::required) == kPasses);
  CHECK(verify(tagged, Tagging::forbidden) == ErrorCode::cose_wrong_tag);
  CHECK(verify(untagged, Tagging::forbidden) == kPasses);
  CHECK(verify(untagged, Tagging::required) == ErrorCode::cose_wrong_tag);
  const Vector mac("mac0-tests/HMac-01");
  CHECK(verify_mac0(mac, mac_key(mac), AlgorithmPlace::protected_header, {}, Tagging::required) == kPasses);
  CHECK(verify_mac0(mac, mac_key(mac), AlgorithmPlace::protected_header, {}, Tagging::forbidden) ==
        ErrorCode::cose_wrong_tag);
}

TEST_CASE("what is not offered is refused at the door, and every file was looked at") {
  std::set<std::string> files = all_files();
  CHECK(files.size() == 88);
  for (const Row& row : kSign1Rows) CHECK(files.erase(std::string(row.file)) == 1);
  for (const Row& row : kMac0Rows) CHECK(files.erase(std::string(row.file)) == 1);
  for (const std::string_view file : kUnprotectedSign1) CHECK(files.erase(std::string(file)) == 1);
  for (const std::string_view file : kUnprotectedMac0) CHECK(files.erase(std::string(file)) == 1);
  const crypto::PublicKey key = crypto::P256PrivateKey::generate().public_key();
  const SecretBytes secret(32);
  for (const Row& row : kNotOfferedRows) {
    INFO(std::string(row.file));
    CHECK(files.erase(std::string(row.file)) == 1);
    CHECK(to_string(verify_sign1(Vector(row.file), key, AlgorithmPlace::any_header, {})) == to_string(row.want));
    CHECK(verify_mac0(Vector(row.file), secret, AlgorithmPlace::any_header, {}) != kPasses);
  }
  for (const std::string& file : files) {
    INFO(file);
    const bool expected =
        std::ranges::any_of(kNotOfferedFolders, [&](std::string_view folder) { return file.starts_with(folder); });
    CHECK(expected);
    CHECK(verify_sign1(Vector(file), key, AlgorithmPlace::any_header, {}) == ErrorCode::cose_wrong_tag);
    CHECK(verify_mac0(Vector(file), secret, AlgorithmPlace::any_header, {}) == ErrorCode::cose_wrong_tag);
  }
}

TEST_CASE("MACs of CWTs that are cut short are not offered") {
  for (const std::string_view file : {"CWT/A_4", "CWT/A_7", "RFC8152/Appendix_C_6_1"}) {
    INFO(std::string(file));
    CHECK(verify_mac0(Vector(file), SecretBytes(32), AlgorithmPlace::protected_header, {}) ==
          ErrorCode::cose_alg_not_allowed);
  }
}
