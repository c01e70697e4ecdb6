#pragma once

#include <ctime>
#include <string>
#include <vector>

#include "core/crypto/ca_certificate.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_pki.h"

// A certification authority whose revocation lists the openssl program writes and signs.
class OpensslAuthority {
 public:
  OpensslAuthority(const mibun::crypto::CaCertificate& root, const mibun::crypto::P256PrivateKey& key) {
    directory_.write("root.pem", root.pem());
    const mibun::SecretBytes pem = mibun::crypto::private_key_pem(key);
    directory_.write("root.key", mibun::as_text(pem.reveal()));
    directory_.write("index.txt", "");
    directory_.write("crlnumber", "1000\n");
    config_ = directory_.write("ca.cnf", "[ca]\ndefault_ca=c\n[c]\ndatabase=" + directory_.file("index.txt") +
                                             "\ncrlnumber=" + directory_.file("crlnumber") +
                                             "\ncertificate=" + directory_.file("root.pem") +
                                             "\nprivate_key=" + directory_.file("root.key") +
                                             "\ndefault_md=sha256\ncrl_extensions=e\n[e]\n"
                                             "authorityKeyIdentifier=keyid\n");
  }

  void revoke(const mibun::crypto::CaCertificate& certificate) const {
    run({"-revoke", directory_.write("revoked.pem", certificate.pem()), "-crl_reason", "keyCompromise"});
  }
  // DER.
  mibun::Bytes list(mibun::Instant this_update, mibun::Instant next_update) const {
    run({"-gencrl", "-crl_lastupdate", text(this_update), "-crl_nextupdate", text(next_update), "-out",
         directory_.file("list.pem")});
    return mibun::to_bytes(must(mibun::crypto::Crl::from_pem(directory_.read("list.pem"))).der());
  }

 private:
  static std::string text(mibun::Instant moment) {
    const std::time_t seconds = moment.unix_seconds();
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char out[32];
    return {out, std::strftime(out, sizeof out, "%Y%m%d%H%M%SZ", &parts)};
  }
  void run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"openssl", "ca", "-config", config_});
    const ProcessResult result = run_process(arguments);
    if (result.exit_code != 0) throw std::runtime_error("openssl ca: " + result.err);
  }

  TempDir directory_;
  std::string config_;
};
