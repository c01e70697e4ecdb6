#pragma once

#include <string>

#include "cli/terminal/terminal.h"
#include "wallet/registration.h"

// What a person gives, reads and decides when a device gets an account: registering it, or moving to it.
namespace mibun::cli {

// The PEM in a file; empty without a path. Errors: io_error.
Result<std::string> read_ca(const std::string& path);
// Errors: wallet_holder_refused.
Status agree_to_terms(const Terminal& terminal, const wallet::RegistrationOffer& offer);
void show_revocation_code(const Terminal& terminal, const std::string& code);

}  // namespace mibun::cli
