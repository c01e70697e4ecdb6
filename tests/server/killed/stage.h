#pragma once

#include <memory>
#include <string>

#include "tests/server/killed/model.h"
#include "tests/server/killed/server_process.h"
#include "tests/server/killed/wire.h"

namespace mibun::server {

// The configuration for `mibun serve` of that world's server, in a file of the world's. Returns its path.
std::string write_server_config(const TestWorld& world);

// The world that every run begins with: partners, reviewers, and people who have come differently far. Its server's
// data is copied for each run and served by `mibun serve`.
class Stage {
 public:
  Stage();

  // A fresh copy of the data directory.
  std::string new_data(const std::string& name) const;
  Model model() const { return model_; }
  TestWorld& world() { return world_; }
  const std::string& config_file() const { return config_file_; }
  // From now on the world talks to that server.
  void talk_to(const ServerProcess& server, const std::string& data_directory);

 private:
  // What the partner took, so that its deletion can be asked for.
  void share_with_shop(const HeldCard& card);
  std::string write_stage_config(const crypto::P256PrivateKey& akari, const crypto::P256PrivateKey& minoru) const;

  TestWorld world_;
  Model model_;
  std::string config_file_;
  std::unique_ptr<Wire> wire_;
};

}  // namespace mibun::server
