#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "platform/keyd/guarded_key_holder.h"
#include "platform/keyd/rated_signing_keys.h"
#include "platform/keyd/remote_key_holder.h"
#include "platform/keyd/remote_signing_keys.h"
#include "platform/keyd/service.h"
#include "tests/platform/keyd/support.h"

namespace mibun::keyd::test {

// A key service in threads of this process, on a directory that stays when it ends.
class RunningService {
 public:
  explicit RunningService(const std::filesystem::path& directory, ServiceOptions options = {}, OpenRates rates = {},
                          KeyHolder* in_place_of_ours = nullptr, SigningKeys* signing_keys = nullptr)
      : socket_((directory / "sock").string()), stop_(::eventfd(0, EFD_CLOEXEC)) {
    if (in_place_of_ours == nullptr) holder_ = open_holder((directory / "keyd").string());
    guarded_ = std::make_unique<GuardedKeyHolder>(in_place_of_ours != nullptr ? *in_place_of_ours : *holder_, rates);
    options.socket_path = socket_;
    auto service = Service::listen(std::move(options));
    INFO((service ? std::string() : service.error().where + ": " + service.error().detail));
    REQUIRE(service.has_value());
    service_ = std::move(*service);
    if (signing_keys != nullptr) rated_ = std::make_unique<RatedSigningKeys>(*signing_keys, rates);
    service_->start(*guarded_, rated_.get());
    thread_ = std::thread([this] { service_->run(stop_); });
  }
  ~RunningService() {
    ::eventfd_write(stop_, 1);
    thread_.join();
    service_.reset();
    ::close(stop_);
  }
  RunningService(const RunningService&) = delete;
  RunningService& operator=(const RunningService&) = delete;

  std::unique_ptr<RemoteKeyHolder> client(RemoteOptions options = {}) const {
    options.socket_path = socket_;
    auto opened = RemoteKeyHolder::open(std::move(options));
    INFO((opened ? std::string() : opened.error().where + ": " + opened.error().detail));
    REQUIRE(opened.has_value());
    return std::move(*opened);
  }
  std::unique_ptr<RemoteSigningKeys> signing_client(RemoteOptions options = {}) const {
    options.socket_path = socket_;
    auto opened = RemoteSigningKeys::open(std::move(options));
    INFO((opened ? std::string() : opened.error().where + ": " + opened.error().detail));
    REQUIRE(opened.has_value());
    return std::move(*opened);
  }
  const std::string& socket() const { return socket_; }

 private:
  const std::string socket_;
  const int stop_;
  std::unique_ptr<EmbeddedKeyHolder> holder_;
  std::unique_ptr<GuardedKeyHolder> guarded_;
  std::unique_ptr<RatedSigningKeys> rated_;
  std::unique_ptr<Service> service_;
  std::thread thread_;
};

}  // namespace mibun::keyd::test
