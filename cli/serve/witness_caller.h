#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/base/result.h"
#include "platform/http/client.h"
#include "server/app/app.h"
#include "server/transparency/chosen_witness.h"

namespace mibun::cli {

// Has the log's checkpoint signed by its witnesses every few seconds, in a thread of its own: they are strangers'
// machines, and nothing waits for them.
class WitnessCaller {
 public:
  // `app` must outlive it. Errors: url_*, http_url_not_allowed.
  static Result<std::unique_ptr<WitnessCaller>> start(server::App& app,
                                                      const std::vector<server::ChosenWitness>& witnesses);

 private:
  WitnessCaller(server::App& app, std::vector<http::Client> clients);
  void run(const std::stop_token& stop);
  server::App& app_;
  std::vector<http::Client> clients_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace mibun::cli
