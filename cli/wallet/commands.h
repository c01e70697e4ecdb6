#pragma once

#include "cli/terminal/terminal.h"
#include "cli/wallet/options.h"

// One function for each command of "mibun wallet"; each returns the exit code.
namespace mibun::cli {

int run_register(const Terminal& terminal, const WalletOptions& options);
int run_status(const Terminal& terminal, const WalletOptions& options);
int run_devices(const Terminal& terminal, const WalletOptions& options);
int run_privacy(const Terminal& terminal, const WalletOptions& options);
int run_prove(const Terminal& terminal, const WalletOptions& options);
int run_receive(const Terminal& terminal, const WalletOptions& options);
int run_fetch(const Terminal& terminal, const WalletOptions& options);
int run_renew(const Terminal& terminal, const WalletOptions& options);
int run_remove(const Terminal& terminal, const WalletOptions& options);
int run_offer(const Terminal& terminal, const WalletOptions& options);
int run_sign_in(const Terminal& terminal, const WalletOptions& options);
int run_present(const Terminal& terminal, const WalletOptions& options);
int run_proximity(const Terminal& terminal, const WalletOptions& options);
int run_history(const Terminal& terminal, const WalletOptions& options);
int run_receipts(const Terminal& terminal, const WalletOptions& options);
int run_inquiry_list(const Terminal& terminal, const WalletOptions& options);
int run_inquiry_send(const Terminal& terminal, const WalletOptions& options);
int run_move_begin(const Terminal& terminal, const WalletOptions& options);
int run_move_join(const Terminal& terminal, const WalletOptions& options);
int run_move_cancel(const Terminal& terminal, const WalletOptions& options);
int run_delete_account(const Terminal& terminal, const WalletOptions& options);
int run_revoke(const Terminal& terminal, const WalletOptions& options);

}  // namespace mibun::cli
