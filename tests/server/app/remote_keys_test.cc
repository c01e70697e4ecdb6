#include <doctest/doctest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <thread>

#include "platform/files/files.h"
#include "platform/keyd/embedded_key_holder.h"
#include "platform/keyd/guarded_key_holder.h"
#include "platform/keyd/service.h"
#include "platform/keyd/stored_signing_keys.h"
#include "platform/keyd/take_signing_keys.h"
#include "tests/server/world/test_world.h"

// The whole server with its keys in a key service.
namespace mibun::server {
namespace {

// On the directory where the server had its keys, as when an operator takes them out of it.
class KeyService {
 public:
  explicit KeyService(const std::string& directory)
      : holder_(must(keyd::EmbeddedKeyHolder::open(directory + "/keyd", rng_))),
        signing_keys_(must(keyd::StoredSigningKeys::open_files(directory + "/signing", rng_))),
        guarded_(*holder_, keyd::OpenRates{}),
        service_(must(keyd::Service::listen({.socket_path = directory + "/sock", .peers = {}}))),
        stop_(::eventfd(0, EFD_CLOEXEC)) {
    service_->start(guarded_, signing_keys_.get());
    thread_ = std::thread([this] { service_->run(stop_); });
  }
  ~KeyService() {
    ::eventfd_write(stop_, 1);
    thread_.join();
    service_.reset();
    ::close(stop_);
  }
  KeyService(const KeyService&) = delete;

 private:
  crypto::SystemRng rng_;
  std::unique_ptr<keyd::EmbeddedKeyHolder> holder_;
  std::unique_ptr<keyd::StoredSigningKeys> signing_keys_;
  keyd::GuardedKeyHolder guarded_;
  std::unique_ptr<keyd::Service> service_;
  int stop_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("a server whose keys are taken out of it into a service goes on, and without the service says so") {
  TestWorld w;
  const HeldCard before = w.take_card();  // registered, proven and issued while it had the keys itself
  w.app.reset();
  w.config.keyd.socket = w.data_directory() + "/sock";
  CHECK(App::open(w.config, w.clock, w.rng).error().code == ErrorCode::keyd_unavailable);
  auto service = std::make_unique<KeyService>(w.data_directory());
  // With new signing keys nobody would know its cards any more, so it does not begin with new ones.
  CHECK(App::open(w.config, w.clock, w.rng).error().code == ErrorCode::keyd_integrity_error);
  service.reset();
  CHECK(must(keyd::take_signing_keys(w.data_directory() + "/keys", w.data_directory() + "/signing", w.rng)) >= 12);
  service = std::make_unique<KeyService>(w.data_directory());
  w.app = must(App::open(w.config, w.clock, w.rng));
  CHECK(!keyd::has_signing_key_files(w.data_directory() + "/keys"));

  CHECK(w.receive(w.holder_token(), 2).size() == 2);  // claims that were sealed before
  Device device = w.register_device();
  const std::string case_id = w.approve(device);  // evidence, findings and claims, all through the service
  CHECK(!w.offer_of(device, case_id).tx_code.empty());
  const Reply history = w.send_well(w.account_request(device, "GET", "/api/v1/history"), 200);
  CHECK(!history.json.at("events").as_array().empty());
  CHECK(w.answered().second.size() > 10);

  const TestRequest asking = w.account_request(device, "GET", "/api/v1/history");
  service.reset();
  // An assertion's challenge is a keyed hash: without the service none is begun, and none is used.
  const json::Object begun{{"method", "GET"}, {"target", "/api/v1/history"}, {"body_sha256", std::string(43, 'A')}};
  CHECK(w.send(w.json_request("POST", "/api/v1/assertions", begun)).code() == "keyd_unavailable");
  const Reply without = w.send(asking);
  CHECK(without.status() == 503);
  CHECK(w.send({.target = "/.well-known/openid-credential-issuer", .headers = {{"Accept", "application/jwt"}}})
            .status() == 503);
  service = std::make_unique<KeyService>(w.data_directory());
  CHECK(w.send(w.account_request(device, "GET", "/api/v1/history")).status() == 200);
  CHECK(w.send({.target = "/.well-known/openid-credential-issuer", .headers = {{"Accept", "application/jwt"}}})
            .status() == 200);
  CHECK(w.receive(w.holder_token(), 2).size() == 2);
  CHECK(w.send(w.account_request(device, "DELETE", "/api/v1/account")).status() == 200);
}

}  // namespace mibun::server
