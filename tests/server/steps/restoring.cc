#include <filesystem>

#include "tests/server/killed/judge.h"
#include "tests/server/steps/backups.h"

namespace mibun::server {
namespace {

namespace fs = std::filesystem;

// `mibun restore` after the machine was lost: from the empty folder to a server that knows everybody.
class Restoring final : public Operation {
 public:
  std::string name() const override { return "restore"; }
  long calls_min() const override { return 300; }
  std::vector<std::string> steps_wanted() const override {
    return {"rename data", "rename data/keyd", "rename data/keyd.memory", "unlink data/restored.json"};
  }
  std::size_t calls_of_short_run() const override { return 2; }
  std::vector<std::string> scratch() const override { return {"data.restoring/"}; }
  std::string before() override {
    if (!before_.empty()) return before_;
    before_ = fresh_folder("before restore");
    begin_repository(before_);
    make_generation(before_, SystemClock().now());
    // What is left: the keys, the journal, the log of operations.
    fs::rename(before_ + "/data", before_ + "/left");
    fs::remove_all(before_ + "/left/files");
    fs::remove(before_ + "/left/mibun.db");
    return before_;
  }
  bool perform(const Try& one) override { return restore(one, one.disk(one.folder)).well; }
  std::string judge(const Try& one, bool acknowledged) override {
    if (!acknowledged) {
      const Said again = restore(one, {});
      // When it was put in place as a whole, the next start settles the rest.
      const bool is_in_place =
          again.text.find("restore_target_not_empty") != std::string::npos && fs::exists(one.data() + "/keyd/keyd.db");
      if (!again.well && !is_in_place) return "once more: " + again.text;
    }
    Model model = stage().model();
    if (std::string wrong = knows_everybody(one.data(), model); !wrong.empty()) return wrong;
    if (std::string wrong = what_is_unsound(one.data()); !wrong.empty()) return wrong;
    if (number_in(one.data(), "SELECT COUNT(*) FROM restores") < 1) return "nobody knows that it was restored";
    if (number_in(one.data(), "SELECT COUNT(*) FROM offers WHERE state IN ('open', 'issuing')") != 0) {
      return "an offer of before can be used again";
    }
    if (number_in(one.data(), "SELECT COUNT(*) FROM status_entries WHERE value = 0") !=
        static_cast<std::int64_t>(model.people[3].cards.size())) {
      return "a card is wrongly valid or revoked";
    }
    if (fs::exists(one.data() + "/restored.json")) return "it is still to be settled";
    if (fs::exists(one.data() + ".restoring")) return "what it worked with is still there";
    const Said checked =
        run_mibun({"check", "log", one.data() + "/log-tree/a", "--key", one.data() + "/keys/log.vkey"});
    return checked.well ? "" : "check log: " + checked.text;
  }

 private:
  static Said restore(const Try& one, std::vector<std::string> environment) {
    const std::string left = one.folder + "/left";
    return run_mibun(
        {"restore", "--repository", one.folder + "/repository", "--password-file", one.folder + "/password",
         "--generation", "1", "--data", one.data(), "--keys", left + "/keys", "--keyd-directory", left + "/keyd",
         "--journal", left + "/journal", "--log", left + "/log-tree/a", "--log", left + "/log-tree/b"},
        std::move(environment));
  }
  std::string before_;
};

}  // namespace

std::unique_ptr<Operation> restoring() {
  return std::make_unique<Restoring>();
}

}  // namespace mibun::server
