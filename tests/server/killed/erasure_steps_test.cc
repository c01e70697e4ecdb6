#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "core/codecs/base64url.h"
#include "core/jose/jws.h"
#include "platform/database/database.h"
#include "server/migrations/migrations.h"
#include "tests/server/crash/left.h"
#include "tests/server/killed/deeds.h"
#include "tests/server/killed/judge.h"
#include "tests/server/killed/stage.h"

// An erasure takes an account apart in many steps. `mibun serve` is killed before each call that writes during one, is
// started again, and the person is either as before or erased as a whole (docs/decisions/0047). ./test takes some of
// the calls, from the first to the last; MIBUN_FAULTS_EVERY, as tools/crash sets it, all of them.
namespace mibun::server {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kWho = 3;  // of the stage: has cards, a case and its notices
constexpr long kCallsOfShortRun = 6;

Stage& stage() {
  if (fs::is_directory("/dev/shm")) ::setenv("TMPDIR", "/dev/shm", 0);
  static Stage one;
  return one;
}

Reply hand_in(Device& device, const char* method, const char* path, const json::Object& body, int status) {
  TestWorld& w = stage().world();
  return w.send_well(w.account_request(device, method, path, json::serialize(body)), status);
}

// Data in which somebody has something of every class that people make themselves; each step begins with a copy of it.
class Before {
 public:
  Before() : data_{stage().new_data("erasure/data")}, model(stage().model()) {
    ServerProcess server(data_.directory, stage().config_file(), {});
    if (!server.is_ready()) throw std::runtime_error("it does not start");
    stage().talk_to(server, data_.directory);
    Device& device = model.people[kWho].device;
    hand_in(device, "POST", "/api/v1/inquiries",
            {{"id", "inquiry-before-the-erasure"}, {"kind", "card"}, {"text", "why"}, {"country_agreed", "US"}}, 201);
    model.people[kWho].inquiries.insert("inquiry-before-the-erasure");
    hand_in(device, "POST", "/api/v1/reports",
            {{"id", "report-before-the-erasure"},
             {"reason_code", "pressure"},
             {"client_id", "x509_hash:abc"},
             {"organization", "むすび / Musubi"},
             {"on", "2026-11-28"},
             {"text", "they insisted"}},
            201);
    model.people[kWho].reports.insert("report-before-the-erasure");
    json::Object event{{"id", "event-before-the-erasure"}, {"sealed", "a.b.c.d.e"}}, events;
    events["events"] = json::Array{json::Value(std::move(event))};
    const Reply kept = hand_in(device, "POST", "/api/v1/history", events, 201);
    model.people[kWho].history.emplace(kept.json.at("events").as_array().at(0).as_object().at("id").as_string());
    hand_in(device, "PUT", "/api/v1/push-subscription",
            {{"endpoint", "https://push.example/one"},
             {"p256dh", base64url::encode(crypto::P256PrivateKey::generate().public_key().point())},
             {"auth", base64url::encode(Bytes(16, 3))}},
            204);
    static_cast<void>(stage().world().offer_of(device, model.people[kWho].case_id));  // one that nobody redeemed
    if (server.stop() != 0) throw std::runtime_error("it does not end well");
  }
  std::string copy() const {
    const std::string data = stage().world().directory_.file("erasure-step/data");
    fs::create_directories(fs::path(data).parent_path());
    fs::copy(data_.directory, data, fs::copy_options::recursive);
    for (const char* folder : {"", "/keyd", "/keys"}) fs::permissions(data + folder, fs::perms::owner_all);
    return fs::canonical(data).string();
  }
  // Which of the files with photos and evidence that were there are still in `data`.
  std::set<std::string> files_left_in(const std::string& data) const {
    std::set<std::string> left;
    for (const auto& entry : fs::recursive_directory_iterator(data_.directory + "/files")) {
      const std::string name = fs::relative(entry.path(), data_.directory).string();
      if (entry.is_regular_file() && fs::exists(data + "/" + name)) left.insert(name);
    }
    return left;
  }

 private:
  Left data_;

