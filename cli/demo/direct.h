#pragma once

#include <string>

#include "core/base/random.h"
#include "core/base/time.h"
#include "core/codecs/json.h"
#include "platform/http/client.h"

namespace mibun::cli {

// Requests that no wallet of ours would send, sent by hand so that the story can show the server refusing them.
struct Refused {
  int status = 0;
  std::string code;
};

// Registers a device key, then the very same registration once more; the second answer. Errors: http_*.
Result<Refused> register_twice(http::Client& client, const std::string& origin, const Clock& clock, Rng& rng);
// Sends a private key where a registration is expected. Errors: http_*.
Result<Refused> send_private_key(http::Client& client, const std::string& origin);

// How many entries of the server's first status list say "revoked", after verifying the token with the public trust
// list. Errors: http_*, status_list_*, certificate_*.
Result<std::size_t> count_revoked(http::Client& client, const std::string& origin, const std::string& trust_json,
                                  Instant now);

Result<std::string> fetch(http::Client& client, const std::string& url);

}  // namespace mibun::cli
