#pragma once

#include <string>

#include "core/base/random.h"
#include "core/base/result.h"
#include "core/base/time.h"

namespace mibun::cli {

// The folder of a demonstration: what in real life belongs to other people, all made up here.
//   <state>/server/            the server's data directory
//   <state>/demo/csca.pem      the simulated state that signs passports; the server trusts it by its configuration
//   <state>/demo/reviewer-akari.jwk, reviewer-minoru.jwk, reviewer-sora.jwk   three reviewers' private keys
//   <state>/demo/shop.jwk, shop.json                       the shop's private key and its application
//   <state>/demo/passport/     a passport double of an invented person: files and chip.key
//   <state>/demo/server.json   the server's configuration
struct DemoWorld {
  std::string state, server_directory, server_config, demo_directory;
  std::string passport_directory() const { return demo_directory + "/passport"; }
  std::string key_file(std::string_view name) const { return demo_directory + "/" + std::string(name) + ".jwk"; }
};

// The invented person of this world, so that the story can look for their values in the server's files.
struct DemoPerson {
  std::string given_name, family_name, birthdate, document_number;
};

// Makes what is missing; what is there stays. A folder that was cut off while it was made is completed.
// Errors: io_error, and those of the passport double.
Result<DemoWorld> open_demo_world(const std::string& state, Instant now);
Result<DemoPerson> read_demo_person(const DemoWorld& world);

}  // namespace mibun::cli
