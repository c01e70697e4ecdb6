// A token that lies about signatures, fails in the middle or goes away: nothing wrong is ever handed on, no second key
// is made, and no restart is needed.
#include <chrono>

#include "platform/keyd/stored_signing_keys.h"
#include "platform/keyd/token_signing_place.h"
#include "tests/platform/keyd/running_service.h"
#include "tests/platform/keyd/signing.h"
#include "tests/platform/pkcs11/faulty/control.h"
#include "tests/support/softhsm.h"

using namespace mibun;
using namespace mibun::keyd;
using namespace mibun::keyd::test;

namespace {

const SigningKeyId kReceipt{"receipt", 1};
const std::string kMessage = jwt_of("mibun-consent-receipt+jwt"), kOther = jwt_of("mibun-erasure-receipt+jwt");

std::unique_ptr<pkcs11::SigningToken> faulty_token() {
  auto token =
      pkcs11::SigningToken::open({MIBUN_FAULTY_MODULE, SoftHsm::kLabel}, SecretBytes::copy_of(as_bytes(SoftHsm::kPin)));
  INFO((token ? std::string() : token.error().where + ": " + token.error().detail));
  REQUIRE(token.has_value());
  return std::move(*token);
}

Result<std::unique_ptr<StoredSigningKeys>> try_open(const std::string& path) {
  MIBUN_CHECK(files::make_private_directory(path));
  std::vector<std::unique_ptr<SigningPlace>> places;
  places.push_back(std::make_unique<TokenSigningPlace>(path, faulty_token()));
  return StoredSigningKeys::open(path, std::move(places));
}

std::unique_ptr<StoredSigningKeys> open_keys(const std::string& path) {
  auto opened = try_open(path);
  INFO((opened ? std::string() : opened.error().where + ": " + opened.error().detail));
  REQUIRE(opened.has_value());
  return std::move(*opened);
}

std::vector<std::string> keys_in_token() {
  return faulty_token()->labels("mibun signing key").value();
}

Result<crypto::P256Signature> sign(SigningKeys& keys, const std::string& message = kMessage) {
  return keys.sign(Purpose::sign_receipt, kReceipt, as_bytes(message));
}

}  // namespace

TEST_CASE("what the token signs wrongly never leaves") {
  const SoftHsm hsm;
  const FaultScope scope;
  const TempDir directory;
  const auto keys = open_keys(directory.file("keys"));
  const auto key = keys->create(kReceipt);
  REQUIRE(key.has_value());
  REQUIRE(sign(*keys, kOther).has_value());
  for (const Fault fault : {Fault::changes_signature, Fault::forgets_digest}) {
    set_fault(fault);
    const auto signature = sign(*keys);
    REQUIRE(!signature.has_value());
    CHECK(signature.error().code == ErrorCode::keyd_token_failed);
    set_fault(Fault::none);
    CHECK(key->verify(as_bytes(kMessage), sign(*keys).value()));
    REQUIRE(sign(*keys, kOther).has_value());
  }
}

TEST_CASE("a key that does not sign as it should is not made, and the next try makes it") {
  const SoftHsm hsm;
  const FaultScope scope;
  const TempDir directory;
  const auto keys = open_keys(directory.file("keys"));
  set_fault(Fault::changes_signature);
  CHECK(keys->create(kReceipt).error().code == ErrorCode::keyd_token_failed);
  set_fault(Fault::none);
  CHECK(keys->list().value().empty());
  REQUIRE(keys->create(kReceipt).has_value());
  CHECK(sign(*keys).has_value());
  CHECK(keys_in_token() == std::vector<std::string>{"receipt"});
}

TEST_CASE("another pair under the same label in the token signs nothing for us") {
  const SoftHsm hsm;
  const FaultScope scope;
  const TempDir directory;
  const std::string path = directory.file("keys");
  REQUIRE(open_keys(path)->create(kReceipt).has_value());
  REQUIRE(faulty_token()->destroy_pair({"mibun signing key", "receipt"}));
  {
    const auto keys = open_keys(path);
    CHECK(keys->list().value().empty());
    const auto gone = sign(*keys);
    REQUIRE(!gone.has_value());
    // Nor is a new one made under the name of the one that was there.
    CHECK(keys->create(kReceipt).error().code == ErrorCode::io_error);
  }
  REQUIRE(faulty_token()->destroy_pair({"mibun signing key", "receipt"}));
  REQUIRE(faulty_token()->make_pair({"mibun signing key", "receipt"}));
  CHECK(sign(*open_keys(path)).error().code == ErrorCode::keyd_token_failed);
}

TEST_CASE("a token that is pulled out at any call while a key is made leaves one key or none") {
  const SoftHsm hsm;
  const FaultScope scope;
  int failed = 0;
  for (int after = 0; after < 16; ++after) {
    INFO("after " << after << " calls");
    const TempDir directory;
    const auto keys = open_keys(directory.file("keys"));
    set_fault(Fault::is_removed, after);
    const auto made = keys->create(kReceipt);
    set_fault(Fault::none);
    if (!made) {
      ++failed;
      CHECK(made.error().code == ErrorCode::keyd_token_failed);
      REQUIRE(keys->create(kReceipt).has_value());
    }
    CHECK(sign(*keys).has_value());
    CHECK(keys->list().value().size() == 1);
    CHECK(keys_in_token().size() == 1);
    REQUIRE(faulty_token()->destroy_pair({"mibun signing key", "receipt"}));
  }
  CHECK(failed >= 4);
}

TEST_CASE("without its token a service answers that the token failed, and signs on when it is back") {
  const SoftHsm hsm;
  const FaultScope scope;
  const TempDir directory;
  const auto keys = open_keys(directory.file("keys"));
  const RunningService service(directory.path(), {}, {}, nullptr, keys.get());
  const auto client = service.signing_client();
  const auto key = client->create(kReceipt);
  REQUIRE(key.has_value());
  set_fault(Fault::is_removed);
  CHECK(sign(*client).error().code == ErrorCode::keyd_token_failed);
  CHECK(client->create({"receipt", 2}).error().code == ErrorCode::keyd_token_failed);
  CHECK(client->list().error().code == ErrorCode::keyd_token_failed);
  set_fault(Fault::none);
  CHECK(key->verify(as_bytes(kMessage), sign(*client).value()));
}

TEST_CASE("a slow token holds up who needs it and nobody for ever") {
  const SoftHsm hsm;
  const FaultScope scope;
  const TempDir directory;
  const auto keys = open_keys(directory.file("keys"));
  REQUIRE(keys->create(kReceipt).has_value());
  const RunningService service(directory.path(), {}, {}, nullptr, keys.get());
  const auto client = service.signing_client({.socket_path = {}, .time_limit = std::chrono::milliseconds(300)});
  set_fault(Fault::none, 0, 400);
  const auto began = std::chrono::steady_clock::now();
  CHECK(sign(*client).error().code == ErrorCode::keyd_unavailable);
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(5));
  set_fault(Fault::none);
  CHECK(sign(*client).has_value());
}

TEST_CASE("whoever has the directory and not the token signs nothing") {
  const SoftHsm hsm;
  const FaultScope scope;
  const TempDir directory;
  const std::string path = directory.file("keys"), stolen = directory.file("stolen");
  REQUIRE(open_keys(path)->create(kReceipt).has_value());
  for (const std::string& name : files::list_directory(path).value()) CHECK(!name.ends_with(".key"));
  copy_directory(path, stolen);
  const auto thief = StoredSigningKeys::open_files(stolen, rng);
  REQUIRE(thief.has_value());
  CHECK(sign(**thief).error().code == ErrorCode::not_found);
}
