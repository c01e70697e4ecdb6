// What every key holder does, wherever its keys are: in this process with epoch keys in files, in sealed files or in a
// token, or in a service behind a socket.
#include <functional>

#include "platform/keyd/file_epoch_keys.h"
#include "platform/keyd/token_epoch_keys.h"
#include "tests/platform/keyd/running_service.h"
#include "tests/platform/keyd/support.h"
#include "tests/support/softhsm.h"

using namespace mibun;
using namespace mibun::keyd;
using namespace mibun::keyd::test;

namespace {

class World {
 public:
  virtual ~World() = default;
  virtual KeyHolder& holder() = 0;
  virtual void restart() = 0;  // what holds the keys ends and begins again
};

class EmbeddedWorld final : public World {
 public:
  explicit EmbeddedWorld(std::function<std::unique_ptr<EpochKeys>(const std::string&)> open_epochs, int copies = 1)
      : open_epochs_(std::move(open_epochs)), copies_(copies) {
    restart();
  }
  KeyHolder& holder() override { return *holder_; }
  void restart() override {
    holder_.reset();
    HolderPlaces places;
    for (int i = 0; i < copies_; ++i) places.directories.push_back(directory_.file("keyd" + std::to_string(i)));
    places.epochs = open_epochs_(places.directories.front());
    auto opened = EmbeddedKeyHolder::open(std::move(places), rng);
    INFO((opened ? std::string() : opened.error().where + ": " + opened.error().detail));
    REQUIRE(opened.has_value());
    holder_ = std::move(*opened);
  }

 private:
  const TempDir directory_;
  const std::function<std::unique_ptr<EpochKeys>(const std::string&)> open_epochs_;
  const int copies_;
  std::unique_ptr<EmbeddedKeyHolder> holder_;
};

class RemoteWorld final : public World {
 public:
  RemoteWorld() { restart(); }
  KeyHolder& holder() override { return *client_; }
  void restart() override {
    service_.reset();
    service_ = std::make_unique<RunningService>(directory_.path());
    if (client_ == nullptr) client_ = service_->client();  // the same one goes on with the next service
  }