 public:
  Model model;
};

const Before& before() {
  static const Before one;
  return one;
}

struct Written {
  long erasures = 0;
  std::string receipt;  // of the first
};

Written written_in(const std::string& data) {
  const auto database = must(database::Database::open(data + "/mibun.db", migrations()));
  Written written;
  for (const database::Row& row : must(database->rows("SELECT COALESCE(receipt, '') FROM erasures ORDER BY rowid"))) {
    if (written.erasures++ == 0) written.receipt = row.text(0);
  }
  return written;
}

// Whether the database that the killed server left says that the erasure was begun; looked up in a copy.
bool says_begun(const std::string& data) {
  const Left aside{stage().world().directory_.file("erasure-aside/data")};
  fs::create_directories(aside.directory);
  fs::permissions(aside.directory, fs::perms::owner_all);
  for (const char* file : {"/mibun.db", "/mibun.db-wal"}) {
    if (fs::exists(data + file)) fs::copy_file(data + file, aside.directory + file);
  }
  return written_in(aside.directory).erasures == 1;
}

// What a receipt says of each class: "erased" or "retained".
std::map<std::string, std::string> classes_of(const std::string& receipt) {
  std::map<std::string, std::string> classes;
  const json::Object content = must(must(jose::Jws::parse(std::string_view(receipt))).unverified_payload());
  for (const json::Value& one : content.at("classes").as_array()) {
    classes.emplace(one.as_object().at("class").as_string(), one.as_object().at("outcome").as_string());
  }
  return classes;
}

struct Erasure {
  std::string step;  // "pwrite keyd/keyd.db-wal"; empty when the server was not killed at a call
  long calls = 0;    // that were counted
  bool acknowledged = false;
  bool begun = false;  // as far as the database says
  bool resumed = false;
  std::string wrong;  // empty: as it has to be
  std::map<std::string, std::string> classes;
  std::set<std::string> files;
};

// The person asks to be erased, and the server is killed before call number `call` of that; 0: it is not.
std::string first_life(const std::string& data, long call, Person& person, Erasure& erasure) {
  TestWorld& w = stage().world();
  const std::string report = w.directory_.file("report"), counting = w.directory_.file("counting");
  fs::remove(report);
  std::string receipt;
  {
    ServerProcess server(data, stage().config_file(),
                         {"MIBUN_DISK_ROOT=" + data, "MIBUN_DISK_REPORT=" + report,
                          "MIBUN_DISK_COUNTED_WHILE=" + counting, "MIBUN_DISK_KILL_AT=" + std::to_string(call)});
    if (!server.is_ready()) throw std::runtime_error("it does not start");
    stage().talk_to(server, data);
    const TestRequest request = w.account_request(person.device, "DELETE", "/api/v1/account");
    std::ofstream(counting) << "x";
    try {
      receipt = w.send_well(request, 200).text("receipt");
      erasure.acknowledged = true;
    } catch (const ServerGone&) {
    }
    fs::remove(counting);
    if (call == 0) {
      static_cast<void>(server.stop());
    } else {
      server.kill();
    }
  }
  std::ifstream in(report);
  std::string what, path;
  in >> erasure.calls >> what >> path;
  if (!path.empty()) erasure.step = what + " " + fs::relative(path, data).string();
  return receipt;
}

// What the next server makes of it; the person asks again when it knows nothing of the erasure.
std::string next_life(const std::string& data, Model& model, const std::string& receipt, Erasure& erasure) {
  TestWorld& w = stage().world();
  Person& person = model.people[kWho];
  const auto goes = [&] {
    person.account = AccountIs::erased;
    model.holds = 1;  // what the law of the stage keeps of somebody who was proven
  };
  if (erasure.acknowledged) goes();
  const std::optional<Doubt> doubt =
      erasure.acknowledged ? std::nullopt : std::optional(Doubt{"erase", kWho, std::string()});
  {
    ServerProcess server(data, stage().config_file(), {});
    if (!server.is_ready()) return "it does not start again";
    stage().talk_to(server, data);
    if (std::string lost = what_was_lost(w, model, doubt); !lost.empty()) return lost;
    const Reply account = w.send(w.account_request(person.device, "GET", "/api/v1/account"));
    erasure.resumed = account.status() != 200;
    if (!erasure.resumed) {
      if (erasure.begun) return "it was begun, and the account is open";
      if (std::string lost = what_was_lost(w, model, {}); !lost.empty()) return "not begun, but: " + lost;
      w.send_well(w.account_request(person.device, "DELETE", "/api/v1/account"), 200);
    }
    goes();
    if (std::string lost = what_was_lost(w, model, {}); !lost.empty()) return "erased: " + lost;
    live_anew(w, model);
    if (const int code = server.stop(); code != 0) return "it ends with " + std::to_string(code);
  }
  if (std::string half = what_is_half_done(data, model, {}); !half.empty()) return half;
  const Written written = written_in(data);
  if (written.erasures != 2) return "there is not one receipt";  // and that of who came anew
  if (erasure.acknowledged && written.receipt != receipt) return "another receipt than the person has";
  erasure.classes = classes_of(written.receipt);
  erasure.files = before().files_left_in(data);
  return {};
}

Erasure erase(long call) {
  Erasure erasure;
  const Left data{before().copy()};
  Model model = before().model;
  try {
    const std::string receipt = first_life(data.directory, call, model.people[kWho], erasure);
    erasure.begun = says_begun(data.directory);
    erasure.wrong = next_life(data.directory, model, receipt, erasure);
  } catch (const std::exception& error) {
    erasure.wrong = std::string("refused, or gone: ") + error.what();
  }
  return erasure;
}

}  // namespace

TEST_CASE("an erasure killed at each step: the person is as before or erased as a whole, and has a receipt") {
  const Erasure whole = erase(0);
  REQUIRE(whole.wrong == "");
  REQUIRE(whole.acknowledged);
  REQUIRE(whole.classes.size() >= 12);
  REQUIRE(whole.classes.contains("data key"));
  for (const auto& [name, outcome] : whole.classes) CHECK((outcome == "erased" || outcome == "retained"));

  const long stride = std::getenv("MIBUN_FAULTS_EVERY") != nullptr ? 1 : std::max(1L, whole.calls / kCallsOfShortRun);
  long runs = 0, open = 0, resumed = 0;
  std::set<std::string> steps;
  for (long call = 1; call <= whole.calls; call += stride) {
    const Erasure erasure = erase(call);
    CAPTURE(call);
    CAPTURE(erasure.step);
    CHECK(erasure.wrong == "");
    CHECK(erasure.classes == whole.classes);
    CHECK(erasure.files == whole.files);
    ++runs;
    open += erasure.resumed ? 0 : 1;
    resumed += erasure.resumed && !erasure.acknowledged ? 1 : 0;
    steps.insert(erasure.step);
  }
  MESSAGE(runs, " runs, at ", steps.size(), " different steps of ", whole.calls, " calls of an erasure; ", open,
          " had to ask again, ", resumed, " were erased by the next start");
  CHECK(open > 0);     // killed before the first word of it was durable
  CHECK(resumed > 0);  // and after
}

}  // namespace mibun::server
