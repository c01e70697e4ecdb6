#pragma once

namespace CLI {
class App;
}

namespace mibun::cli {

class Terminal;

// mibun wallet: the holder's side on a terminal. Its commands ask for the passphrase and for consent on stdin; no
// option answers for the person. Lines of the form "name: value" on stdout are the same in every language, for scripts.
void add_wallet_command(CLI::App& app, Terminal& terminal, int& exit_code);

}  // namespace mibun::cli
