#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "cli/terminal/terminal.h"

namespace mibun::cli {

struct ServeOptions {
  std::string data_directory;
  std::string public_origin;  // empty: https://localhost:<port>
  std::string address = "127.0.0.1";
  std::uint16_t port = 8443;
  unsigned threads = 8;
  // {"staff":[{"client_id","name","jwk"}],"csca_pem_files":[...],"wallet_trust":{...},
  //  "wallet_provider_pem_files":[...],"unattested_cards":[credential_configuration_id],
  //  "wallet_clients":[{"client_id","name_ja","name_en","redirect_uris","attested_by"?:"https://provider"}],
  //  "unencrypted_answers":false}
  std::string config_file;
  bool demo = false;     // with the demonstration's own page that asks
  std::string log_file;  // empty: <data>/log/mibun.jsonl
};

// Opens everything, listens, and answers until SIGINT or SIGTERM. Returns the exit code.
int serve(const ServeOptions& options, const Terminal& terminal);

}  // namespace mibun::cli
