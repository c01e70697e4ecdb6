#include <doctest/doctest.h>

#include "tests/cli/serve/started_server.h"
#include "tests/support/test_pki.h"

// Whose cards are taken, as `mibun serve` reads it: "trusted_issuers" and "taken_back_signer_pem_files". The real
// program.
namespace {

using namespace mibun;

struct Issuers : StartedServer {
  const TestAuthority authority{"club"};
  const std::string root = directory.write("root.pem", authority.root.pem());

  // {"format":...,"types":["t"],"pem_files":[root]} with `more` behind.
  std::string row(const char* format, const std::string& more) const {
    return R"({"trusted_issuers":[{"format":")" + std::string(format) + R"(","types":["t"],"pem_files":[")" + root +
           R"("])" + more + "}]}";
  }
};

}  // namespace

TEST_CASE("A19: an issuer of mdocs without the lists of its signers is no configuration, and the program says so") {
  Issuers server;
  const std::string list = R"("https://lists.example/iaca.crl")";
  CHECK(server.start(server.row("mso_mdoc", R"(,"crls":[)" + list + "]")).exit_code == kPortTaken);
  CHECK(server.start(server.row("dc+sd-jwt", "")).exit_code == kPortTaken);
  CHECK(server.start(server.row("dc+sd-jwt", R"(,"crls":[)" + list + "]")).exit_code == kPortTaken);
  CHECK(server.start(server.row("mso_mdoc", R"(,"crls":["/srv/lists/iaca.crl"])")).exit_code == kPortTaken);
  const auto missing = server.start(server.row("mso_mdoc", ""));
  CHECK(missing.exit_code == kRefused);
  INFO(missing.err);
  CHECK(missing.err.find("trusted_issuers.crls") != std::string::npos);
  for (const char* crls : {"[]", R"("https://lists.example/iaca.crl")", "[7]", "{}",
                           R"(["http://lists.example/l.crl"])", R"(["lists.example"])", R"([""])"}) {
    for (const char* format : {"mso_mdoc", "dc+sd-jwt"}) {
      INFO(crls);
      CHECK(server.start(server.row(format, std::string(R"(,"crls":)") + crls)).exit_code == kRefused);
    }
  }
  CHECK(server.start(server.row("mso_mdoc", R"(,"crl":[)" + list + "]")).exit_code == kRefused);
}

TEST_CASE("signers that were taken back are certificates of this server's own signers") {
  Issuers server;
  const auto taken_back = [&](const std::string& files) {
    return server.start(R"({"taken_back_signer_pem_files":)" + files + "}");
  };
  CHECK(taken_back("[]").exit_code == kPortTaken);
  const auto foreign = taken_back("[\"" + server.root + "\"]");
  CHECK(foreign.exit_code == kRefused);
  CHECK(foreign.err.find("taken_back_signer_pem_files") != std::string::npos);
  // The one that signs now.
  CHECK(taken_back("[\"" + server.directory.file("data/keys/document-signer.pem") + "\"]").exit_code == kRefused);
  for (const std::string& files :
       {std::string("{}"), std::string("[7]"), "[\"" + server.directory.file("none.pem") + "\"]",
        "[\"" + server.directory.write("empty.pem", "") + "\"]"}) {
    INFO(files);
    CHECK(taken_back(files).exit_code == kRefused);
  }
}
