#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "tests/platform/pkcs11/faulty/faults.h"
#include "tests/server/faults/key_service.h"
#include "tests/support/softhsm.h"

// The token behind the key service is slow, goes away, or lies: three processes, a new server whose keys were all made
// in a SoftHSM behind a module that does as a file says.
namespace mibun::server {
namespace {

using namespace std::chrono_literals;

class ServedOnToken {
 public:
  ServedOnToken() {
    TestWorld& world = stage().world();
    const json::Object place{
        {"kind", "token"}, {"module", MIBUN_FAULTY_MODULE}, {"token", SoftHsm::kLabel}, {"pin_file", hsm_.pin_file()}};
    const std::string config = world.directory_.write(
        "keyd-on-token.json", json::serialize(json::Object{{"epoch_keys", place}, {"signing_keys", place}}));
    well_behaved();
    const std::string socket = world.directory_.file("keyd.sock");
    keyd_.emplace(KeydProcess::Options{.directory = world.directory_.file("keyd-on-token"),
                                       .socket = socket,
                                       .config = config,
                                       .environment = {"MIBUN_TOKEN_FAULT=" + fault_file()}});
    ServedOptions serving{.has_our_disk = false, .data = "token/data"};
    serving.config["keyd"] = json::Object{{"socket", socket}};
    // Nobody's data: whoever had a key in files is a stranger to a token.
    serving.prepare = [](const std::string& data) {
      for (const auto& entry : std::filesystem::directory_iterator(data)) std::filesystem::remove_all(entry.path());
    };
    served_.emplace(serving);
  }
  ~ServedOnToken() {
    served_.reset();
    keyd_.reset();
    std::filesystem::remove_all(stage().world().directory_.file("keyd-on-token"));
  }
  ServedOnToken(const ServedOnToken&) = delete;
  ServedOnToken& operator=(const ServedOnToken&) = delete;

  void behaves(Fault fault, std::chrono::milliseconds slow = 0ms) const {
    const std::string next = fault_file() + ".next";
    std::ofstream(next) << static_cast<int>(fault) << " " << slow.count() << "\n";
    std::filesystem::rename(next, fault_file());
  }
  void well_behaved() const { behaves(Fault::none); }
  Served& served() { return *served_; }

 private:
  static std::string fault_file() { return stage().world().directory_.file("token-fault"); }
  SoftHsm hsm_;
  std::optional<KeydProcess> keyd_;
  std::optional<Served> served_;
};

const TestRequest kSigned{.target = "/.well-known/openid-credential-issuer",
                          .headers = {{"Accept", "application/jwt"}}};

// Makes a data key, which the token wraps. The code that it was refused with; empty: it was not.
std::string register_somebody() {
  TestWorld& world = stage().world();
  Device device = world.new_device();
  const BegunRegistration begun = world.begin_registration();
  const Reply reply = world.send(world.registration(begun, world.credential_json(begun, device)));
  if (reply.status() == 503) CHECK(reply.text("detail").size() > 10);
  return reply.status() == 201 ? std::string() : reply.code();
}

bool is_well_again() {
  return comes_true([] { return signed_metadata().status() == 200 && register_somebody().empty(); }, 60s) &&
         ready().text("keys") == "ok";
}

}  // namespace

TEST_CASE("a token that takes half a minute for each call: who needs it is refused in time, the rest does not wait") {
  ServedOnToken it;
  CHECK(signed_metadata().status() == 200);
  CHECK(register_somebody() == "");
  it.behaves(Fault::none, 30s);
  {
    Crowding waiting(it.served(), kSigned, 6);
    Crowding others(it.served(), {.target = "/healthz"}, 12);
    for (const Reply& reply : others.replies()) CHECK(reply.status() == 200);
    CHECK(others.within(3s) == 12);
    for (const Reply& reply : waiting.replies()) check_refused(reply, "keyd_unavailable");
    CHECK(waiting.took() < 25s);
  }
  CHECK(time_of(it.served(), kSigned, 503) < 15s);
  it.well_behaved();
  CHECK(is_well_again());
  CHECK(it.served().server->stop() == 0);
}

TEST_CASE("a token that is gone: refused, said in readiness, and found again without a restart") {
  ServedOnToken it;
  it.behaves(Fault::is_removed);
  check_refused(signed_metadata(), "keyd_token_failed");
  CHECK(register_somebody() == "keyd_token_failed");
  CHECK(ready().text("keys") == "token_failed");
  CHECK(ready().text("status") == "degraded");
  check_reads_go_on();
  it.well_behaved();
  CHECK(is_well_again());
  CHECK(it.served().server->stop() == 0);
}

TEST_CASE("a token that lies: no wrong signature leaves and no key is used that it did not keep") {
  ServedOnToken it;
  it.behaves(Fault::changes_signature);
  for (int i = 0; i < 3; ++i) check_refused(signed_metadata(), "keyd_token_failed");
  for (const Fault fault : {Fault::changes_ciphertext, Fault::changes_plaintext}) {
    it.behaves(fault);
    CHECK(register_somebody() == "keyd_token_failed");
  }
  check_reads_go_on();
  it.well_behaved();
  CHECK(is_well_again());
  CHECK(it.served().server->stop() == 0);
}

}  // namespace mibun::server
