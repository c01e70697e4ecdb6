#include "tests/server/steps/at_server.h"

namespace mibun::server {
namespace {

// Somebody asks to be erased, of whom a law keeps a name. tests/server/killed/erasure_steps_test.cc looks at the
// receipt and at every file; here the power goes, too.
class AccountDeletion final : public AtServer {
 public:
  std::string name() const override { return "account deletion"; }
  long calls_min() const override { return 250; }
  std::vector<std::string> steps_wanted() const override {
    return {"pwrite data/keyd/keyd.db-wal", "pwrite data/mibun.db-wal", "fdatasync data/mibun.db-wal"};
  }

 protected:
  std::optional<Doubt> doubt() const override { return Doubt{"erase", kWho, {}}; }
  void ask() override {
    TestWorld& w = stage().world();
    w.send_well(w.account_request(person().device, "DELETE", "/api/v1/account"), 200);
    has_gone();
  }
  // Where the next start has not ended it by itself.
  void ask_again() override {
    TestWorld& w = stage().world();
    const bool is_open = w.send(w.account_request(person().device, "GET", "/api/v1/account")).status() == 200;
    if (is_open) return ask();
    has_gone();
  }
  std::string look_again_at(const std::string& data) override {
    const auto erased = number_in(data, "SELECT COUNT(*) FROM erasures WHERE receipt IS NOT NULL");
    return erased == 2 ? "" : "there is not one receipt";  // and that of who came anew
  }

 private:
  void has_gone() {
    person().account = AccountIs::erased;
    model.holds = 1;
  }
};

}  // namespace

std::unique_ptr<Operation> account_deletion() {
  return std::make_unique<AccountDeletion>();
}

}  // namespace mibun::server
