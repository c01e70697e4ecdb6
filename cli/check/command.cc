#include "cli/check/command.h"

#include <memory>

#include "cli/check/log_command.h"
#include "cli/client/api_client.h"
#include "core/codecs/json.h"
#include "core/oid4vp/consent.h"
#include "core/receipt/receipt.h"
#include "platform/records/tables.h"
#include "wallet/labels.h"
#include "wallet/trust.h"

namespace mibun::cli {
namespace {

void show(const Terminal& terminal, const receipt::ConsentReceipt& content) {
  const bool ja = terminal.language() == Language::japanese;
  terminal.line(terminal.good(terminal.say({"The consent receipt holds.", "同意の受領証は正しいものです。"})));
  terminal.line(std::string(terminal.say({"  who asked:   ", "  提供先:     "})) +
                (ja ? content.organization_ja : content.organization_en));
  const wallet::Label channel = wallet::channel_label(content.channel);
  terminal.line(std::string(terminal.say({"  by way of:   ", "  提供の方法: "})) + (ja ? channel.ja : channel.en));
  if (const auto consent = oid4vp::Consent::parse(content.consent)) {
    terminal.line(std::string(terminal.say({"  purpose:     ", "  利用目的:   "})) +
                  (ja ? consent->purpose.ja : consent->purpose.en));
    terminal.line(std::string(terminal.say({"  kept for:    ", "  保存期間:   "})) +
                  (ja ? consent->retention.text.ja : consent->retention.text.en));
    for (const auto& [id, paths] : consent->claims) {
      for (const auto& path : paths) {
        terminal.line(std::string(terminal.say({"  shared:      ", "  提供した項目: "})) + path.to_string());
      }
    }
  }
  terminal.line(std::string(terminal.say({"  verified at: ", "  確認日時:   "})) + to_jst_string(content.verified_at));
}

void show(const Terminal& terminal, const receipt::ErasureReceipt& content) {
  terminal.line(terminal.good(terminal.say({"The erasure receipt holds.", "消去の受領証は正しいものです。"})));
  for (const auto& erased : content.classes) {
    const bool gone = erased.outcome == receipt::ErasureOutcome::erased;
    terminal.line(
        "  " + erased.data_class + ": " +
        std::string(gone ? terminal.say({"erased ", "消去 "}) : terminal.say({"kept by law ", "法令により保存 "})) +
        to_jst_string(erased.at));
    if (gone) continue;
    std::string ground = "    " + *erased.law + " " + *erased.article;
    if (erased.controller) ground += ", " + *erased.controller;
    if (erased.until) ground += std::string(terminal.say({", until ", "、期限 "})) + *erased.until;
    terminal.line(ground);
  }
}

int check_receipt_file(const std::string& file, const std::string& trust_file, const Terminal& terminal) {
  const auto text = read_text_file(file);
  if (!text) return terminal.report(text.error());
  const auto trust_text = read_text_file(trust_file);
  if (!trust_text) return terminal.report(trust_text.error());
  const auto trust = wallet::parse_trust(*trust_text);
  if (!trust) return terminal.report(trust.error());
  std::string_view receipt_text(*text);
  while (!receipt_text.empty() && receipt_text.back() == '\n') receipt_text.remove_suffix(1);
  const receipt::ReceiptAnchors anchors{trust->receipts, trust->credential_issuers, trust->iaca};
  const auto checked = receipt::check_receipt(receipt_text, anchors, SystemClock().now());
  if (!checked) return terminal.report(checked.error());
  std::visit([&](const auto& content) { show(terminal, content); }, checked->content);
  terminal.line(terminal.dim(std::string(terminal.say({"  signed by:   ", "  署名者:     "})) + checked->signer));
  return kExitOk;
}

}  // namespace

void add_check_command(CLI::App& app, const Terminal& terminal, int& exit_code) {
  struct Options {
    std::string file, trust;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("check", "check signed papers offline / 署名された書類を手元で確かめる");
  command->require_subcommand(1);
  CLI::App* receipt = command->add_subcommand("receipt", "a consent or erasure receipt; public keys only, no network");
  receipt->add_option("file", options->file, "the receipt")->required();
  receipt->add_option("--trust", options->trust, "the public trust list (/.well-known/mibun-trust.json)")->required();
  receipt->callback(
      [=, &terminal, &exit_code] { exit_code = check_receipt_file(options->file, options->trust, terminal); });

  auto log_options = std::make_shared<CheckLogOptions>();
  CLI::App* log =
      command->add_subcommand("log", "a log's folder: every file, entry and signature / ログを全て確かめる");
  auto* folder = log->add_option("folder", log_options->folder, "the log; nobody may write to it meanwhile");
  auto* url = log->add_option("--url", log_options->url, "or where it is served: https://.../log");
  log->add_option("--ca", log_options->ca_file, "roots to trust at --url (PEM); the system's when not given")
      ->needs(url);
  folder->excludes(url);
  log->add_option("--key", log_options->key, "the log's public key, or a file with it")->required();
  auto* witness = log->add_option("--witness", log_options->witness, "the checkpoint that a witness signed");
  auto* witness_key = log->add_option("--witness-key", log_options->witness_key, "the witness' public key, or a file");
  witness->needs(witness_key);
  witness_key->needs(witness);
  log->callback([=, &terminal, &exit_code] {
    if (log_options->folder.empty() && log_options->url.empty()) throw CLI::RequiredError("folder or --url");
    exit_code = check_log_folder(*log_options, terminal);
  });

  command
      ->add_subcommand("records", "what is kept, where, why, how long, and how it goes (Markdown) / 保存する情報の一覧")
      ->callback([&terminal] {
        const std::string page = records::to_markdown();
        terminal.line(std::string_view(page).substr(0, page.size() - 1));
      });
}

}  // namespace mibun::cli
