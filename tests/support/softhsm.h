#pragma once

#include <stdlib.h>
#include <sys/stat.h>

#include <stdexcept>
#include <string>
#include <string_view>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

// A software token (SoftHSM 2) of its own in a temporary directory, made as an operator makes it. One at a time in a
// process: the module reads its configuration from the environment whenever it is initialised.
class SoftHsm {
 public:
  static constexpr const char* kModule = "/usr/lib/softhsm/libsofthsm2.so";
  static constexpr const char* kLabel = "mibun keys";
  static constexpr std::string_view kPin = "correct pin 4711";

  SoftHsm() {
    mkdir(tokens().c_str(), 0700);
    const std::string config = directory_.write(
        "softhsm2.conf", "directories.tokendir = " + tokens() + "\nobjectstore.backend = file\nlog.level = ERROR\n");
    setenv("SOFTHSM2_CONF", config.c_str(), 1);
    init(kLabel);
    directory_.write("pin", std::string(kPin) + "\n");
    chmod(pin_file().c_str(), 0600);
  }

  void init(const std::string& label, std::string_view pin = kPin) const {
    const auto made = run_process({"softhsm2-util", "--init-token", "--free", "--label", label, "--pin",
                                   std::string(pin), "--so-pin", "so pin 4711"});
    if (made.exit_code != 0) throw std::runtime_error("softhsm2-util: " + made.err + made.out);
  }

  std::string tokens() const { return directory_.file("tokens"); }
  std::string pin_file() const { return directory_.file("pin"); }
  std::string config() const { return directory_.file("softhsm2.conf"); }

 private:
  TempDir directory_;
};
