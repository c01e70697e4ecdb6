#include "cli/check/log_command.h"

#include <optional>

#include "cli/client/api_client.h"
#include "cli/client/http_log.h"
#include "cli/terminal/log_key.h"
#include "platform/log_tree/check.h"

namespace mibun::cli {
namespace {

int report(const log_tree::CheckedLog& checked, const Terminal& terminal) {
  for (const log_tree::Finding& finding : checked.findings) {
    terminal.error_line(terminal.bad(finding.path) + ": " + finding.what);
  }
  if (!checked.findings.empty()) {
    terminal.error_line(terminal.bad(
        std::to_string(checked.findings.size()) +
        std::string(terminal.say({" things are wrong with this log.", " 件の問題がこのログにあります。"}))));
    return kExitRefused;
  }
  terminal.line(terminal.good(terminal.say({"The log is whole.", "ログに欠けや改ざんはありません。"})));
  terminal.line(std::string(terminal.say({"  entries:         ", "  記録の数:       "})) +
                std::to_string(checked.head->size));
  terminal.line(std::string(terminal.say({"  files:           ", "  ファイルの数:   "})) +
                std::to_string(checked.files));
  terminal.line(std::string(terminal.say({"  without a result: ", "  結果のない操作: "})) +
                std::to_string(checked.open_intents));
  if (checked.waiting > 0) {
    terminal.line(std::string(terminal.say({"  in the journal:  ", "  ジャーナルの中: "})) +
                  std::to_string(checked.waiting));
  }
  if (checked.witnessed_at) {
    terminal.line(std::string(terminal.say({"  witness signed:  ", "  証人の署名:     "})) +
                  to_jst_string(*checked.witnessed_at));
  } else {
    terminal.line(terminal.dim(terminal.say({"  No witness was given: an older state of this log would look whole too.",
                                             "  証人の署名がないため、古い状態に戻されていても分かりません。"})));
  }
  return kExitOk;
}

Result<std::unique_ptr<log_tree::Storage>> open_log(const CheckLogOptions& options, const tlog::VerifierKey& key) {
  if (options.url.empty()) return log_tree::DirectoryStorage::reading(options.folder);
  std::string ca_pem;
  if (!options.ca_file.empty()) {
    MIBUN_TRY(ca_pem, read_text_file(options.ca_file));
  }
  MIBUN_TRY(auto log, HttpLog::open(options.url, key, std::move(ca_pem)));
  return std::unique_ptr<log_tree::Storage>(std::move(log));
}

}  // namespace

int check_log_folder(const CheckLogOptions& options, const Terminal& terminal) {
  const auto key = read_log_key(options.key);
  if (!key) return terminal.report(key.error());
  std::optional<log_tree::Witnessed> witnessed;
  if (!options.witness.empty()) {
    const auto witness_key = read_log_key(options.witness_key);
    if (!witness_key) return terminal.report(witness_key.error());
    const auto note = read_text_file(options.witness);
    if (!note) return terminal.report(note.error());
    witnessed = log_tree::Witnessed{*witness_key, *note};
  }
  const auto storage = open_log(options, *key);
  if (!storage) return terminal.report(storage.error());
  const auto checked = log_tree::check_log(**storage, *key, std::move(witnessed));
  if (!checked) return terminal.report(checked.error());
  return report(*checked, terminal);
}

}  // namespace mibun::cli
