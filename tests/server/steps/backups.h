#pragma once

#include "tests/server/steps/ground.h"

namespace mibun::server {

// A folder with a server's data, an empty repository beside it, and a configuration that names it: "data",
// "repository", "password". The configuration names folders, so that each try writes its own.
void begin_repository(const std::string& folder);
// Returns its path.
std::string write_backup_config(const std::string& folder);

// Makes a generation, as of that moment.
void make_generation(const std::string& folder, Instant made_at);

Said backup_command(const std::string& folder, std::vector<std::string> words,
                    std::vector<std::string> environment = {});
// What `mibun backup list` says of a generation: "good", "damaged", "not verified"; empty: it is not there.
std::string verdict_of(const std::string& folder, int generation);

}  // namespace mibun::server
