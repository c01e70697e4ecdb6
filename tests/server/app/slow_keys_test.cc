#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>

#include "platform/database/inside_write.h"
#include "platform/keyd/forwarding_key_holder.h"
#include "server/migrations/migrations.h"
#include "tests/server/world/own_world.h"

// A key holder that hangs: whoever needs it waits, and nobody else does. Afterwards everything is whole.
namespace mibun::server {
namespace {

using namespace std::chrono_literals;

// The holder of a world, whose answers are held back while it hangs.
class HangingHolder final : public keyd::ForwardingKeyHolder {
 public:
  explicit HangingHolder(std::unique_ptr<keyd::KeyHolder> holder)
      : ForwardingKeyHolder(*holder), kept_(std::move(holder)) {}

  Status create_person_key(const keyd::PersonId& person) override {
    return pass(), ForwardingKeyHolder::create_person_key(person);
  }
  Result<Bytes> seal(const keyd::PersonId& person, const keyd::RecordName& name, BytesView plaintext) override {
    return pass(), ForwardingKeyHolder::seal(person, name, plaintext);
  }
  Result<Bytes> open_for(keyd::Purpose purpose, const keyd::PersonId& person, const keyd::RecordName& name,
                         BytesView sealed) override {
    return pass(), ForwardingKeyHolder::open_for(purpose, person, name, sealed);
  }
  Result<Bytes> lookup_hash(std::string_view domain, BytesView value) override {
    if (domain != hangs_at_hash) return ForwardingKeyHolder::lookup_hash(domain, value);
    return pass(), ForwardingKeyHolder::lookup_hash(domain, value);
  }

  void hang() {
    const std::lock_guard lock(mutex_);
    hangs_ = true;
  }
  void go_on() {
    const std::lock_guard lock(mutex_);
    hangs_ = false;
    waiting_ = 0;
    changed_.notify_all();
  }
  // Until somebody waits for it. False when nobody comes.
  bool is_waited_for() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 60s, [&] { return waiting_ > 0; });
  }

  std::string hangs_at_hash;  // the hashes of this domain, too
  std::atomic<int> asked = 0, asked_inside = 0;

 private:
  void pass() {
    ++asked;
    if (database::inside_write()) ++asked_inside;
    std::unique_lock lock(mutex_);
    if (!hangs_) return;
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !hangs_; });
  }

  const std::unique_ptr<keyd::KeyHolder> kept_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool hangs_ = false;
  int waiting_ = 0;
};

struct SlowWorld : OwnWorld {
  SlowWorld() {
    app.reset();
    holder_ = std::make_shared<HangingHolder>(must(keyd::open_embedded_key_holder(data_directory() + "/keyd", rng)));
    config.key_holder = holder_;
    app = must(App::open(config, clock, rng));
  }
  std::int64_t count(std::string_view sql, std::string_view value) {
    app.reset();
    const auto database = must(database::Database::open(data_directory() + "/mibun.db", migrations()));
    return must(database->row(sql, value))->integer(0);
  }
  // What needs no key of a person: it writes, and is durable when it is answered.
  void check_others_write() const {
    for (int i = 0; i < 5; ++i) CHECK(send(json_request("POST", "/api/v1/registrations", {})).status() == 201);
    CHECK(!nonce().empty());
  }

  std::shared_ptr<HangingHolder> holder_;
};

}  // namespace

TEST_CASE("while the key holder hangs, others write and commit; whoever waited is done afterwards, once") {
  SlowWorld w;
  Device device = w.register_device();
  const TestRequest asking = w.account_request(device, "POST", "/api/v1/proofing/cases", R"({"method":"emrtd"})");
  w.holder_->hang();
  auto waiting = std::async(std::launch::async, [&] { return w.send(asking).status(); });
  REQUIRE(w.holder_->is_waited_for());
  w.check_others_write();
  CHECK(waiting.wait_for(0s) == std::future_status::timeout);
  w.holder_->go_on();
  CHECK(waiting.get() == 201);
  const Reply history = w.send_well(w.account_request(device, "GET", "/api/v1/history"), 200);
  CHECK(history.json.at("events").as_array().size() == 2);
  CHECK(w.count("SELECT COUNT(*) FROM cases WHERE account_id = $1", device.account_id) == 1);
}

TEST_CASE("from registering to erasing, no key is asked for while anybody else who writes would wait for it") {
  SlowWorld w;
  Device device = w.register_device();
  const std::string case_id = w.approve(device);
  w.offer_of(device, case_id);
  const HeldCard card = w.card_of(device);
  w.send_well(w.account_request(device, "GET", "/api/v1/history"), 200);
  w.send_well(w.account_request(device, "DELETE", "/api/v1/account"), 200);
  Device other = w.register_device();
  w.card_of(other);
  const json::Object code{{"revocation_code", other.revocation_code}};
  w.send_well(w.json_request("POST", "/api/v1/revocations", code), 200);
  CHECK(w.holder_->asked > 30);
  CHECK(w.holder_->asked_inside == 0);
}

TEST_CASE("what was sealed for somebody who is erased meanwhile is not written, and leaves nothing") {
  SlowWorld w;
  Device late = w.register_device();
  const TestRequest asking = w.account_request(late, "POST", "/api/v1/proofing/cases", R"({"method":"emrtd"})");
  const TestRequest erasing = w.account_request(late, "DELETE", "/api/v1/account");
  w.holder_->hang();
  auto waiting = std::async(std::launch::async, [&] { return w.send(asking); });
  REQUIRE(w.holder_->is_waited_for());
  // Erasing seals nothing: only the key's end would wait, which the holder does not hold back.
  CHECK(w.send(erasing).status() == 200);
  w.holder_->go_on();
  CHECK(waiting.get().status() >= 400);
  CHECK(w.count("SELECT (SELECT COUNT(*) FROM cases WHERE account_id = $1) + (SELECT COUNT(*) FROM history_events "
                "WHERE account_id = $1)",
                late.account_id) == 0);
}

}  // namespace mibun::server
