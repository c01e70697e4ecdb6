#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

// Certificates by the openssl program, with keys that we do not make.
class OpensslCertificates {
 public:
  // `options`: of `openssl req -x509`, the key first.
  mibun::Bytes make(std::vector<std::string> options) const {
    std::vector<std::string> command = {"openssl", "req",   "-x509",    "-nodes", "-keyout", directory_.file("key.pem"),
                                        "-subj",   "/CN=x", "-outform", "DER",    "-out",    directory_.file("x.der")};
    command.insert(command.end(), options.begin(), options.end());
    const ProcessResult result = run_process(command);
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    return mibun::to_bytes(directory_.read("x.der"));
  }
  mibun::Bytes on_curve(const std::string& curve) const {
    return make({"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:" + curve});
  }

 private:
  TempDir directory_;
};
