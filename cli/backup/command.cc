#include "cli/backup/command.h"

#include <CLI/Option.hpp>
#include <CLI/Validators.hpp>
#include <memory>
#include <string>

#include "cli/backup/config.h"
#include "cli/backup/measure.h"
#include "core/crypto/hash.h"
#include "platform/files/files.h"
#include "platform/keyd/keyd.h"
#include "platform/keyd/open_key_holder.h"
#include "server/app/drill.h"
#include "server/backup/copy.h"
#include "server/backup/service.h"

namespace mibun::cli {
namespace {

using namespace server::backup;

struct Options {
  std::string data, repository, password_file, config, origin = "https://localhost:8443";
  std::string keyd_directory;                                   // drill
  std::string from_repository, from_password_file, public_key;  // copy
  bool measure = false;                                         // drill
  MeasureOptions sizes;
};

std::string place(std::string_view name, std::int64_t number) {
  return std::string(name) + std::to_string(number);
}

std::string megabytes(std::uint64_t bytes) {
  return std::to_string((bytes + 524'288) / 1'048'576) + " MB";
}

std::string seconds_text(std::chrono::milliseconds took) {
  const auto tenths = (took.count() + 50) / 100;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

Progress shown_on(const Terminal& terminal) {
  return [&terminal](Step step, std::int64_t generation) {
    const std::string number = generation == 0 ? std::string() : place(" ", generation);
    switch (step) {
      case Step::copying:
        return terminal.line(terminal.dim(terminal.say({"copying what is there now", "いまの内容を写しています"})));
      case Step::storing:
        return terminal.line(
            terminal.dim(std::string(terminal.say({"storing generation", "保存しています: 世代"})) + number));
      case Step::verifying:
        return terminal.line(terminal.dim(
            std::string(terminal.say({"reading back generation", "読み戻して確かめています: 世代"})) + number));
      case Step::expiring:
        return terminal.line(
            terminal.dim(terminal.say({"removing what is expired", "期限を過ぎた世代を消しています"})));
      case Step::done:
        return;
    }
  };
}

Result<BackupOptions> backup_options(const Options& options) {
  if (options.data.empty()) return fail(ErrorCode::invalid_argument, "--data", "is needed");
  MIBUN_TRY(BackupFile file, read_backup_file(options.config));
  BackupOptions made = std::move(file.backup.options);
  made.sources.data_directory = options.data;
  made.sources.origin = options.origin;
  made.sources.signing_table = [keyd = file.keyd, data = options.data] { return keyd::copy_signing_table(keyd, data); };
  if (!options.repository.empty()) made.repository.repository = options.repository;
  if (!options.password_file.empty()) made.repository.password_file = options.password_file;
  if (made.repository.repository.empty() || made.repository.password_file.empty()) {
    return fail(ErrorCode::invalid_argument, "--repository, --password-file", "both are needed, or --config");
  }
  return made;
}

Result<int> make_backup(const Options& options, const Terminal& terminal) {
  MIBUN_TRY(BackupOptions made, backup_options(options));
  const SystemClock clock;
  crypto::SystemRng rng;
  BackupService service(std::move(made), clock, rng);
  MIBUN_TRY(const BackupReport report, service.run(shown_on(terminal)));
  terminal.line(terminal.good(
      std::string(terminal.say({"Backed up and verified: generation ", "バックアップし、確かめました: 世代 "})) +
      std::to_string(report.generation)));
  terminal.line(std::string(terminal.say({"  days with a good generation: ", "  正しい世代がある日数: "})) +
                std::to_string(report.good_days));
  for (const std::int64_t number : report.removed) {
    terminal.line(place(terminal.say({"  removed: generation ", "  消しました: 世代 "}), number));
  }
  for (const std::int64_t number : report.bad) {
    terminal.error_line(terminal.bad(place(terminal.say({"generation is damaged: ", "壊れている世代: "}), number)));
  }
  if (!report.too_few) return report.bad.empty() ? kExitOk : kExitRefused;
  return fail(ErrorCode::backup_too_few_verified, "generations", "fewer good ones than days");
}

int show(const std::vector<Listed>& generations, const Terminal& terminal) {
  bool all_good = true;
  for (const Listed& one : generations) {
    const bool bad = one.verdict == Verdict::bad;
    const std::string_view word = one.verdict == Verdict::good ? terminal.say({"good", "正常"})
                                  : bad                        ? terminal.say({"damaged", "破損"})
                                                               : terminal.say({"not verified", "未確認"});
    const std::string line = std::to_string(one.number) + "  " + to_jst_string(one.made_at) + "  " + std::string(word);
    terminal.line(bad ? terminal.bad(line) + "  " + one.finding : line);
    all_good = all_good && !bad;
  }
  if (generations.empty()) terminal.line(Text{"There are no generations.", "世代はありません。"});
  return all_good ? kExitOk : kExitRefused;
}

Result<int> list(const Options& options, const Terminal& terminal) {
  MIBUN_TRY(BackupOptions made, backup_options(options));
  const SystemClock clock;
  crypto::SystemRng rng;
  MIBUN_TRY(const auto generations, BackupService(std::move(made), clock, rng).list());
  return show(generations, terminal);
}

Result<int> verify(const Options& options, const Terminal& terminal) {
  MIBUN_TRY(BackupOptions made, backup_options(options));
  const SystemClock clock;
  crypto::SystemRng rng;
  MIBUN_TRY(const auto generations, BackupService(std::move(made), clock, rng).verify(shown_on(terminal)));
  return show(generations, terminal);
}

Result<int> measure(const Options& options, const Terminal& terminal) {
  terminal.line(
      terminal.dim(terminal.say({"making a server to back up and restore", "試験用のサーバーを作っています"})));
  MIBUN_TRY(const Measured measured, measure_restore(options.sizes));
  terminal.line("bytes: " + std::to_string(measured.bytes));
  terminal.line("backup: " + seconds_text(measured.backup));
  terminal.line("restore: " + seconds_text(measured.restore));
  terminal.line("answer: " + seconds_text(measured.answer));
  return kExitOk;
}

// With the keys of a server that does not run, or with those of a folder that nobody has open. A server that runs makes
// its drills itself: only one may have the keys open.
Result<int> drill(const Options& options, const Terminal& terminal) {
  if (options.measure) return measure(options, terminal);
  MIBUN_TRY(BackupOptions made, backup_options(options));
  const SystemClock clock;
  crypto::SystemRng rng;
  const std::string directory = options.keyd_directory.empty() ? options.data + "/keyd" : options.keyd_directory;
  if (!files::exists(directory + "/keyd.db")) return fail(ErrorCode::not_found, directory, "there is no key holder");
  MIBUN_TRY(auto opened, keyd::open_embedded_key_holder(directory, rng));
  const std::shared_ptr<keyd::KeyHolder> keys(std::move(opened));
  server::Config config;
  config.public_origin = options.origin;
  config.data_directory = options.data;
  BackupService service(std::move(made), clock, rng);
  MIBUN_TRY(const DrillReport report, service.drill([&](const std::string& data) {
    return server::answer_in_drill(config, data, keys, nullptr, clock, rng);
  }));
  terminal.line(
      terminal.good(std::string(terminal.say({"Restored and answered: generation ", "復元し、応答しました: 世代 "})) +
                    std::to_string(report.generation)));
  terminal.line(std::string(terminal.say({"  size:     ", "  大きさ: "})) + megabytes(report.bytes));
  terminal.line(std::string(terminal.say({"  restored: ", "  復元まで: "})) + seconds_text(report.restore));
  terminal.line(std::string(terminal.say({"  answered: ", "  応答まで: "})) + seconds_text(report.answer));
  return kExitOk;
}

Result<int> copy(const Options& options, const Terminal& terminal) {
  CopyOptions made;
  made.from = {.repository = options.from_repository, .password_file = options.from_password_file};
  made.to = {.repository = options.repository, .password_file = options.password_file};
  made.public_key = options.public_key;
  MIBUN_TRY(const CopyReport report, copy_generations(made));
  for (const std::int64_t number : report.copied) {
    terminal.line(place(terminal.say({"copied: generation ", "写しました: 世代 "}), number));
  }
  for (const std::int64_t number : report.refused) {
    terminal.error_line(terminal.bad(place(terminal.say({"not copied, damaged or not ours: generation ",
                                                         "写しません (壊れているか、署名が違います): 世代 "}),
                                           number)));
  }
  terminal.line(std::string(terminal.say({"generations here: ", "ここにある世代の数: "})) +
                std::to_string(report.there));
  return report.refused.empty() ? kExitOk : kExitRefused;
}

using Deed = Result<int> (*)(const Options&, const Terminal&);

struct Setting {
  CLI::App* command;
  std::shared_ptr<Options> options;
  const Terminal& terminal;
  int& exit_code;
};

void add_repository(const Setting& setting) {
  setting.command->add_option("--repository", setting.options->repository,
                              "where backups lie: a directory, or what restic understands");
  setting.command->add_option("--password-file", setting.options->password_file, "file with the repository's password");
}

void add_deed(const Setting& setting, Deed deed) {
  setting.command->callback([setting, deed] {
    if (!setting.command->get_subcommands().empty()) return;  // `mibun backup list`: not what `mibun backup` does
    const auto code = deed(*setting.options, setting.terminal);
    setting.exit_code = code ? *code : setting.terminal.report(code.error());
  });
}

void add_own(const Setting& setting, Deed deed) {
  setting.command->add_option("--data", setting.options->data, "the server's data directory");
  add_repository(setting);
  setting.command->add_option("--config", setting.options->config, "the server's configuration (JSON)");
  setting.command->add_option("--origin", setting.options->origin, "the server's public address")
      ->capture_default_str();
  add_deed(setting, deed);
}

}  // namespace

void add_backup_command(CLI::App& app, const Terminal& terminal, int& exit_code) {
  CLI::App* backup = app.add_subcommand(
      "backup", "make a generation now, verify all, remove what is expired / いま世代を作り、すべて確かめる");
  add_own({backup, std::make_shared<Options>(), terminal, exit_code}, make_backup);
  const auto sub = [&](const char* name, const char* words) {
    return Setting{backup->add_subcommand(name, words), std::make_shared<Options>(), terminal, exit_code};
  };
  add_own(sub("list", "the generations and what was found last / 世代の一覧と前回の結果"), list);
  add_own(sub("verify", "read every generation back / すべての世代を読み戻して確かめる"), verify);
  const Setting drill_setting =
      sub("drill", "restore the newest good one aside and let it answer / 最新の世代を別の場所に復元して応答させる");
  drill_setting.command->add_option("--keyd-directory", drill_setting.options->keyd_directory,
                                    "the key holder's directory (default: <data>/keyd)");
  CLI::Option* measuring =
      drill_setting.command->add_flag("--measure", drill_setting.options->measure,
                                      "make a server of these sizes, and print how long its restore takes");
  MeasureOptions& sizes = drill_setting.options->sizes;
  drill_setting.command->add_option("--database-mb", sizes.database_megabytes, "of its database")
      ->needs(measuring)
      ->check(CLI::Range(1, 1'000'000));
  drill_setting.command->add_option("--files-mb", sizes.files_megabytes, "of its files")
      ->needs(measuring)
      ->check(CLI::Range(0, 1'000'000));
  drill_setting.command->add_option("--folder", sizes.folder, "where it is made (default: the temporary folder)")
      ->needs(measuring);
  add_own(drill_setting, drill);
  const Setting copy_setting = sub("copy", "fetch generations into a repository of one's own / 世代を別の保管先へ写す");
  copy_setting.command->add_option("--from", copy_setting.options->from_repository, "the repository of the server")
      ->required();
  copy_setting.command
      ->add_option("--from-password-file", copy_setting.options->from_password_file, "file with its password")
      ->required();
  copy_setting.command
      ->add_option("--public-key", copy_setting.options->public_key, "who signs generations: <keys>/backup.pub")
      ->required();
  add_repository(copy_setting);
  add_deed(copy_setting, copy);
}

}  // namespace mibun::cli
