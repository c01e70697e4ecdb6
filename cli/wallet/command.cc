#include "cli/wallet/command.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/wallet/commands.h"

namespace mibun::cli {
namespace {

using Run = int (*)(const Terminal&, const WalletOptions&);

struct Parts {
  CLI::App& wallet;
  std::shared_ptr<WalletOptions> options;
  const Terminal& terminal;
  int& exit_code;
};

void set_run(const Parts& parts, CLI::App* command, Run run) {
  command->callback([run, options = parts.options, &terminal = parts.terminal, &exit_code = parts.exit_code] {
    const bool needs_home = run != run_privacy && (run != run_revoke || options->server.empty());
    if (needs_home && options->home.empty()) {
      terminal.error_line(terminal.say({"error: --home DIR is needed: the folder of the wallet",
                                        "エラー: --home DIR(ウォレットのフォルダー)が必要です"}));
      exit_code = kExitUsage;
      return;
    }
    exit_code = run(terminal, *options);
  });
}

CLI::App* add(const Parts& parts, const std::string& name, const std::string& description, Run run) {
  CLI::App* command = parts.wallet.add_subcommand(name, description);
  set_run(parts, command, run);
  return command;
}

void add_inquiries(const Parts& parts) {
  CLI::App* inquiry = parts.wallet.add_subcommand("inquiry", "Ask the operator of your wallet's server");
  inquiry->require_subcommand(1);
  inquiry->fallthrough();
  set_run(parts, inquiry->add_subcommand("list", "What you asked, with the answers"), run_inquiry_list);
  CLI::App* send = inquiry->add_subcommand("send", "Ask; first you are told in which country it is kept");
  send->add_option("--kind", parts.options->inquiry_kind, "What it is about")
      ->required()
      ->check(CLI::IsMember({"using_the_wallet", "identity_check", "card", "sharing", "my_data", "other"}));
  send->add_option("--text", parts.options->inquiry_text, "In your own words")->required();
  set_run(parts, send, run_inquiry_send);
}

void add_moving(const Parts& parts) {
  CLI::App* move = parts.wallet.add_subcommand("move", "Move this wallet to another device, which may be a browser's");
  move->require_subcommand(1);
  move->fallthrough();
  set_run(parts, move->add_subcommand("begin", "On the old device: show a code, compare a number, hand over"),
          run_move_begin);
  CLI::App* join = move->add_subcommand("join", "On the new device: type the code, compare the number, take over");
  join->add_option("link", parts.options->link, "mibun-move://... in place of the code");
  join->add_option("--server", parts.options->server, "https://... of the old device; not needed to go on");
  join->add_option("--ca", parts.options->ca_file, "PEM of the only root to trust on the way to the server");
  set_run(parts, join, run_move_join);
  set_run(parts, move->add_subcommand("cancel", "On either device, until the old one has agreed"), run_move_cancel);
}

// The names are those that the question shows.
void add_choices(CLI::App& present, WalletOptions& options) {
  present.add_option("--also", options.also, "Share this optional part, too: its name (may be repeated)");
  present.add_option(
      "--instead", options.instead,
      "Of several that would do, this one in place of the one that is proposed: its name (may be repeated)");
  present.add_option("--card", options.chosen_cards, "Which of your cards answers: NAME=CARD (may be repeated)");
  present.add_option("--way", options.chosen_ways,
                     "Which of the values that would do are shown: NAME=NUMBER (may be repeated)");
  present.add_flag("--look", options.look, "Only show what is asked and what can be chosen; nothing is answered");
}

}  // namespace

void add_wallet_command(CLI::App& app, Terminal& terminal, int& exit_code) {
  const auto options = std::make_shared<WalletOptions>();
  CLI::App* wallet = app.add_subcommand("wallet", "Your wallet: register, prove who you are, receive and show cards");
  wallet->require_subcommand(1);
  wallet->fallthrough();
  wallet->add_option("--home", options->home, "The folder of the wallet (0700)");
  wallet->add_option(
      "--allow-origin", options->allowed_origins,
      "https://host[:port] to speak to even when it lies in your own network (may be repeated); links of "
      "others lead to the public internet only");
  const Parts parts{*wallet, options, terminal, exit_code};

  CLI::App* registration = add(parts, "register", "Register this device with a server, once", run_register);
  registration->add_option("--server", options->server, "https://...")->required();
  registration->add_option("--ca", options->ca_file, "PEM of the only root to trust on the way to the server");
  add(parts, "status", "Account, cards, copies left, and how the identity check goes", run_status)
      ->add_flag("--show-code", options->show_code, "Show the revocation code, after the passphrase once more");
  add(parts, "devices", "The device that has the account, and those that had it before", run_devices);
  add(parts, "privacy", "What the wallet keeps and what leaves it", run_privacy);
  add(parts, "prove", "Prove who you are with a (simulated) passport chip", run_prove)
      ->add_option("--passport", options->passport, "Folder with EF.* files and chip.key")
      ->required();
  CLI::App* receive = add(
      parts, "receive", "Receive the card that waits for you, one offered by a link, or one of an issuer", run_receive);
  CLI::Option* link = receive->add_option("link", options->link, "openid-credential-offer://...");
  receive->add_option("--issuer", options->issuer, "https://... of the issuer: you sign in there")->excludes(link);
  receive->add_option(
      "--configuration", options->configuration,
      "Which of the cards offered, by its id, without being asked; left out: you choose where there are several");
  receive
      ->add_flag("--before-decision", options->before_decision,
                 "Ask for the card while the check is going on; it comes when your case is decided")
      ->excludes(link);
  add(parts, "fetch", "Fetch the cards that their issuers needed time for", run_fetch);
  CLI::App* renew = add(parts, "renew", "Fetch new copies of the cards that run low or run out soon", run_renew);
  CLI::Option* which = renew->add_option("card", options->card, "This one, by its id, whether it needs it or not");
  renew
      ->add_flag("--watch", options->watch,
                 "Stay, and renew each card when its time comes; the wallet is closed in between")
      ->excludes(which);
  add(parts, "remove", "Destroy a card and its keys here, and tell its issuer", run_remove)
      ->add_option("card", options->card, "Its id: mibun wallet cards")
      ->required();
  CLI::App* offer =
      add(parts, "offer", "Show the offer that waits for you, to receive the card in another wallet", run_offer);
  offer->add_option("--svg", options->save_file, "Write its QR code to this file as a picture");
  offer->add_flag("--before-decision", options->before_decision,
                  "While the check is going on: for a wallet that comes back for its card when it is decided");
  CLI::App* present = add(parts, "present", "Answer a request of an organisation", run_present);
  CLI::Option* request_link = present->add_option("link", options->link, "openid4vp://...");
  CLI::Option* browser =
      present->add_option("--browser-request", options->browser_request,
                          "instead of a link: file with the {protocol, data} that a browser handed over");
  CLI::Option* origin = present->add_option("--origin", options->origin, "whose page asks, as the browser says");
  CLI::Option* answer = present->add_option("--answer", options->save_file, "write the answer for the browser here");
  browser->excludes(request_link)->needs(origin)->needs(answer);
  present->add_flag("--also-unencrypted", options->also_unencrypted,
                    "Also answer where others than the organisation could read the answer on its way");
  add_choices(*present, *options);
  add(parts, "sign-in", "Sign in at your server for another wallet, which showed the address", run_sign_in)
      ->add_option("address", options->link, "https://.../oauth/authorize?...")
      ->required();
  CLI::App* proximity =
      add(parts, "proximity", "Show a card to a reader that is here: a QR code, no server", run_proximity);
  proximity->add_option("--address", options->address, "This device's address in the local network")
      ->capture_default_str();
  proximity->add_option("--port", options->port, "The port to listen on; 0: any free one")
      ->check(CLI::Range(0U, 65'535U));
  proximity->add_flag("--verified-readers-only", options->verified_readers_only,
                      "Readers that nobody vouches for get nothing, without asking you");
  add(parts, "history", "Everything that happened, from the wallet and the server", run_history)
      ->add_flag("--json", options->as_json, "As JSON");
  add(parts, "receipts", "Receipts of what you shared, checked again", run_receipts)
      ->add_option("--save", options->save_file, "Write the latest one to this file");
  add_inquiries(parts);
  add_moving(parts);
  add(parts, "delete-account", "Erase everything, at the server and here", run_delete_account)
      ->add_option("--receipt", options->save_file, "Write the erasure receipt to this file");
  CLI::App* revoke = add(parts, "revoke", "Stop a lost wallet with its revocation code", run_revoke);
  revoke->add_option("--server", options->server, "https://...; not needed with --home");
  revoke->add_option("--ca", options->ca_file, "PEM of the only root to trust on the way to the server");
}

}  // namespace mibun::cli
