#include "platform/pkcs11/token.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/platform/pkcs11/faulty/control.h"
#include "tests/support/softhsm.h"

using namespace mibun;
using pkcs11::KeyName;
using pkcs11::Token;
using pkcs11::TokenPlace;

namespace {

const KeyName kFirst{"owner", "key 1"};
const Bytes kIv(12, 7);
const Bytes kText(32, 9);

SecretBytes pin(std::string_view text = SoftHsm::kPin) {
  return SecretBytes::copy_of(as_bytes(text));
}

std::unique_ptr<Token> open_token(const char* module = SoftHsm::kModule) {
  auto token = Token::open({module, SoftHsm::kLabel}, pin());
  INFO((token ? std::string() : token.error().where + ": " + token.error().detail));
  REQUIRE(token.has_value());
  return std::move(*token);
}

Bytes seal(Token& token, const KeyName& name = kFirst) {
  auto sealed = token.seal(name, kIv, as_bytes("aad"), kText);
  INFO((sealed ? std::string() : sealed.error().where + ": " + sealed.error().detail));
  REQUIRE(sealed.has_value());
  return std::move(*sealed);
}

bool opens(Token& token, const Bytes& sealed, const KeyName& name = kFirst) {
  const auto opened = token.open(name, kIv, as_bytes("aad"), sealed);
  return opened && ct_equal(opened->reveal(), kText);
}

}  // namespace

TEST_CASE("a key in the token seals and opens, also in the next session, and another key does not") {
  const SoftHsm hsm;
  Bytes sealed;
  {
    const auto token = open_token();
    REQUIRE(token->make_key(kFirst));
    REQUIRE(token->make_key({"owner", "key 2"}));
    REQUIRE(token->make_key({"other owner", "key 3"}));
    CHECK(token->make_key(kFirst).error().code == ErrorCode::io_error);
    CHECK(token->labels("owner").value() == std::vector<std::string>{"key 1", "key 2"});
    sealed = seal(*token);
    CHECK(sealed.size() == 48);
  }
  const auto token = open_token();
  CHECK(opens(*token, sealed));
  CHECK(token->open({"owner", "key 2"}, kIv, as_bytes("aad"), sealed).error().code == ErrorCode::keyd_integrity_error);
  CHECK(token->open({"owner", "key 4"}, kIv, as_bytes("aad"), sealed).error().code == ErrorCode::not_found);
  CHECK(token->open({"other owner", "key 1"}, kIv, as_bytes("aad"), sealed).error().code == ErrorCode::not_found);
  CHECK(token->open(kFirst, kIv, as_bytes("bad"), sealed).error().code == ErrorCode::keyd_integrity_error);
  CHECK(token->open(kFirst, Bytes(12, 8), as_bytes("aad"), sealed).error().code == ErrorCode::keyd_integrity_error);
  for (std::size_t byte = 0; byte < sealed.size(); byte += 5) {
    Bytes changed = sealed;
    changed[byte] ^= 1;
    CHECK(token->open(kFirst, kIv, as_bytes("aad"), changed).error().code == ErrorCode::keyd_integrity_error);
  }
  CHECK(opens(*token, sealed));  // all those refusals left the session as it was
}

TEST_CASE("a destroyed key is gone for this session and the next; destroying it again is no error") {
  const SoftHsm hsm;
  const auto token = open_token(), other = open_token();
  REQUIRE(token->make_key(kFirst));
  const Bytes sealed = seal(*token);
  REQUIRE(token->destroy_key(kFirst));
  CHECK(token->open(kFirst, kIv, as_bytes("aad"), sealed).error().code == ErrorCode::not_found);
  CHECK(other->open(kFirst, kIv, as_bytes("aad"), sealed).error().code == ErrorCode::not_found);
  CHECK(token->labels("owner").value().empty());
  CHECK(token->destroy_key(kFirst));
  REQUIRE(token->make_key(kFirst));  // a new key is another key
  CHECK(token->open(kFirst, kIv, as_bytes("aad"), sealed).error().code == ErrorCode::keyd_integrity_error);
}

TEST_CASE("a module, a token or a PIN that is not the right one is said, and a refused PIN is not sent again") {
  const SoftHsm hsm;
  const auto code = [](const char* module, const char* label, std::string_view a_pin) {
    return Token::open({module, label}, pin(a_pin)).error().code;
  };
  CHECK(code("/nowhere/libnothing.so", SoftHsm::kLabel, SoftHsm::kPin) == ErrorCode::keyd_token_failed);
  CHECK(code("libz.so.1", SoftHsm::kLabel, SoftHsm::kPin) == ErrorCode::keyd_token_failed);  // no PKCS #11
  CHECK(code(SoftHsm::kModule, "another token", SoftHsm::kPin) == ErrorCode::keyd_token_failed);
  const auto refused = Token::open({SoftHsm::kModule, SoftHsm::kLabel}, pin("wrong pin"));
  REQUIRE(!refused.has_value());
  CHECK(refused.error().code == ErrorCode::keyd_token_failed);
  CHECK(refused.error().where == "C_Login");
  CHECK(!refused.error().detail.contains("wrong pin"));
  const int before = logins();
  CHECK(code(MIBUN_FAULTY_MODULE, SoftHsm::kLabel, "wrong pin") == ErrorCode::keyd_token_failed);
  CHECK(logins() == before + 1);
  hsm.init(SoftHsm::kLabel);
  CHECK(code(SoftHsm::kModule, SoftHsm::kLabel, SoftHsm::kPin) == ErrorCode::keyd_token_failed);  // two of that label
}