 private:
  const TempDir directory_;
  std::unique_ptr<RunningService> service_;
  std::unique_ptr<RemoteKeyHolder> client_;
};

std::unique_ptr<EpochKeys> sealed_files(const std::string& directory) {
  return std::make_unique<FileEpochKeys>(
      std::vector{directory},
      SealedBy{SecretBytes::copy_of(as_bytes("a passphrase")), {.memory_kib = 64, .passes = 1, .lanes = 1}});
}

std::unique_ptr<EpochKeys> plain_files(const std::string& directory) {
  return std::make_unique<FileEpochKeys>(std::vector{directory});
}

std::unique_ptr<EpochKeys> token_objects(const std::string&) {
  auto token = pkcs11::Token::open({SoftHsm::kModule, SoftHsm::kLabel}, SecretBytes::copy_of(as_bytes(SoftHsm::kPin)));
  INFO((token ? std::string() : token.error().where + ": " + token.error().detail));
  REQUIRE(token.has_value());
  return std::make_unique<TokenEpochKeys>(std::move(*token));
}

void keeps_the_contract(World& world) {
  CHECK(world.holder().create_person_key(PersonId{}).error().code == ErrorCode::invalid_argument);
  CHECK(world.holder().seal(kAlice, kName, as_bytes("x")).error().code == ErrorCode::keyd_person_key_missing);
  REQUIRE(world.holder().create_person_key(kAlice));
  REQUIRE(world.holder().create_person_key(kBob));
  CHECK(world.holder().create_person_key(kAlice).error().code == ErrorCode::keyd_key_exists);
  CHECK(world.holder().has_person_key(kAlice).value());
  CHECK(!world.holder().has_person_key({"person-carol"}).value());

  // Records whose class no purpose has for itself, so that the guard of the service lets them pass.
  constexpr RecordName kRecord{"card", "row-1", 1};
  const auto opens = [&](const PersonId& person, const RecordName& name, const Bytes& record, std::string_view text) {
    const auto opened = world.holder().open(person, name, record);
    return opened && as_text(*opened) == text;
  };
  const auto code = [&](const PersonId& person, const RecordName& name, const Bytes& record) {
    const auto opened = world.holder().open(person, name, record);
    REQUIRE(!opened.has_value());
    return opened.error().code;
  };
  const Bytes record = sealed(world.holder(), kAlice, "Alice", kRecord);
  const Bytes empty = sealed(world.holder(), kAlice, "", kRecord);
  const std::string long_text(100'000, 'x');
  const Bytes long_record = sealed(world.holder(), kAlice, long_text, kRecord);
  CHECK(record != sealed(world.holder(), kAlice, "Alice", kRecord));
  CHECK(opens(kAlice, kRecord, record, "Alice"));
  CHECK(opens(kAlice, kRecord, empty, ""));
  CHECK(opens(kAlice, kRecord, long_record, long_text));
  CHECK(code(kBob, kRecord, record) == ErrorCode::keyd_integrity_error);
  CHECK(code(kAlice, {"partner", "row-1", 1}, record) == ErrorCode::keyd_integrity_error);
  CHECK(code(kAlice, {kRecord.record_class, "row-2", 1}, record) == ErrorCode::keyd_integrity_error);
  CHECK(code(kAlice, {kRecord.record_class, "row-1", 2}, record) == ErrorCode::keyd_integrity_error);
  CHECK(code(kAlice, {kRecord.record_class, "row-1", -1}, record) == ErrorCode::keyd_integrity_error);
  CHECK(opens(kAlice, {kRecord.record_class, "row-1", -7},
              sealed(world.holder(), kAlice, "x", {kRecord.record_class, "row-1", -7}), "x"));
  for (std::size_t byte = 0; byte < record.size(); byte += 3) {
    Bytes changed = record;
    changed[byte] ^= 1;
    CHECK(code(kAlice, kRecord, changed) == ErrorCode::keyd_integrity_error);
    CHECK(code(kAlice, kRecord, to_bytes(BytesView(record).first(byte))) == ErrorCode::keyd_integrity_error);
  }

  const Bytes lookup = world.holder().lookup_hash("email", as_bytes("a@example.jp")).value();
  const Bytes hash = world.holder().person_hash(kAlice, "log", as_bytes("12")).value();
  CHECK(world.holder().lookup_hash("phone", as_bytes("a@example.jp")).value() != lookup);
  CHECK(world.holder().person_hash(kBob, "log", as_bytes("12")).value() != hash);

  for (int round = 0; round < 2; ++round) {
    REQUIRE(world.holder().rotate_epoch());
    CHECK(opens(kAlice, kRecord, record, "Alice"));
    world.restart();
    CHECK(opens(kAlice, kRecord, record, "Alice"));
    CHECK(world.holder().lookup_hash("email", as_bytes("a@example.jp")).value() == lookup);
    CHECK(world.holder().person_hash(kAlice, "log", as_bytes("12")).value() == hash);
  }

  REQUIRE(world.holder().destroy_person_key(kAlice));
  CHECK(world.holder().destroy_person_key(kAlice));
  CHECK(code(kAlice, kRecord, record) == ErrorCode::keyd_person_key_missing);
  CHECK(world.holder().person_hash(kAlice, "log", as_bytes("12")).error().code == ErrorCode::keyd_person_key_missing);
  world.restart();
  CHECK(!world.holder().has_person_key(kAlice).value());
  CHECK(code(kAlice, kRecord, record) == ErrorCode::keyd_person_key_missing);
  REQUIRE(world.holder().create_person_key(kAlice));
  CHECK(code(kAlice, kRecord, record) == ErrorCode::keyd_integrity_error);
  CHECK(world.holder().seal(kBob, kRecord, as_bytes("x")));
}

}  // namespace

TEST_CASE("a holder with epoch keys in files keeps the contract") {
  EmbeddedWorld world(plain_files);
  keeps_the_contract(world);
}

TEST_CASE("a holder with epoch keys in sealed files keeps the contract") {
  EmbeddedWorld world(sealed_files);
  keeps_the_contract(world);
}

TEST_CASE("a holder with epoch keys in a token keeps the contract") {
  const SoftHsm hsm;
  EmbeddedWorld world(token_objects);
  keeps_the_contract(world);
}

TEST_CASE("a holder with three copies of its table keeps the contract") {
  EmbeddedWorld world(plain_files, 3);
  keeps_the_contract(world);
}

TEST_CASE("a service behind a socket keeps the contract, also when it is started anew") {
  RemoteWorld world;
  keeps_the_contract(world);
}
