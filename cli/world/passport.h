#pragma once

#include <memory>
#include <string>

#include "core/base/result.h"
#include "wallet/proofing.h"

namespace mibun::cli {

// A directory with EF.SOD, EF.COM, EF.DG1, EF.DG2, EF.DG14, EF.DG15 and chip.key (PKCS#8): a SIMULATED passport chip.
// Errors: not_found, io_error, private_key_malformed, emrtd_file_malformed.
Result<std::unique_ptr<wallet::Chip>> open_passport_directory(const std::string& directory);

}  // namespace mibun::cli
