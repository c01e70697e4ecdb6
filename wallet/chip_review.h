#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/base/time.h"
#include "core/emrtd/data_groups.h"

namespace mibun::wallet {

// What the files of a passport's chip say, for their person to look at before anything is handed in.
struct ChipReview {
  emrtd::Mrz mrz;
  std::optional<emrtd::Portrait> portrait;  // none: its file is not among them
  bool is_expired = false;
};

// By name: EF.SOD and EF.DG1 are needed. Each data group must be the one whose digest the security object has: a file
// that was damaged on its way, or is another passport's, is found here. Who signed that is for the server to judge;
// nothing is proved by it. Errors: emrtd_file_missing, emrtd_digest_mismatch, those of read_unverified_security_object,
// parse_dg1 and parse_dg2.
Result<ChipReview> review_chip(const std::map<std::string, Bytes>& files, Instant now);

}  // namespace mibun::wallet
