#include "cli/backup/measure.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "core/crypto/hash.h"
#include "platform/files/files.h"
#include "server/app/app.h"
#include "server/backup/restore.h"
#include "server/backup/service.h"
#include "server/backup/tree.h"
#include "server/migrations/migrations.h"

namespace mibun::cli {
namespace {

using namespace server::backup;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kMegabyte = 1024 * 1024;
constexpr std::size_t kRecordBytes = 4096;
constexpr std::int64_t kRecordsAtOnce = 512;
constexpr std::string_view kOrigin = "https://localhost:8443";

// Everything of a measurement, in one folder that goes with it.
class Place {
 public:
  static Result<Place> make(const std::string& below) {
    std::string pattern = below + "/mibun-measure-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) return fail(ErrorCode::io_error, below, "no folder can be made there");
    return Place(std::move(pattern));
  }
  Place(Place&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  Place& operator=(Place&&) = delete;
  ~Place() {
    if (!path_.empty()) static_cast<void>(remove_tree(path_));
  }
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  explicit Place(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

server::Config config_for(const std::string& data) {
  server::Config config;
  config.data_directory = data;
  config.public_origin = kOrigin;
  config.rp_id = "localhost";
  config.webauthn_origins = {config.public_origin};
  return config;
}

// Records that nothing compresses, as sealed ones are.
Status fill_database(const std::string& data, std::size_t megabytes, Rng& rng) {
  MIBUN_TRY(const auto database, database::Database::open(data + "/mibun.db", server::migrations()));
  const auto records = static_cast<std::int64_t>(megabytes * (kMegabyte / kRecordBytes));
  for (std::int64_t done = 0; done < records; done += kRecordsAtOnce) {
    MIBUN_CHECK(database->write([&](database::Transaction& transaction) -> Status {
      for (std::int64_t n = done; n < std::min(records, done + kRecordsAtOnce); ++n) {
        MIBUN_CHECK(
            transaction.run("INSERT INTO history_events (event_id, account_id, at, source, sealed) VALUES ($1, "
                            "'measured', $2, 'server', $3)",
                            "measured " + std::to_string(n), n, rng.bytes(kRecordBytes)));
      }
      return {};
    }));
  }
  return database->checkpoint();
}

Status fill_files(const std::string& folder, std::size_t megabytes, Rng& rng) {
  MIBUN_CHECK(files::make_private_directory(folder));
  for (std::size_t n = 0; n < megabytes; ++n) {
    MIBUN_CHECK(files::write_new_file(folder + "/file-" + std::to_string(n), rng.bytes(kMegabyte)));
  }
  return {};
}

Status answers(const std::string& data, const Clock& clock, Rng& rng) {
  MIBUN_TRY(const auto app, server::App::open(config_for(data), clock, rng));
  http::ServerRequest request;
  request.method = "GET";
  request.target = request.path = "/readyz";
  request.peer_address = "127.0.0.1";
  if (app->handle(request).status == 200) return {};
  return fail(ErrorCode::unavailable, "/readyz", "the restored server does not answer");
}

std::chrono::milliseconds since(SteadyClock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() - start);
}

}  // namespace

Result<Measured> measure_restore(const MeasureOptions& options) {
  const SystemClock clock;
  crypto::SystemRng rng;
  const std::string below = options.folder.empty() ? std::filesystem::temp_directory_path().string() : options.folder;
  MIBUN_TRY(const Place place, Place::make(below));
  const std::string data = place / "data", blobs = place / "blobs", restored = place / "restored";
  MIBUN_CHECK(server::App::open(config_for(data), clock, rng));
  MIBUN_CHECK(fill_database(data, options.database_megabytes, rng));
  MIBUN_CHECK(fill_files(blobs, options.files_megabytes, rng));
  MIBUN_CHECK(files::write_new_file(place / "password", as_bytes("of a measurement\n")));

  BackupOptions backup;
  backup.sources = {.data_directory = data, .file_folders = {{"blobs", blobs}}, .origin = std::string(kOrigin)};
  backup.repository = {.repository = place / "repository", .password_file = place / "password"};
  Measured measured;
  auto start = SteadyClock::now();
  MIBUN_CHECK(BackupService(backup, clock, rng).run([](Step, std::int64_t) {}));
  measured.backup = since(start);

  RestoreOptions restoring{.repository = backup.repository, .generation = 1, .data_directory = restored};
  restoring.keys_directory = data + "/keys";
  restoring.keyd_directory = data + "/keyd";
  restoring.journal_folders = {data + "/journal"};
  start = SteadyClock::now();
  MIBUN_TRY(const Manifest manifest, restore(restoring, rng, [](RestoreStep) {}));
  measured.restore = since(start);
  MIBUN_CHECK(answers(restored, clock, rng));
  measured.answer = since(start);
  for (const FileDigest& file : manifest.files) measured.bytes += file.bytes;
  return measured;
}

}  // namespace mibun::cli
