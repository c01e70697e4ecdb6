#include <sqlite3.h>

#include <filesystem>

#include "platform/database/database.h"
#include "server/migrations/migrations.h"
#include "tests/server/killed/judge.h"
#include "tests/server/steps/ground.h"

namespace mibun::server {
namespace {

namespace fs = std::filesystem;

// The program that is replaced knew no more than these.
constexpr std::int64_t kOldSchema = 24;

std::string ask(sqlite3* raw, const std::string& sql) {
  std::string answers;
  const auto keep = [](void* out, int, char** values, char**) {
    *static_cast<std::string*>(out) += (values[0] == nullptr ? std::string() : std::string(values[0])) + "\n";
    return 0;
  };
  char* error = nullptr;
  if (sqlite3_exec(raw, sql.c_str(), keep, &answers, &error) != SQLITE_OK) throw std::runtime_error(sql + ": " + error);
  return answers;
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> all;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    all.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return all;
}

// The rows of today in the tables and columns of that time.
void make_old(const std::string& today, const std::string& old) {
  std::vector<database::Migration> known;
  for (const database::Migration& one : migrations()) {
    if (one.number <= kOldSchema) known.push_back(one);
  }
  must(database::Database::open(old, known)).reset();
  sqlite3* raw = nullptr;
  if (sqlite3_open(old.c_str(), &raw) != SQLITE_OK) throw std::runtime_error("cannot open " + old);
  ask(raw, "ATTACH '" + today + "' AS today");
  for (const std::string& table : lines(ask(raw,
                                            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN "
                                            "('schema_migrations') AND name NOT LIKE 'sqlite_%'"))) {
    std::string columns;
    for (const std::string& column : lines(ask(raw, "SELECT name FROM pragma_table_info('" + table +
                                                        "', 'main') WHERE name IN (SELECT name FROM "
                                                        "pragma_table_info('" +
                                                        table + "', 'today'))"))) {
      columns += (columns.empty() ? "" : ", ") + column;
    }
    if (columns.empty()) continue;
    ask(raw, "INSERT OR IGNORE INTO main." + table + " (" + columns + ") SELECT " + columns + " FROM today." + table);
  }
  sqlite3_close(raw);
}

// The first start of a newer program: the tables of the database become what it knows.
class Upgrade final : public Operation {
 public:
  std::string name() const override { return "upgrade"; }
  long calls_min() const override { return 200; }
  std::vector<std::string> steps_wanted() const override {
    return {"pwrite data/mibun.db-wal", "fdatasync data/mibun.db-wal", "pwrite data/mibun.db"};
  }
  std::string before() override {
    if (!before_.empty()) return before_;
    before_ = fresh_folder("before upgrade");
    copy_folder(stage().world().data_directory(), before_ + "/data");
    fs::rename(before_ + "/data/mibun.db", before_ + "/today.db");
    make_old(before_ + "/today.db", before_ + "/data/mibun.db");
    fs::remove(before_ + "/today.db");
    fs::remove_all(before_ + "/data/files");  // photos lay in the database then
    return before_;
  }
  bool perform(const Try& one) override {
    ServerProcess server(one.data(), stage().config_file(), one.disk(one.data()));
    const bool is_up = server.is_ready();
    if (one.way == Way::killed) {
      server.kill();
    } else {
      static_cast<void>(server.stop());
    }
    return is_up;
  }
  std::string judge(const Try& one, bool) override {
    Model model = stage().model();
    return serves_everybody(one.data(), model);
  }

 private:
  std::string before_;
};

}  // namespace

std::unique_ptr<Operation> upgrade() {
  return std::make_unique<Upgrade>();
}

}  // namespace mibun::server
