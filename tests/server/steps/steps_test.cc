#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>

#include "tests/server/crash/left.h"
#include "tests/server/steps/ground.h"

// Operations of many steps, each cut off before every call that writes: nothing that was acknowledged is lost, nothing
// is half done, and it can be taken up again (docs/decisions/0064). ./test takes some of the calls by chance,
// MIBUN_FAULTS_EVERY, as tools/crash sets it, all of them; MIBUN_STEPS_AT="rename data/keyd" those of that
// name. MIBUN_STEPS_SHOW prints the steps in their order.
namespace mibun::server {
namespace {

namespace fs = std::filesystem;

// A name that differs from run to run, or from row to row: an id, the two digits before it, the number of a tile.
bool is_counted(const std::string& part) {
  const bool is_id = part.size() >= 20 && part.find('.') == std::string::npos;
  const bool is_prefix = part.size() == 2 && part.find_first_not_of("0123456789abcdef") == std::string::npos;
  const bool is_tile = part.size() >= 3 && part.find_first_not_of("0123456789x.p") == std::string::npos;
  return is_id || is_prefix || is_tile;
}

// "pwrite data/mibun.db-wal", "fsync data/log-tree/a/tile/0/*": the same step has one name.
std::string step_name(const std::string& call, const std::string& path, const std::string& folder) {
  const std::string name = path.starts_with(folder + "/") ? path.substr(folder.size() + 1) : path;
  std::string parts;
  for (std::size_t at = 0; at <= name.size();) {
    const std::size_t end = std::min(name.find('/', at), name.size());
    std::string part = name.substr(at, end - at);
    if (const auto temporary = part.find(".tmp."); temporary != std::string::npos) part.resize(temporary + 4);
    parts += (parts.empty() ? "" : "/") + (is_counted(part) ? std::string("*") : part);
    at = end + 1;
  }
  return call + " " + parts;
}

struct Tried {
  std::vector<std::string> steps;  // of a whole run, in their order
  std::string cut_at;              // empty: it came to its end before
  bool acknowledged = false;
  std::string wrong;
};

std::vector<std::string> read_steps(const std::string& trace, const std::string& folder) {
  std::ifstream in(trace);
  std::vector<std::string> steps;
  for (std::string call, path; in >> call && std::getline(in >> std::ws, path);) {
    steps.push_back(step_name(call, path, folder));
  }
  return steps;
}

Tried try_once(Operation& operation, Way way, long call) {
  TestWorld& w = stage().world();
  Try one{.folder = {},
          .way = way,
          .call = call,
          .report = w.directory_.file("report"),
          .trace = w.directory_.file("trace"),
          .counting = w.directory_.file("counting")};
  const std::string before = operation.before();
  one.folder = fresh_folder("try") + "/it";
  const Left ground{one.folder};
  copy_folder(before, one.folder);
  fs::remove(one.report);
  fs::remove(one.trace);
  fs::remove(one.counting);  // of a program that was killed meanwhile
  Tried tried;
  try {
    tried.acknowledged = operation.perform(one);
    std::ifstream report(one.report);
    long count = 0;
    std::string what, path;
    report >> count >> what;
    std::getline(report >> std::ws, path);
    if (path.starts_with("/")) tried.cut_at = step_name(what, path, one.folder);
    if (way == Way::whole) tried.steps = read_steps(one.trace, one.folder);
    tried.wrong = operation.judge(one, tried.acknowledged);
  } catch (const std::exception& error) {
    tried.wrong = std::string("refused, or gone: ") + error.what();
  }
  return tried;
}

// Which calls are to be cut at.
std::vector<long> chosen(const Operation& operation, const std::vector<std::string>& steps) {
  std::vector<long> all;
  if (const char* named = std::getenv("MIBUN_STEPS_AT"); named != nullptr) {
    for (std::size_t at = 0; at < steps.size(); ++at) {
      if (steps[at] == named) all.push_back(static_cast<long>(at) + 1);
    }
    return all;
  }
  if (std::getenv("MIBUN_FAULTS_EVERY") == nullptr) {
    const char* seed = std::getenv("MIBUN_CRASH_SEED");
    std::mt19937 random(seed == nullptr ? 20'261'129U : static_cast<unsigned>(std::strtoul(seed, nullptr, 10)));
    const std::size_t part = std::max<std::size_t>(1, steps.size() / operation.calls_of_short_run());
    for (std::size_t from = 0; from + part <= steps.size(); from += part) {
      all.push_back(static_cast<long>(1 + from + random() % part));
    }
    // And the last, behind which everything is said to be done.
    if (all.back() != static_cast<long>(steps.size())) all.push_back(static_cast<long>(steps.size()));
    return all;
  }
  std::set<std::string> kinds;
  for (std::size_t at = 0; at < steps.size(); ++at) {
    const std::string& step = steps[at];
    const std::string path = step.substr(step.find(' ') + 1);
    const bool is_scratch =
        std::ranges::any_of(operation.scratch(), [&](const std::string& one) { return path.starts_with(one); });
    if (!is_scratch || kinds.insert(step.substr(0, step.rfind('/'))).second) {
      all.push_back(static_cast<long>(at) + 1);
    }
  }
  return all;
}

void cut_everywhere(Operation& operation, Way way) {
  const std::string name = operation.name() + (way == Way::killed ? ", killed" : ", without power");
  CAPTURE(name);
  static std::map<std::string, Tried> whole_runs;  // one for both ways
  if (!whole_runs.contains(operation.name())) whole_runs[operation.name()] = try_once(operation, Way::whole, 0);
  const Tried& whole = whole_runs[operation.name()];
  REQUIRE(whole.wrong == "");
  REQUIRE(whole.acknowledged);
  const std::set<std::string> names(whole.steps.begin(), whole.steps.end());
  const auto calls = static_cast<long>(whole.steps.size());
  CHECK(calls >= operation.calls_min());
  if (std::getenv("MIBUN_STEPS_SHOW") != nullptr) {
    for (long call = 1; call <= calls; ++call) MESSAGE(call, " ", whole.steps[static_cast<std::size_t>(call - 1)]);
  }
  for (const std::string& wanted : operation.steps_wanted()) {
    CAPTURE(wanted);
    CHECK(names.contains(wanted));
  }
  std::map<std::string, long> cut;
  long acknowledged = 0;
  const std::vector<long> all = chosen(operation, whole.steps);
  for (const long call : all) {
    const Tried tried = try_once(operation, way, call);
    CAPTURE(call);
    CAPTURE(tried.cut_at);
    CHECK(tried.wrong == "");
    if (!tried.cut_at.empty()) ++cut[tried.cut_at];
    acknowledged += tried.acknowledged ? 1 : 0;
  }
  MESSAGE(name, ": ", all.size(), " of ", calls, " calls, ", all.size(), " runs, cut at ", cut.size(),
          " different steps, of which a whole one has ", names.size(), "; ", acknowledged, " were acknowledged first");
  std::string where;
  for (const auto& [step, times] : cut) where += "\n    " + std::to_string(times) + " " + step;
  MESSAGE(name, " was cut at", where);
}

void cut_all(Way way) {
  static const auto all = operations();
  for (const auto& operation : all) {
    DOCTEST_SUBCASE(operation->name().c_str()) {
      cut_everywhere(*operation, way);
    }
  }
}

}  // namespace

TEST_CASE("each operation killed before its calls: acknowledged or not, it is whole, and can be taken up again") {
  cut_all(Way::killed);
}

TEST_CASE("each operation without power before its calls: it is whole, and can be taken up again") {
  cut_all(Way::powerless);
}

}  // namespace mibun::server
