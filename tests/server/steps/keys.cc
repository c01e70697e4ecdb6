#include <signal.h>

#include <fstream>
#include <optional>
#include <utility>

#include "core/base/time.h"
#include "platform/files/files.h"
#include "platform/keyd/remote_key_holder.h"
#include "server/clock/memory.h"
#include "tests/cli/proximity/running.h"
#include "tests/server/killed/judge.h"
#include "tests/server/steps/ground.h"

// Keys that follow each other: signing keys, and the epoch key that wraps everybody's data keys.
namespace mibun::server {
namespace {

bool says(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

Said list_keys(const std::string& data) {
  return run_mibun({"keys", "list", "--data", data});
}
Said rotate_issuer(const std::string& data, std::vector<std::string> environment = {}) {
  return run_mibun({"keys", "rotate", "issuer", "--data", data}, std::move(environment));
}

// A server that signs with the second key of the issuer, by which the cards of the first still verify.
std::string goes_on_with_second(const std::string& data, Model& model) {
  if (const Said kept = keep_house(data); !kept.well) return "housekeeping: " + kept.text;
  const Said listed = list_keys(data);
  if (!listed.well) return "keys list: " + listed.text;
  if (!says(listed.text, "issuer 2  signs")) return "the successor does not sign: " + listed.text;
  if (!says(listed.text, "issuer 1  verifies")) return "the key of before does not verify: " + listed.text;
  if (says(listed.text, "issuer 3")) return "there is one key too many: " + listed.text;
  return serves_everybody(data, model);
}

// `mibun keys rotate issuer`, beside a server that does not run.
class KeyRotation final : public Operation {
 public:
  std::string name() const override { return "signing key rotation"; }
  long calls_min() const override { return 8; }
  std::vector<std::string> steps_wanted() const override { return {"link data/keys/issuer-2.key"}; }
  std::string before() override {
    if (before_.empty()) {
      before_ = fresh_folder("before key rotation");
      copy_folder(stage().world().data_directory(), before_ + "/data");
    }
    return before_;
  }
  bool perform(const Try& one) override { return rotate_issuer(one.data(), one.disk(one.data())).well; }
  std::string judge(const Try& one, bool acknowledged) override {
    Model model = stage().model();
    const Said listed = list_keys(one.data());
    if (!listed.well) return "keys list: " + listed.text;
    if (!says(listed.text, "issuer 1  signs")) return "the key of before signs no more: " + listed.text;
    const bool is_made = says(listed.text, "issuer 2");
    if (acknowledged && !is_made) return "the successor is gone";
    if (!is_made) {
      if (const Said again = rotate_issuer(one.data()); !again.well) return "once more: " + again.text;
    }
    return goes_on_with_second(one.data(), model);
  }

 private:
  std::string before_;
};

// The server certifies the successor that was made, when it starts.
class KeyCertification final : public Operation {
 public:
  std::string name() const override { return "signing key certification"; }
  long calls_min() const override { return 60; }
  std::vector<std::string> steps_wanted() const override { return {"link data/keys/issuer-2.pem"}; }
  std::string before() override {
    if (before_.empty()) {
      before_ = fresh_folder("before key certification");
      copy_folder(stage().world().data_directory(), before_ + "/data");
      if (!rotate_issuer(before_ + "/data").well) throw std::runtime_error("no successor");
    }
    return before_;
  }
  bool perform(const Try& one) override { return keep_house(one.data(), one.disk(one.data())).well; }
  std::string judge(const Try& one, bool acknowledged) override {
    const Said listed = list_keys(one.data());
    if (!listed.well) return "keys list: " + listed.text;
    if (acknowledged && !says(listed.text, "issuer 2  signs")) return "the certificate is gone: " + listed.text;
    Model model = stage().model();
    return goes_on_with_second(one.data(), model);
  }

 private:
  std::string before_;
};

// `mibun keyd` over the data's own keys. Throws when it does not come up.
struct Service {
  Service(const Try& one, const std::vector<std::string>& environment)
      : running(arguments(one, environment)), socket(one.folder + "/keyd.sock") {
    running.wait_for("ready: ");
    keys = must(keyd::RemoteKeyHolder::open({.socket_path = socket}));
  }
  void stop() {
    ::kill(running.pid(), SIGTERM);
    static_cast<void>(running.finish());
  }
  static std::vector<std::string> arguments(const Try& one, const std::vector<std::string>& environment) {
    std::vector<std::string> all{"env"};
    all.insert(all.end(), environment.begin(), environment.end());
    all.insert(all.end(), {MIBUN_PROGRAM, "--lang", "en", "keyd", "--directory", one.data() + "/keyd", "--socket",
                           one.folder + "/keyd.sock", "--log", one.folder + "/keyd.log"});
    return all;
  }
  Running running;
  const std::string socket;
  std::unique_ptr<keyd::RemoteKeyHolder> keys;
};

// Wherever epochs are ended: everybody's key opens, and what was stolen before opens nothing afterwards.
class EpochOperation : public Operation {
 public:
  std::string before() override {
    if (before_.empty()) {
      before_ = fresh_folder("before " + name());
      copy_folder(stage().world().data_directory(), before_ + "/data");
      const auto long_ago = SystemClock().now() - std::chrono::hours(48);
      must(RememberedMoment(before_ + "/data", "epoch.began").write(long_ago));
    }
    return before_;
  }

 protected:
  std::string stolen() { return before() + "/data/keyd"; }
  std::string judge_keys(const Try& one, bool acknowledged) {
    // An acknowledged end of an epoch is one; of another the next is as good.
    if (!acknowledged) return {};
    return opens_with_stolen(stolen(), one.data() + "/keyd", one.data());
  }

 private:
  std::string before_;
};

// By the server that has the keys itself, once a day: its record in the log, the rotation, the day it remembers.
class EpochInServer final : public EpochOperation {
 public:
  std::string name() const override { return "epoch rotation in the server"; }
  long calls_min() const override { return 40; }
  std::vector<std::string> steps_wanted() const override {
    return {"link data/keyd/epoch-2.key", "fdatasync data/keyd/keyd.db-wal", "unlink data/keyd/epoch-1.key",
            "rename data/epoch.began"};
  }
  bool perform(const Try& one) override { return keep_house(one.data(), one.disk_while_counting(one.data())).well; }
  std::string judge(const Try& one, bool acknowledged) override {
    if (std::string wrong = judge_keys(one, acknowledged); !wrong.empty()) return wrong;
    Model model = stage().model();
    if (std::string wrong = serves_everybody(one.data(), model); !wrong.empty()) return wrong;
    if (const Said again = keep_house(one.data()); !again.well) return "housekeeping: " + again.text;
    return opens_with_stolen(stolen(), one.data() + "/keyd", one.data());
  }
};

// Where `mibun keyd` has the keys, those that sign among them.
class EpochOfKeyService : public EpochOperation {
 public:
  std::string before() override {
    const std::string folder = EpochOperation::before();
    if (std::exchange(has_handed_over_, true)) return folder;
    const Said taken =
        run_mibun({"keyd", "--directory", folder + "/data/keyd", "--take-signing-keys", folder + "/data/keys"});
    if (!taken.well) throw std::runtime_error("the signing keys are not taken: " + taken.text);
    return folder;
  }

 private:
  bool has_handed_over_ = false;
};

// By `mibun keyd`, which is what is cut off, from its start to its end.
class EpochInKeyService final : public EpochOfKeyService {
 public:
  std::string name() const override { return "epoch rotation in the key service"; }
  long calls_min() const override { return 40; }
  std::vector<std::string> steps_wanted() const override {
    return {"link data/keyd/epoch-2.key", "fdatasync data/keyd/keyd.db-wal", "unlink data/keyd/epoch-1.key",
            // The files become the table's before it answers.
            "rename data/keyd/signing/issuer.key.erased", "unlink data/keyd/signing/issuer.key.erased"};
  }
  bool perform(const Try& one) override {
    bool ended = false;
    try {
      Service service(one, one.disk(one.data()));
      ended = service.keys->rotate_epoch().has_value();
      if (one.way != Way::killed) service.stop();
    } catch (const std::exception&) {
      if (one.way == Way::whole) throw;
    }
    return ended;
  }
  std::string judge(const Try& one, bool acknowledged) override {
    if (std::string wrong = judge_keys(one, acknowledged); !wrong.empty()) return wrong;
    Model model = stage().model();
    {
      Service service(one, {});
      for (const Person& person : model.people) {
        if (!must(service.keys->has_person_key({person.device.account_id}))) return "somebody has no key";
      }
      if (const Status again = service.keys->rotate_epoch(); !again) return "rotating again: " + again.error().where;
      service.stop();
    }
    if (std::string wrong = opens_with_stolen(stolen(), one.data() + "/keyd", one.data()); !wrong.empty()) return wrong;
    return serves_everybody(one.data(), model);
  }
};

// The server asks the key service, which is cut off.
class EpochThroughKeyService final : public EpochOfKeyService {
 public:
  std::string name() const override { return "epoch rotation of a server with a key service"; }
  long calls_min() const override { return 40; }
  std::vector<std::string> steps_wanted() const override {
    return {"link data/keyd/epoch-2.key", "fdatasync data/keyd/keyd.db-wal", "unlink data/keyd/epoch-1.key"};
  }
  std::size_t calls_of_short_run() const override { return 1; }
  bool perform(const Try& one) override {
    std::optional<Service> service;
    try {
      service.emplace(one, one.disk(one.data()));
    } catch (const std::exception&) {
      if (one.way == Way::whole) throw;
      return false;  // cut off before it was up
    }
    const bool well = keep_house(one.data(), {}, service->socket).well;
    if (one.way != Way::killed) service->stop();
    return well;
  }
  std::string judge(const Try& one, bool acknowledged) override {
    if (std::string wrong = judge_keys(one, acknowledged); !wrong.empty()) return wrong;
    Model model = stage().model();
    {
      Service service(one, {});
      if (const Said again = keep_house(one.data(), {}, service.socket); !again.well) {
        return "housekeeping: " + again.text;
      }
      const std::string config = config_with(one, service.socket);
      if (std::string wrong = knows_everybody(one.data(), model, config); !wrong.empty()) return wrong;
      service.stop();
    }
    if (std::string wrong = opens_with_stolen(stolen(), one.data() + "/keyd", one.data()); !wrong.empty()) return wrong;
    return what_is_half_done(one.data(), model, {});
  }

 private:
  static std::string config_with(const Try& one, const std::string& socket) {
    const Bytes text = must(files::read_file(stage().config_file(), 1 << 20));
    json::Object config = must(json::parse_object(as_text(text)));
    config["keyd"] = json::Object{{"socket", socket}};
    std::ofstream(one.folder + "/config.json") << json::serialize(config);
    return one.folder + "/config.json";
  }
};

}  // namespace

std::unique_ptr<Operation> key_rotation() {
  return std::make_unique<KeyRotation>();
}
std::unique_ptr<Operation> key_certification() {
  return std::make_unique<KeyCertification>();
}
std::unique_ptr<Operation> epoch_in_server() {
  return std::make_unique<EpochInServer>();
}
std::unique_ptr<Operation> epoch_in_key_service() {
  return std::make_unique<EpochInKeyService>();
}
std::unique_ptr<Operation> epoch_through_key_service() {
  return std::make_unique<EpochThroughKeyService>();
}

}  // namespace mibun::server
