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
#include "wallet/trust.h"

namespace mibun::cli {

// One person with a wallet and a card in it, and a partner's program that asks them: connections and keys of their own,
// so that each may run on a thread of its own.
struct Counterpart {
  std::unique_ptr<MemoryDevice> device;
  std::unique_ptr<wallet::ServerApi> api;
  wallet::Profile profile;
  std::unique_ptr<ApiClient> partner;
  std::string origin;
  // Read once: reading it anew for each answer would be half of the load's own CPU time.
  std::unique_ptr<const wallet::TrustList> trust;
  std::string credential;  // one copy, shown again and again
  wallet::KeyId credential_key;

  // Asks for a request, fetches it, answers it, takes the result: four requests over TLS on kept connections.
  Status present_once();
  // One answer that says nothing (GET /healthz).
  Status look_once();
  // From the offer to ten verified cards, which are thrown away.
  Status issue_once();
};

// A real `mibun serve` on one CPU, with everything that whole flows need: registered wallets whose holders were
// approved by two reviewers, a card in each, and a partner. Its folder goes with it. The caller's thread runs on
// another CPU from then on.
class FlowWorld {
 public:
  // `people`: how many there are at once. Errors: io_error, unavailable (the server did not start), and those of each
  // step.
  static Result<std::unique_ptr<FlowWorld>> open(int people);
  ~FlowWorld();
  FlowWorld(const FlowWorld&) = delete;
  FlowWorld& operator=(const FlowWorld&) = delete;

  std::vector<Counterpart>& people() { return people_; }
  // CPU seconds of all threads of the server so far.
  double server_cpu_seconds() const;
  double server_memory_mb() const;
  // Of the server's state, on its disk.
  const std::string& folder() const { return state_; }
  std::string origin() const { return origin_; }
  const std::string& trust_pem() const { return trust_pem_; }
  // Since the last call: the time of each answer that this person's wallet waited for.
  std::vector<double> take_answer_times(std::size_t person);

 private:
  FlowWorld() = default;
  Status start_server();
  Status register_partner();
  Result<Counterpart> make_person();
  Status prove_identity(Counterpart& person);
  Result<ApiClient> client_of(const std::string& id, const std::string& key);
  std::string state_, origin_, trust_pem_;
  SystemClock clock_;
  crypto::SystemRng rng_;
  DemoWorld world_;
  std::unique_ptr<ServerChild> server_;
  std::vector<Counterpart> people_;
};

}  // namespace mibun::cli
