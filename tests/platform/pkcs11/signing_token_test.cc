#include "platform/pkcs11/signing_token.h"

#include <doctest/doctest.h>

#include <optional>

#include "core/crypto/hash.h"
#include "core/crypto/p256.h"
#include "tests/platform/pkcs11/faulty/control.h"
#include "tests/support/softhsm.h"

using namespace mibun;
using pkcs11::KeyName;
using pkcs11::SigningToken;

namespace {

const KeyName kFirst{"owner", "key 1"}, kSecond{"owner", "key 2"};
const auto kDigest = crypto::sha256(as_bytes("what is signed"));

std::unique_ptr<SigningToken> open_token(const char* module = SoftHsm::kModule) {
  auto token = SigningToken::open({module, SoftHsm::kLabel}, SecretBytes::copy_of(as_bytes(SoftHsm::kPin)));
  INFO((token ? std::string() : token.error().where + ": " + token.error().detail));
  REQUIRE(token.has_value());
  return std::move(*token);
}

crypto::P256PublicKey key_of(SigningToken& token, const KeyName& name) {
  return crypto::P256PublicKey::from_point(token.public_point(name).value()).value();
}

bool signs(SigningToken& token, const KeyName& name, const crypto::P256PublicKey& key) {
  const auto signature = token.sign_digest(name, kDigest);
  return signature && key.verify_digest(kDigest, crypto::parse_p256_signature(*signature).value()).has_value();
}

}  // namespace

TEST_CASE("a pair in the token signs, also in the next session, and each pair is another") {
  const SoftHsm hsm;
  std::optional<crypto::P256PublicKey> first, second;
  {
    const auto token = open_token();
    REQUIRE(token->make_pair(kFirst));
    REQUIRE(token->make_pair(kSecond));
    REQUIRE(token->make_pair({"other owner", "key 3"}));
    CHECK(token->make_pair(kFirst).error().code == ErrorCode::io_error);
    CHECK(token->labels("owner").value() == std::vector<std::string>{"key 1", "key 2"});
    first = key_of(*token, kFirst);
    second = key_of(*token, kSecond);
    CHECK(first != second);
  }
  const auto token = open_token();
  CHECK(key_of(*token, kFirst) == first);
  CHECK(signs(*token, kFirst, *first));
  CHECK(signs(*token, kSecond, *second));
  CHECK(!signs(*token, kFirst, *second));
  CHECK(token->sign_digest({"owner", "key 3"}, kDigest).error().code == ErrorCode::not_found);
  CHECK(token->public_point({"owner", "key 3"}).error().code == ErrorCode::not_found);
}

TEST_CASE("a pair that was destroyed is gone, both parts of it, and destroying it again is no error") {
  const SoftHsm hsm;
  const auto token = open_token();
  REQUIRE(token->make_pair(kFirst));
  const auto key = key_of(*token, kFirst);
  REQUIRE(token->destroy_pair(kFirst));
  CHECK(token->sign_digest(kFirst, kDigest).error().code == ErrorCode::not_found);
  CHECK(token->public_point(kFirst).error().code == ErrorCode::not_found);
  CHECK(token->labels("owner").value().empty());
  CHECK(token->destroy_pair(kFirst));
  REQUIRE(token->make_pair(kFirst));
  CHECK(key_of(*token, kFirst) != key);
}

TEST_CASE("a signing key that was brought into the token from outside is not used") {
  const SoftHsm hsm;
  const TempDir directory;
  const auto known = crypto::P256PrivateKey::generate();
  const std::string pem = directory.write("known.der", std::string(as_text(known.pkcs8().reveal())));
  const auto converted = run_process(
      {"openssl", "pkcs8", "-inform", "DER", "-in", pem, "-topk8", "-nocrypt", "-out", directory.file("known.pem")});
  REQUIRE(converted.exit_code == 0);
  const auto imported =
      run_process({"softhsm2-util", "--import", directory.file("known.pem"), "--token", SoftHsm::kLabel, "--label",
                   "key 1", "--id", "6f776e6572", "--pin", std::string(SoftHsm::kPin)});
  INFO(imported.out << imported.err);
  REQUIRE(imported.exit_code == 0);
  const auto token = open_token();
  REQUIRE(token->labels("owner").value() == std::vector<std::string>{"key 1"});
  CHECK(token->sign_digest(kFirst, kDigest).error().code == ErrorCode::keyd_integrity_error);
  REQUIRE(token->destroy_pair(kFirst));
  REQUIRE(token->make_pair(kFirst));
  CHECK(signs(*token, kFirst, key_of(*token, kFirst)));
}

TEST_CASE("a token that is taken out while it signs is an error, and signs again when it is back") {
  const SoftHsm hsm;
  const FaultScope scope;
  const auto token = open_token(MIBUN_FAULTY_MODULE);
  REQUIRE(token->make_pair(kFirst));
  const auto key = key_of(*token, kFirst);
  set_fault(Fault::is_removed);
  CHECK(token->sign_digest(kFirst, kDigest).error().code == ErrorCode::keyd_token_failed);
  CHECK(token->make_pair(kSecond).error().code == ErrorCode::keyd_token_failed);
  CHECK(token->labels("owner").error().code == ErrorCode::keyd_token_failed);
  CHECK(token->destroy_pair(kFirst).error().code == ErrorCode::keyd_token_failed);
  for (int after = 0; after < 6; ++after) {
    set_fault(Fault::is_removed, after);
    static_cast<void>(token->sign_digest(kFirst, kDigest));
    set_fault(Fault::none);
    CHECK(signs(*token, kFirst, key));
  }
}
