#include "platform/keyd/open_key_holder.h"

#include <sys/stat.h>

#include "tests/platform/keyd/support.h"
#include "tests/support/softhsm.h"

using namespace mibun;
using namespace mibun::keyd;
using namespace mibun::keyd::test;

namespace {

Result<std::string> read(const SecretSource& source, const std::string& credentials = "") {
  const auto secret = read_secret(source, credentials);
  if (!secret) return std::unexpected(secret.error());
  return std::string(as_text(secret->reveal()));
}

}  // namespace

TEST_CASE("a secret is read from a file of its owner alone, without its last line feed") {
  const TempDir directory;
  const auto file = [&](std::string_view content, mode_t mode) {
    const std::string path = directory.write("secret", content);
    ::chmod(path.c_str(), mode);
    return read(SecretFile{path});
  };
  CHECK(file("1234", 0600).value() == "1234");
  CHECK(file("1234\n", 0600).value() == "1234");
  CHECK(file("1234\n\n", 0600).value() == "1234\n");
  CHECK(file(" 12 34 ", 0400).value() == " 12 34 ");
  for (const mode_t open : {0640U, 0604U, 0660U, 0601U, 0620U, 0602U}) {
    CHECK(file("1234", open).error().code == ErrorCode::io_error);
  }
  CHECK(file("", 0600).error().code == ErrorCode::invalid_argument);
  CHECK(file("\n", 0600).error().code == ErrorCode::invalid_argument);
  CHECK(file(std::string(5000, 'x'), 0600).error().code == ErrorCode::io_error);
  CHECK(read(SecretFile{directory.file("none")}).error().code == ErrorCode::not_found);
}

TEST_CASE("a systemd credential is a name in its directory, and nothing beside it") {
  const TempDir directory;
  CHECK(read(SystemdCredential{"pin"}).error().code == ErrorCode::invalid_argument);
  const std::string credentials = directory.file("credentials");
  std::filesystem::create_directory(credentials);
  for (const char* name : {"credentials/pin", "outside"}) ::chmod(directory.write(name, "1234").c_str(), 0400);
  CHECK(read(SystemdCredential{"pin"}, credentials).value() == "1234");
  CHECK(read(SystemdCredential{"other"}, credentials).error().code == ErrorCode::not_found);
  for (const char* name : {"../outside", "/etc/passwd", "", ".", "..", "a/../pin"}) {
    INFO(name);
    CHECK(read(SystemdCredential{name}, credentials).error().code == ErrorCode::invalid_argument);
  }
}

TEST_CASE("keys in files beside a token are used when the settings say so, and never forgotten") {
  const SoftHsm hsm;
  const TempDir directory;
  const std::string path = directory.file("keys");
  const SigningPlaces places{.directory = path, .default_directory = directory.file("keyd"), .default_memory = {}};
  Settings settings;
  {
    const auto in_files = open_signing_keys(settings, places, rng);
    REQUIRE(in_files.has_value());
    REQUIRE((*in_files)->create({"issuer", 1}).has_value());
  }
  settings.signing_keys = TokenObjects{SoftHsm::kModule, SoftHsm::kLabel, SecretFile{hsm.pin_file()}};
  const auto forgotten = open_signing_keys(settings, places, rng);
  REQUIRE(!forgotten.has_value());
  CHECK(forgotten.error().code == ErrorCode::keyd_integrity_error);
  settings.has_previous_signing_files = true;
  const auto both = open_signing_keys(settings, places, rng);
  REQUIRE(both.has_value());
  CHECK((*both)->list()->size() == 1);
  CHECK((*both)->create({"issuer", 2}).has_value());
  CHECK(!files::exists(path + "/issuer-2.key"));
}
