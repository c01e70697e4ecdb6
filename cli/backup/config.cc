#include "cli/backup/config.h"

#include "platform/files/files.h"

namespace mibun::cli {
namespace {

constexpr std::size_t kConfigBytesMax = 1024 * 1024;

Result<std::int64_t> number_in(json::ObjectReader& reader, std::string_view name, std::int64_t usual,
                               std::int64_t least, std::int64_t most) {
  MIBUN_TRY(const auto value, reader.optional_integer(name));
  const std::int64_t number = value.value_or(usual);
  if (number < least || number > most) return fail(ErrorCode::invalid_argument, reader.place(name), "out of range");
  return number;
}

}  // namespace

Result<BackupConfig> read_backup_config(const json::Object& object) {
  json::ObjectReader reader(object, "config.backup");
  BackupConfig config;
  MIBUN_TRY(config.options.repository.repository, reader.string("repository"));
  MIBUN_TRY(config.options.repository.password_file, reader.string("password_file"));
  MIBUN_TRY(const std::int64_t hour, number_in(reader, "hour_jst", 3, 0, 23));
  config.hour = static_cast<int>(hour);
  MIBUN_TRY(const std::int64_t suspension, number_in(reader, "suspension_hours_max", 72, 0, 24 * 30));
  config.options.expiry.suspension_max = std::chrono::hours(suspension);
  MIBUN_TRY(const std::int64_t journal, number_in(reader, "journal_days", 400, 30, 36'500));
  config.journal_days = std::chrono::days(journal);
  MIBUN_TRY(const json::Object* folders, reader.optional_object("file_folders"));
  MIBUN_TRY(const auto checkpoint, reader.optional_string("log_checkpoint"));
  MIBUN_TRY(const auto state, reader.optional_string("state_directory"));
  MIBUN_TRY(const auto region, reader.optional_string("region"));
  MIBUN_CHECK(reader.finish());
  // Promise WP-02d: what is entrusted to us is stored in Japan, its backups included.
  if (region.value_or("JP") != "JP") {
    return fail(ErrorCode::invalid_argument, "config.backup.region", "backups lie in Japan");
  }
  if (folders != nullptr) {
    json::ObjectReader folder_reader(*folders, "config.backup.file_folders");
    for (const auto& folder : *folders) {
      const std::string name(folder.key());
      MIBUN_TRY(const std::string_view path, folder_reader.string(name));
      config.options.sources.file_folders[name] = path;
    }
  }
  config.options.sources.log_checkpoint_file = checkpoint.value_or("");
  config.options.state_directory = state.value_or("");
  return config;
}

Result<BackupFile> read_backup_file(const std::string& path) {
  BackupFile file;
  if (path.empty()) return file;
  MIBUN_TRY(const Bytes text, files::read_file(path, kConfigBytesMax));
  MIBUN_TRY(const json::Object object, json::parse_object(as_text(text)));
  json::ObjectReader reader(object, "config");
  MIBUN_TRY(const json::Object* backup, reader.optional_object("backup"));
  MIBUN_TRY(const json::Object* keyd, reader.optional_object("keyd"));
  MIBUN_TRY(const json::Array* journals, reader.optional_array("journal_directories"));
  if (backup != nullptr) {
    MIBUN_TRY(file.backup, read_backup_config(*backup));
  }
  if (keyd != nullptr) {
    json::ObjectReader of_keyd(*keyd, "config.keyd");
    MIBUN_TRY(file.keyd, keyd::read_settings(of_keyd));
    MIBUN_CHECK(of_keyd.finish());
  }
  if (journals != nullptr) {
    MIBUN_TRY(file.journal_directories, json::string_array(*journals, "config.journal_directories"));
  }
  return file;
}

}  // namespace mibun::cli
