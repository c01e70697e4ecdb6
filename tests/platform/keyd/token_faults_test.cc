// A token that lies, fails in the middle or goes away: never a wrong key, never a lost one, and no restart needed.
#include <chrono>

#include "platform/keyd/file_epoch_keys.h"
#include "platform/keyd/token_epoch_keys.h"
#include "tests/platform/keyd/running_service.h"
#include "tests/platform/keyd/support.h"
#include "tests/platform/pkcs11/faulty/control.h"
#include "tests/support/softhsm.h"

using namespace mibun;
using namespace mibun::keyd;
using namespace mibun::keyd::test;

namespace {

std::unique_ptr<pkcs11::Token> faulty_token() {
  auto token =
      pkcs11::Token::open({MIBUN_FAULTY_MODULE, SoftHsm::kLabel}, SecretBytes::copy_of(as_bytes(SoftHsm::kPin)));
  INFO((token ? std::string() : token.error().where + ": " + token.error().detail));
  REQUIRE(token.has_value());
  return std::move(*token);
}

Result<std::unique_ptr<EmbeddedKeyHolder>> try_open(const std::string& path) {
  HolderPlaces places{.directories = {path}, .epochs = std::make_unique<TokenEpochKeys>(faulty_token())};
  return EmbeddedKeyHolder::open(std::move(places), rng);
}

std::unique_ptr<EmbeddedKeyHolder> open_on_token(const std::string& path) {
  auto opened = try_open(path);
  INFO((opened ? std::string() : opened.error().where + ": " + opened.error().detail));
  REQUIRE(opened.has_value());
  return std::move(*opened);
}

std::vector<std::string> epochs_in_token() {
  return faulty_token()->labels("mibun epoch key").value();
}

}  // namespace

TEST_CASE("a token that wraps or unwraps wrongly is found out before anything is written or sealed") {
  const SoftHsm hsm;
  const FaultScope scope;
  const TempDir directory;
  const std::string path = directory.file("keyd");
  Bytes record;
  {
    const auto holder = open_on_token(path);
    REQUIRE(holder->create_person_key(kAlice));
    record = sealed(*holder, kAlice, "Alice");
  }
  for (const Fault fault : {Fault::changes_ciphertext, Fault::changes_plaintext, Fault::forgets_ciphertext}) {
    const auto holder = open_on_token(path);  // with an empty cache
    set_fault(fault);
    if (fault != Fault::forgets_ciphertext) {  // what was wrapped last is then the right answer
      CHECK(holder->create_person_key(kBob).error().code == ErrorCode::keyd_token_failed);
      CHECK(!holder->has_person_key(kBob).value());
    } else {
      REQUIRE(holder->create_person_key(kBob));  // and now Bob's is what it has in mind
    }
    if (fault != Fault::changes_ciphertext) {
      // Sealing under a key that nobody will ever have again would lose the record.
      CHECK(holder->seal(kAlice, kName, as_bytes("x")).error().code == ErrorCode::keyd_token_failed);
      CHECK(holder->open(kAlice, kName, record).error().code == ErrorCode::keyd_token_failed);
    }
    CHECK(holder->rotate_epoch().error().code == ErrorCode::keyd_token_failed);
    set_fault(Fault::none);
    CHECK(opens_to(*holder, kAlice, record, "Alice"));
    CHECK(holder->rotate_epoch());
    CHECK(opens_to(*holder, kAlice, record, "Alice"));
    CHECK(epochs_in_token().size() == 1);
  }
}

TEST_CASE("a token that is pulled out at any call of a rotation loses nothing, and the next rotation ends it") {
  const SoftHsm hsm;
  const FaultScope scope;
  const TempDir directory;
  const auto holder = open_on_token(directory.file("keyd"));
  REQUIRE(holder->create_person_key(kAlice));
  const Bytes record = sealed(*holder, kAlice, "Alice");
  int failed = 0;
  for (int after = 0; after < 40; ++after) {
    INFO("after " << after << " calls");
    set_fault(Fault::is_removed, after);
    const Status rotated = holder->rotate_epoch();
    if (!rotated) {
      ++failed;
      const bool is_of_token =
          rotated.error().code == ErrorCode::keyd_token_failed || rotated.error().code == ErrorCode::io_error;
      CHECK(is_of_token);
    }
    set_fault(Fault::none);
    CHECK(opens_to(*holder, kAlice, record, "Alice"));
    CHECK(holder->create_person_key({"person-" + std::to_string(after)}).has_value());
    CHECK(holder->rotate_epoch().has_value());
    CHECK(epochs_in_token().size() == 1);
    CHECK(opens_to(*holder, kAlice, record, "Alice"));
  }
  CHECK(failed >= 5);
}

