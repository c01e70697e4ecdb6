#include <memory>
#include <string>
#include <vector>

#include "cli/backup/command.h"
#include "cli/backup/config.h"
#include "core/codecs/url.h"
#include "core/crypto/hash.h"
#include "platform/files/files.h"
#include "server/app/app.h"
#include "server/backup/restore.h"
#include "server/backup/staging.h"

namespace mibun::cli {
namespace {

using namespace server::backup;

struct Options {
  RestoreOptions restore;
  std::string config, origin;
};

void show(RestoreStep step, const Terminal& terminal) {
  switch (step) {
    case RestoreStep::fetching:
      return terminal.line(terminal.dim(terminal.say({"fetching the generation", "世代を取り出しています"})));
    case RestoreStep::verifying:
      return terminal.line(
          terminal.dim(terminal.say({"verifying signature, files and tables", "署名・ファイル・表を確かめています"})));
    case RestoreStep::preparing:
      return terminal.line(terminal.dim(terminal.say({"adding the keys and the journal", "鍵と記録を加えています"})));
    case RestoreStep::placing:
      return terminal.line(terminal.dim(terminal.say({"putting it in place", "データを置いています"})));
    case RestoreStep::placed:
      return;
    case RestoreStep::settling:
      return terminal.line(terminal.dim(terminal.say(
          {"erasing and revoking again what was since the backup", "バックアップ後の削除と失効をやり直しています"})));
  }
}

// As the server will, but nobody listens: deletions and revocations of after the backup are done again now and not at
// the first start.
Status settle(const Options& options, const std::string& made_for) {
  server::Config config;
  config.data_directory = options.restore.data_directory;
  MIBUN_TRY(const HttpsUrl origin, HttpsUrl::parse(options.origin.empty() ? made_for : options.origin));
  config.public_origin = origin.origin();
  config.rp_id = origin.host();
  config.webauthn_origins = {config.public_origin};
  MIBUN_TRY(const BackupFile file, read_backup_file(options.config));
  config.journal_directories = file.journal_directories;
  const SystemClock clock;
  crypto::SystemRng rng;
  MIBUN_CHECK(server::App::open(std::move(config), clock, rng));
  return {};
}

Result<int> run(const Options& options, const Terminal& terminal) {
  crypto::SystemRng rng;
  MIBUN_TRY(const BackupFile file, read_backup_file(options.config));
  const bool is_plain = std::holds_alternative<keyd::PlainFiles>(file.keyd.epoch_keys);
  RestoreOptions given = options.restore;
  given.is_signing_epoch_in_token = std::holds_alternative<keyd::TokenObjects>(file.keyd.epoch_keys);
  MIBUN_TRY(const Manifest manifest, restore(given, rng, [&](RestoreStep step) { show(step, terminal); }));
  if (files::exists(options.restore.data_directory + "/" + std::string(kSigningFile))) {
    terminal.line(
        Text{"The signing keys' table of the generation lies in <data>/signing. Where the key service has lost "
             "its own, give it this one (docs/operations.md); otherwise remove it.",
             "世代にあった署名鍵の表は <data>/signing にあります。鍵サービスの表が失われたときだけ渡し "
             "(docs/operations.md)、そうでなければ消してください。"});
  }
  // What opens the keys is asked for by who may read it.
  if (!files::exists(options.restore.data_directory + "/keyd/keyd.db") || !is_plain) {
    terminal.line(
        Text{"In place. The key holder is elsewhere: `mibun serve` settles the rest before it answers anybody.",
             "データを置きました。鍵は別の場所にあるため、残りは `mibun serve` が応答を始める前に行います。"});
    return kExitOk;
  }
  // Of a call that was cut off after the data was in place only the data itself knows for whom it was made.
  if (options.origin.empty() && manifest.origin.empty()) {
    terminal.line(Text{"In place. `mibun serve` settles the rest before it answers anybody.",
                       "データを置きました。残りは `mibun serve` が応答を始める前に行います。"});
    return kExitOk;
  }
  MIBUN_CHECK(settle(options, manifest.origin));
  if (options.restore.log_folders.empty()) {
    terminal.line(
        Text{"The log of operations begins anew, under a new key, and every wallet will say so. If its folders "
             "are still there, restore again with --log.",
             "操作の記録は新しい鍵で始まり、どのウォレットもそれを知らせます。記録のフォルダーが残っているときは、"
             "--log を付けて復元し直してください。"});
  }
  terminal.line(terminal.good(std::string(terminal.say({"Restored: generation ", "復元しました: 世代 "})) +
                              std::to_string(options.restore.generation)));
  if (manifest.made_at != Instant()) {
    terminal.line(std::string(terminal.say({"  as it was at ", "  次の時点の内容です: "})) +
                  to_jst_string(manifest.made_at));
  }
  terminal.line(Text{"  Everybody signs in anew; cards that were issued since then are no longer valid.",
                     "  全員がもう一度サインインします。その後に発行されたカードは使えません。"});
  return kExitOk;
}

}  // namespace

void add_restore_command(CLI::App& app, const Terminal& terminal, int& exit_code) {
  auto options = std::make_shared<Options>();
  RestoreOptions& restore_options = options->restore;
  CLI::App* command = app.add_subcommand(
      "restore", "put a generation into an empty data directory / 世代を空のデータディレクトリに復元する");
  command->add_option("--repository", restore_options.repository.repository, "where backups lie")->required();
  command->add_option("--password-file", restore_options.repository.password_file, "file with its password")
      ->required();
  command->add_option("--generation", restore_options.generation, "which one: mibun backup list")->required();
  command->add_option("--data", restore_options.data_directory, "missing or empty")->required();
  command
      ->add_option("--keys", restore_options.keys_directory,
                   "folder with master.key (and backup.pub, and signing/epoch-N.key)")
      ->required();
  command->add_flag("--without-signing-keys", restore_options.without_signing_keys,
                    "the key of their table's epoch is lost: other signing keys are made");
  command->add_option("--keyd-directory", restore_options.keyd_directory,
                      "the key holder's directory; is moved into the data directory");
  CLI::Option* journal =
      command->add_option("--journal", restore_options.journal_folders, "folders of the journal as they are now");
  command->add_option("--log", restore_options.log_folders,
                      "folders of the log of operations as they are now; its key comes from --keys");
  command
      ->add_flag("--without-journal", restore_options.without_journal,
                 "the journal is lost: every card that was issued is revoked")
      ->excludes(journal);
  command->add_option("--config", options->config,
                      "the server's configuration, for its journal_directories and \"keyd\"");
  command->add_option("--origin", options->origin, "the server's public address (default: as in the generation)");
  command->callback([=, &terminal, &exit_code] {
    const auto code = run(*options, terminal);
    exit_code = code ? *code : terminal.report(code.error());
  });
}

}  // namespace mibun::cli
