#include "server/app/drill.h"

#include <optional>
#include <utility>

#include "platform/keyd/open_key_holder.h"
#include "platform/keyd/read_only_signing_keys.h"
#include "server/app/app.h"
#include "server/app/read_only_keys.h"
#include "server/migrations/migrations.h"

namespace mibun::server {
namespace {

Status want(const App& app, std::string_view method, std::string_view path, int status) {
  http::ServerRequest request;
  request.method = method;
  request.target = path;
  request.path = path;
  request.peer_address = "127.0.0.1";
  if (method == "POST") {
    request.body = "{}";
    request.headers.emplace_back("content-type", "application/json");
  }
  if (app.handle(request).status == status) return {};
  return fail(ErrorCode::backup_integrity_error, std::string(path), "the restored server did not answer as it should");
}

struct Sample {
  std::optional<std::int64_t> list;
  std::string event, account;
  Bytes sealed;
};

// Which list and which record to ask for. Before the App has the database.
Result<Sample> take_sample(const std::string& data_directory) {
  MIBUN_TRY(const auto database, database::Database::open(data_directory + "/mibun.db", migrations()));
  Sample sample;
  MIBUN_TRY(const auto list, database->row("SELECT MAX(list_id) FROM status_lists"));
  if (list && !list->is_null(0)) sample.list = list->integer(0);
  MIBUN_TRY(const auto event,
            database->row("SELECT event_id, account_id, sealed FROM history_events JOIN accounts USING (account_id) "
                          "WHERE source = 'server' AND state = 'active' ORDER BY at DESC LIMIT 1"));
  if (event) {
    sample.event = event->text(0);
    sample.account = event->text(1);
    sample.sealed = event->blob(2);
  }
  return sample;
}

Status open_record(keyd::KeyHolder& keys, const Sample& sample) {
  if (sample.event.empty()) return {};
  const keyd::PersonId person{sample.account};
  MIBUN_TRY(const bool has_key, keys.has_person_key(person));
  if (!has_key) return {};  // erased since the backup, which is as it should be
  MIBUN_CHECK(keys.open_for(keyd::Purpose::show_history, person, {"history", sample.event}, sample.sealed));
  return {};
}

}  // namespace

Status answer_in_drill(Config config, const std::string& data_directory, std::shared_ptr<keyd::KeyHolder> keys,
                       std::shared_ptr<keyd::SigningKeys> signing_keys, const Clock& clock, Rng& rng) {
  MIBUN_TRY(const Sample sample, take_sample(data_directory));
  const std::string table = config.data_directory + "/keyd";
  const bool are_in_backup = config.keyd.socket.empty() && !keyd::uses_signing_table(config.keyd, table);
  if (are_in_backup || signing_keys == nullptr) {
    const std::string directory = are_in_backup ? data_directory : config.data_directory;
    MIBUN_TRY(signing_keys, keyd::open_signing_keys(config.keyd,
                                                    {.directory = directory + "/keys",
                                                     .default_directory = directory + "/keyd",
                                                     .default_memory = keyd::memory_beside(table)},
                                                    rng));
  }
  config.data_directory = data_directory;
  // Its own everything: what runs here must not touch the places of the server that runs beside it.
  config.journal_directories.clear();
  config.log_directories.clear();
  config.files = {};
  config.backup_health = nullptr;
  config.demonstration.reset();
  config.key_holder = read_only_keys(std::move(keys));
  config.signing_keys = std::make_shared<keyd::ReadOnlySigningKeys>(std::move(signing_keys));
  MIBUN_TRY(const auto app, App::open(config, clock, rng));
  MIBUN_CHECK(want(*app, "GET", "/readyz", 200));
  MIBUN_CHECK(want(*app, "GET", "/.well-known/mibun-trust.json", 200));
  if (sample.list) MIBUN_CHECK(want(*app, "GET", "/status/" + std::to_string(*sample.list), 200));
  MIBUN_CHECK(want(*app, "POST", "/api/v1/registrations", 201));
  return open_record(*config.key_holder, sample);
}

}  // namespace mibun::server
