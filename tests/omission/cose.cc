#include "core/codecs/cbor.h"
#include "core/cose/key.h"
#include "core/cose/mac0.h"
#include "core/cose/sign1.h"
#include "core/crypto/hash.h"
#include "tests/omission/cbor_mutator.h"
#include "tests/omission/cose_by_hand.h"
#include "tests/support/test_pki.h"

namespace mibun::omission {
namespace {

constexpr std::string_view kType = "application/t+cbor";
constexpr std::string_view kPayload = "payload";
constexpr std::string_view kExternal = "external";

// {1: algorithm, 16: kType}
std::string protected_header(std::int64_t algorithm) {
  return to_text(cbor::Writer().map(2).integer(1).integer(algorithm).integer(16).text(kType).take());
}
std::string message(std::uint64_t tag, const std::string& header, BytesView signature) {
  return to_text(cbor::Writer()
                     .tag(tag)
                     .array(4)
                     .bytes(as_bytes(header))
                     .map(1)
                     .integer(4)
                     .bytes(as_bytes("k1"))
                     .bytes(as_bytes(kPayload))
                     .bytes(signature)
                     .take());
}

void mutate_message(Trial& trial, const std::string& header, const std::function<std::string(const std::string&)>& sign,
                    const VerifyText& verify) {
  const std::string whole = sign(header);
  mutate_cbor_artefact(trial, "message", whole, verify);
  mutate_cbor(as_bytes(header), "protected",
              [&](const std::string& where, std::string_view how, const std::string& text) {
                trial.tried(where, how, verify(sign(text)));
              });
}

void sign1(Trial& trial) {
  const auto key = crypto::P256PrivateKey::generate();
  const auto verify_with = [](const std::string& text, const crypto::PublicKey& by, std::string_view type,
                              std::string_view external) -> Status {
    MIBUN_TRY(const auto parsed, cose::Sign1::parse(as_bytes(text), cose::Tagging::required));
    return status_of(parsed.verify(by, {.type = type, .external_data = as_bytes(external)}));
  };
  const auto sign = [&](const std::string& header) {
    return message(cose::kSign1Tag, header,
                   must(key.sign(to_be_signed("Signature1", header, as_bytes(kPayload), kExternal))));
  };
  const std::string header = protected_header(-7);
  mutate_message(trial, header, sign,
                 [&](const std::string& text) { return verify_with(text, key.public_key(), kType, kExternal); });
  const std::string whole = sign(header);
  trial.tried("policy/type", "empty", verify_with(whole, key.public_key(), "", kExternal));
  trial.tried("policy/type", "other", verify_with(whole, key.public_key(), "application/t", kExternal));
  trial.tried("policy/external_data", "empty", verify_with(whole, key.public_key(), kType, ""));
  trial.tried("policy/external_data", "other", verify_with(whole, key.public_key(), kType, "externam"));
  trial.tried("policy/key", "other",
              verify_with(whole, crypto::P256PrivateKey::generate().public_key(), kType, kExternal));
}

void mac0(Trial& trial) {
  const SecretBytes key = SecretBytes::copy_of(Bytes(32, 9));
  const auto verify_with = [](const std::string& text, const SecretBytes& with, std::string_view type,
                              std::string_view external) -> Status {
    MIBUN_TRY(const auto parsed, cose::Mac0::parse(as_bytes(text), cose::Tagging::required));
    return status_of(parsed.verify(with, {.type = type, .external_data = as_bytes(external)}));
  };
  const auto sign = [&](const std::string& header) {
    return message(cose::kMac0Tag, header,
                   crypto::hmac_sha256(key.reveal(), to_be_signed("MAC0", header, as_bytes(kPayload), kExternal)));
  };
  const std::string header = protected_header(5);
  mutate_message(trial, header, sign,
                 [&](const std::string& text) { return verify_with(text, key, kType, kExternal); });
  const std::string whole = sign(header);
  trial.tried("policy/type", "empty", verify_with(whole, key, "", kExternal));
  trial.tried("policy/external_data", "empty", verify_with(whole, key, kType, ""));
  trial.tried("policy/key", "other", verify_with(whole, SecretBytes::copy_of(Bytes(32, 8)), kType, kExternal));
  trial.tried("policy/key", "empty", verify_with(whole, SecretBytes(), kType, kExternal));
}

void key(Trial& trial) {
  const auto original = crypto::P256PrivateKey::generate().public_key();
  const Bytes item = cbor::Writer()
                         .map(7)
                         .integer(1)
                         .integer(2)
                         .integer(2)
                         .bytes(as_bytes("k1"))
                         .integer(3)
                         .integer(-7)
                         .integer(4)
                         .array(1)
                         .integer(2)
                         .integer(-1)
                         .integer(1)
                         .integer(-2)
                         .bytes(original.x())
                         .integer(-3)
                         .bytes(original.y())
                         .take();
  const auto verify = [&](const std::string& text) -> Status {
    MIBUN_TRY(const auto parsed, cose::CoseKey::parse(as_bytes(text)));
    if (!(parsed.key() == crypto::PublicKey(original))) return fail(ErrorCode::signature_invalid);
    return {};
  };
  const std::string whole = to_text(item);
  trial.honest(verify(whole));
  mutate_cbor(item, "key", [&](const std::string& where, std::string_view how, const std::string& text) {
    trial.tried(where, how, verify(text));
  });
  truncate(trial, "text", whole, verify);
  trial.tried("text", "append", verify(whole + '\0'));
}

}  // namespace

void add_cose(Artefacts& artefacts) {
  artefacts.push_back({"cose/sign1", sign1});
  artefacts.push_back({"cose/mac0", mac0});
  artefacts.push_back({"cose/key", key});
}

}  // namespace mibun::omission
