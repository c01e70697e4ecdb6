#pragma once

#include <string>
#include <vector>

#include "tests/server/killed/stage.h"
#include "tests/server/steps/operation.h"

// What the operations have in common.
namespace mibun::server {

// One for all of them.
Stage& stage();

// A copy, with folders that only we may enter.
void copy_folder(const std::string& from, const std::string& to);

// A fresh folder of the stage's; what was there goes.
std::string fresh_folder(const std::string& name);

// What a SELECT of one number finds in the database of a server that does not run. Asked in a copy: what lies there is
// not touched.
std::int64_t number_in(const std::string& data, const std::string& sql);

struct Said {
  bool well = false;  // it ended with 0
  std::string text;
};
// Our program, or that one, to its end; `environment` in addition to ours.
Said run_mibun(std::vector<std::string> arguments, std::vector<std::string> environment = {});

// A server's housekeeping, once, in a process of its own (housekeeper.cc).
// `socket`: of the key service; empty: the server has the keys itself.
Said keep_house(const std::string& data, std::vector<std::string> environment = {}, const std::string& socket = {});

// Starts `mibun serve` over the data: everybody has what they were told, and somebody new can live there. Empty: so it
// is.
std::string knows_everybody(const std::string& data, Model& model, const std::string& config = stage().config_file());
// And nothing is half done when it has stopped.
std::string serves_everybody(const std::string& data, Model& model);

// Whoever stole the key table's directory `before` the epoch ended: what opens with it of the table as it is in `now`.
// Empty: nothing. Also that `now` has one epoch.
std::string opens_with_stolen(const std::string& before, const std::string& now, const std::string& data);

}  // namespace mibun::server