TEST_CASE("without its token a service answers that the token failed, and works on when it is back") {
  const SoftHsm hsm;
  const FaultScope scope;
  const TempDir directory;
  const auto holder = open_on_token(directory.file("keyd"));
  const RunningService service(directory.path(), {}, {}, holder.get());
  const auto client = service.client();
  const RecordName name{"card", "row", 1};
  REQUIRE(client->create_person_key(kAlice));
  const Bytes record = sealed(*client, kAlice, "Alice", name);
  REQUIRE(client->create_person_key(kBob));
  set_fault(Fault::is_removed);
  CHECK(client->create_person_key({"person-carol"}).error().code == ErrorCode::keyd_token_failed);
  CHECK(client->seal(kBob, name, as_bytes("x")).error().code == ErrorCode::keyd_token_failed);
  CHECK(client->open(kAlice, name, record).has_value());  // a key that is in use is still at hand
  CHECK(client->destroy_person_key(kAlice).has_value());  // and erasing needs no token
  CHECK(client->rotate_epoch().error().code == ErrorCode::keyd_token_failed);
  set_fault(Fault::none);
  CHECK(client->seal(kBob, name, as_bytes("x")).has_value());
  CHECK(client->rotate_epoch().has_value());
  CHECK(client->open(kAlice, name, record).error().code == ErrorCode::keyd_person_key_missing);
}

TEST_CASE("a slow token holds up who needs it and nobody for ever") {
  const SoftHsm hsm;
  const FaultScope scope;
  const TempDir directory;
  const auto holder = open_on_token(directory.file("keyd"));
  const RunningService service(directory.path(), {}, {}, holder.get());
  const auto client = service.client({.socket_path = {}, .time_limit = std::chrono::milliseconds(300)});
  REQUIRE(client->create_person_key(kAlice));
  set_fault(Fault::none, 0, 400);
  const auto began = std::chrono::steady_clock::now();
  CHECK(client->create_person_key(kBob).error().code == ErrorCode::keyd_unavailable);
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(5));
  CHECK(client->has_person_key(kAlice).value());
  set_fault(Fault::none);
}

TEST_CASE("whoever has the table and not the token opens nothing; nor does the token after the epoch was destroyed") {
  const SoftHsm hsm;
  const FaultScope scope;
  const TempDir directory;
  const std::string path = directory.file("keyd"), stolen = directory.file("stolen");
  Bytes record;
  {
    const auto holder = open_on_token(path);
    REQUIRE(holder->create_person_key(kAlice));
    record = sealed(*holder, kAlice, "Alice");
    CHECK(epoch_files(path).empty());
  }
  copy_directory(path, stolen);
  CHECK(EmbeddedKeyHolder::open(stolen, rng).error().code == ErrorCode::keyd_integrity_error);  // without a token
  {
    const auto holder = open_on_token(path);
    REQUIRE(holder->destroy_person_key(kAlice));
    REQUIRE(holder->rotate_epoch());
    CHECK(epochs_in_token() == std::vector<std::string>{"mibun epoch 2"});
  }
  const auto opened = try_open(stolen);
  REQUIRE(!opened.has_value());
  CHECK(opened.error().code == ErrorCode::keyd_integrity_error);
  CHECK(epochs_in_token() == std::vector<std::string>{"mibun epoch 2"});  // and the thief's try destroyed nothing
}

TEST_CASE("a new table does not begin on a token that has another table's epoch keys") {
  const SoftHsm hsm;
  const FaultScope scope;
  const TempDir directory;
  {
    REQUIRE(open_on_token(directory.file("keyd"))->rotate_epoch());
  }
  const auto opened = try_open(directory.file("other"));
  REQUIRE(!opened.has_value());
  CHECK(opened.error().code == ErrorCode::keyd_integrity_error);
  CHECK(epochs_in_token() == std::vector<std::string>{"mibun epoch 2"});
}

TEST_CASE("epoch keys move from files into a token, and nothing of them stays in the files") {
  const SoftHsm hsm;
  const FaultScope scope;
  const TempDir directory;
  const std::string path = directory.file("keyd");
  Bytes record;
  {
    const auto holder = open_holder(path);
    REQUIRE(holder->create_person_key(kAlice));
    record = sealed(*holder, kAlice, "Alice");
  }
  const auto move = [&]() -> Result<std::unique_ptr<EmbeddedKeyHolder>> {
    HolderPlaces places{.directories = {path}, .epochs = std::make_unique<TokenEpochKeys>(faulty_token())};
    places.previous_epochs = std::make_unique<FileEpochKeys>(places.directories);
    return EmbeddedKeyHolder::open(std::move(places), rng);
  };
  int failed = 0;
  for (int after = 3; after < 12 && !epoch_files(path).empty(); ++after) {
    set_fault(Fault::is_removed, after);
    failed += move() ? 0 : 1;
    set_fault(Fault::none);
  }
  CHECK(failed >= 2);
  const auto holder = move();
  REQUIRE(holder.has_value());
  CHECK(opens_to(**holder, kAlice, record, "Alice"));
  CHECK(epoch_files(path).empty());
  CHECK(epochs_in_token().size() == 1);
  CHECK((*holder)->rotate_epoch());
  CHECK(opens_to(**holder, kAlice, record, "Alice"));
}
