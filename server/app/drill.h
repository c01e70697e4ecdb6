#pragma once

#include <string>

#include "core/base/random.h"
#include "core/base/time.h"
#include "server/app/config.h"

namespace mibun::server {

// Opens a server on data that was restored for a drill, lets it settle what a restore must, and asks it: whether it is
// ready, for the trust list, for a status list that it signs with the restored keys, for the beginning of a
// registration (which writes), and last whether a record of somebody opens with the keys as they are. `config`: the
// running server's; its keys are used and not changed, its journal is not written to. `signing_keys`: the running
// server's, for where they are in no backup: with a service, or in a table of their own; null: they are opened here.
// Errors: those of App::open, backup_integrity_error (`where` says what did not answer).
Status answer_in_drill(Config config, const std::string& data_directory, std::shared_ptr<keyd::KeyHolder> keys,
                       std::shared_ptr<keyd::SigningKeys> signing_keys, const Clock& clock, Rng& rng);

}  // namespace mibun::server
