#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cli/terminal/terminal.h"
#include "server/demo/demonstration.h"

namespace mibun::cli {

// The demonstration's listeners on loopback: server/demo/demonstration.h.
struct LoopbackPorts {
  std::uint16_t wallet = 0, shop = 0, office = 0;

  // 37, 38 and 39 above the server's port (8443: 8480 to 8482), or that far below it where there is no room above.
  static LoopbackPorts beside(std::uint16_t port);
  std::string wallet_origin() const { return "http://localhost:" + std::to_string(wallet); }
  std::string shop_origin() const { return "http://shop.localhost:" + std::to_string(shop); }
  std::string office_origin() const { return "http://office.localhost:" + std::to_string(office); }
};

// What `mibun serve --demo` adds; nothing else makes one.
struct DemonstrationOptions {
  LoopbackPorts ports;
  std::shared_ptr<const server::SimulatedPassport> passport;
};

struct ServeOptions {
  std::string data_directory;
  std::string public_origin;  // empty: https://localhost:<port>
  std::string address = "127.0.0.1";
  std::uint16_t port = 8443;
  unsigned threads = 16;  // they wait for the disk in handlers: more at once share one commit
  // {"staff":[{"client_id","name","jwk"}],"csca_pem_files":[...],"wallet_trust":{...},
  //  "trusted_issuers":[{"format","types":[vct or doctype],"pem_files":[...],"crls":["https://..."],"iss"?:[...]}],
  //  "taken_back_signer_pem_files":[...],
  //  "wallet_provider_pem_files":[...],"unattested_cards":[credential_configuration_id],
  //  "wallet_clients":[{"client_id","name_ja","name_en","redirect_uris","attested_by"?:"https://provider"}],
  //  "attestation_list_origins":["https://provider.inside.example"],
  //  "push_services":["https://push.inside.example:8443"],"unencrypted_answers":false,
  //  "client_id_prefixes":["verifier_attestation","pre-registered","redirect_uri"],"requests_by_value":false,
  //  "files":[{"directory":"/srv/a","region":"JP"}],"file_copies_min":1,
  //  "keyd":{"service":"own",...:
  //  platform/keyd/settings.h},"journal_directories":[DIR],"backup":{"repository","password_file",...:
  //  cli/backup/config.h}}
  std::string config_file;
  std::optional<DemonstrationOptions> demonstration;
  std::string log_file;               // empty: <data>/log/mibun.jsonl
  std::string credentials_directory;  // where systemd puts the unit's credentials: %d in it
  bool has_own_keyd = false;          // as if the configuration said "keyd":{"service":"own"}
};

// Opens everything, listens, and answers until SIGINT or SIGTERM. Returns the exit code.
int serve(const ServeOptions& options, const Terminal& terminal);

}  // namespace mibun::cli
