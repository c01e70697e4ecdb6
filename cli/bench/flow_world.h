#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/bench/memory_device.h"
#include "cli/client/api_client.h"
#include "cli/demo/child.h"
#include "cli/world/world.h"
#include "wallet/profile.h"
#include "wallet/server_api.h"

namespace mibun::cli {

// A real `mibun serve` on one CPU, with everything that whole flows need: a registered wallet whose holder was
// approved by two reviewers, a card in it, and a partner. Its folder goes with it. The caller's thread runs on another
// CPU from then on.
class FlowWorld {
 public:
  // Errors: io_error, unavailable (the server did not start), and those of each step.
  static Result<std::unique_ptr<FlowWorld>> open();
  ~FlowWorld();
  FlowWorld(const FlowWorld&) = delete;
  FlowWorld& operator=(const FlowWorld&) = delete;

  // Asks for a request, fetches it, answers it, takes the result: four requests over TLS on kept connections.
  Status present_once();
  // From the offer to ten verified cards, which are thrown away.
  Status issue_once();
  // CPU seconds of all threads of the server so far.
  double server_cpu_seconds() const;
  double server_memory_mb() const;
  std::string origin() const { return origin_; }
  const std::string& trust_pem() const { return trust_pem_; }
  // Since the last call: the time of each answer that the wallet waited for.
  std::vector<double> take_answer_times();

 private:
  FlowWorld() = default;
  Status start_server();
  Status register_wallet();
  Status prove_identity();
  Status register_partner();
  Result<ApiClient> client_of(const std::string& id, const std::string& key);
  std::string state_, origin_, trust_pem_;
  DemoWorld world_;
  std::unique_ptr<ServerChild> server_;
  std::unique_ptr<MemoryDevice> device_;
  std::unique_ptr<wallet::ServerApi> api_;
  wallet::Profile profile_;
  std::unique_ptr<ApiClient> partner_;
  std::string credential_;  // one copy, shown again and again
  wallet::KeyId credential_key_;
};

}  // namespace mibun::cli
