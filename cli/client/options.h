#pragma once

#include <CLI/App.hpp>
#include <memory>

#include "cli/client/api_client.h"

namespace mibun::cli {

// --server, --ca, --id, --key for a command that signs in.
struct ClientOptions {
  std::string server = "https://localhost:8443", ca_file, client_id, key_file;
};
inline void add_client_options(CLI::App& command, ClientOptions& options) {
  command.add_option("--server", options.server, "the server's address")->capture_default_str();
  command.add_option("--ca", options.ca_file, "certificate file that the server's TLS certificate comes from");
  command.add_option("--id", options.client_id, "your client_id");
  command.add_option("--key", options.key_file, "your private key (JWK file)");
}

inline Result<ApiClient> open_client(const ClientOptions& options, const Clock& clock, Rng& rng) {
  if (options.client_id.empty() || options.key_file.empty()) {
    return fail(ErrorCode::invalid_argument, "--id, --key", "who signs in, and with which key");
  }
  ApiClient::Identity identity{options.server, {}, options.client_id, options.key_file};
  if (!options.ca_file.empty()) {
    MIBUN_TRY(identity.trust_pem, read_text_file(options.ca_file));
  }
  return ApiClient::open(identity, clock, rng);
}

}  // namespace mibun::cli
