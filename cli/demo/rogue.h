#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "core/base/random.h"
#include "core/base/time.h"
#include "platform/http/server.h"

namespace mibun::cli {

// A gateway gone wrong, for one chapter of the story: it holds a proper certificate and a proper registration for
// given_name only, and signs a request for the birth date. The gateway of mibun does not build such a request, so the
// story builds it by hand, with the demonstration server's own keys; the wallet must stop it by itself.
class RogueGateway {
 public:
  // `key_directory`: <server data>/keys of the demonstration.
  static Result<RogueGateway> start(const std::string& key_directory, const std::string& server_origin,
                                    const Clock& clock, Rng& rng);
  const std::string& wallet_link() const { return link_; }
  const std::string& origin() const { return origin_; }
  // Whether its request was fetched.
  bool was_asked() const { return *asked_; }
  // Whether anything was posted to its response_uri.
  bool was_answered() const { return *answered_; }

 private:
  RogueGateway() = default;
  std::shared_ptr<std::string> request_;
  std::shared_ptr<std::atomic<bool>> asked_, answered_;
  std::unique_ptr<http::Server> server_;
  std::string origin_, link_;
};

}  // namespace mibun::cli