TEST_CASE("a key that was brought into the token from outside is not used") {
  const SoftHsm hsm;
  const TempDir directory;
  // Exactly the file that softhsm2-util imports: 32 bytes that somebody else knows.
  const std::string file = directory.write("known.key", std::string(32, 'k'));
  const auto imported = run_process({"softhsm2-util", "--import", file, "--aes", "--token", SoftHsm::kLabel, "--label",
                                     "key 1", "--id", "6f776e6572", "--pin", std::string(SoftHsm::kPin)});
  INFO(imported.out << imported.err);
  REQUIRE(imported.exit_code == 0);
  const auto token = open_token();
  REQUIRE(token->labels("owner").value() == std::vector<std::string>{"key 1"});
  CHECK(token->seal(kFirst, kIv, {}, kText).error().code == ErrorCode::keyd_integrity_error);
  REQUIRE(token->destroy_key(kFirst));
  REQUIRE(token->make_key(kFirst));
  CHECK(token->seal(kFirst, kIv, {}, kText).has_value());
}

TEST_CASE("a token that is taken out is an error, and works again when it is back") {
  const SoftHsm hsm;
  const FaultScope scope;
  const auto token = open_token(MIBUN_FAULTY_MODULE);
  REQUIRE(token->make_key(kFirst));
  const Bytes sealed = seal(*token);
  SUBCASE("for the module") {
    set_fault(Fault::is_removed);
    CHECK(token->open(kFirst, kIv, as_bytes("aad"), sealed).error().code == ErrorCode::keyd_token_failed);
    CHECK(token->seal(kFirst, kIv, {}, kText).error().code == ErrorCode::keyd_token_failed);
    CHECK(token->make_key({"owner", "key 2"}).error().code == ErrorCode::keyd_token_failed);
    CHECK(token->labels("owner").error().code == ErrorCode::keyd_token_failed);
    CHECK(token->destroy_key(kFirst).error().code == ErrorCode::keyd_token_failed);
    set_fault(Fault::none);
  }
  SUBCASE("on the disk") {
    const std::string away = hsm.tokens() + ".away";
    std::filesystem::rename(hsm.tokens(), away);
    std::filesystem::create_directory(hsm.tokens());
    CHECK(token->open(kFirst, kIv, as_bytes("aad"), sealed).error().code == ErrorCode::keyd_token_failed);
    std::filesystem::remove(hsm.tokens());
    std::filesystem::rename(away, hsm.tokens());
  }
  SUBCASE("for one call, whichever it is") {
    for (int after = 0; after < 8; ++after) {
      set_fault(Fault::is_removed, after);
      static_cast<void>(token->open(kFirst, kIv, as_bytes("aad"), sealed));
      set_fault(Fault::none);
      CHECK(opens(*token, sealed));
    }
  }
  CHECK(opens(*token, sealed));
}

TEST_CASE("a token that comes back with another PIN is sent the old one once") {
  const SoftHsm hsm;
  const FaultScope scope;
  const auto token = open_token(MIBUN_FAULTY_MODULE);
  REQUIRE(token->make_key(kFirst));
  set_fault(Fault::is_removed);
  CHECK(!token->labels("owner").has_value());
  std::filesystem::remove_all(hsm.tokens());
  std::filesystem::create_directory(hsm.tokens());
  hsm.init(SoftHsm::kLabel, "another pin");
  set_fault(Fault::none);
  CHECK(token->labels("owner").error().code == ErrorCode::keyd_token_failed);
  const int sent = logins();
  for (int i = 0; i < 3; ++i) CHECK(token->labels("owner").error().code == ErrorCode::keyd_token_failed);
  CHECK(logins() == sent);
}

TEST_CASE("a token that says it destroyed a key and keeps it is found out") {
  const SoftHsm hsm;
  const FaultScope scope;
  const auto token = open_token(MIBUN_FAULTY_MODULE);
  REQUIRE(token->make_key(kFirst));
  set_fault(Fault::keeps_what_it_should_destroy);
  CHECK(token->destroy_key(kFirst).error().code == ErrorCode::keyd_token_failed);
  set_fault(Fault::none);
  CHECK(token->destroy_key(kFirst));
}
